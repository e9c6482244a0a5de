import type yargs from 'yargs';
import { assertName } from '../exchange/index.ts';
import { resolveEventPattern } from '../interact/index.ts';
import { clientArguments, clientOptions, clientVariables } from './client-options.ts';
import { text, wholeNumber } from './option-kinds.ts';
import { parseReplayFrom } from './replay-from.ts';
import type { TailArguments } from './tail-command.ts';
import { givenWell, UsageError } from './usage-error.ts';

type Yargs = ReturnType<typeof yargs>;

/** The options of `ioncore tail`. `variables` are those of the environment. */
export function tailOptions(y: Yargs, variables: Readonly<Record<string, string | undefined>>) {
  return y
    .usage('$0 tail <pattern>\n\nShow the events of a running system as they come, or those of a log')
    .positional('pattern', {
      type: 'string',
      describe:
        "Which types of events: 'sensor.depth', 'sensor.*', '#'; * is one word, # any number; quote it",
    })
    .option('origin', text('origin', "Which origins: 'ship7.gps', 'ship7.#' (default #: all)"))
    .option(
      'from',
      text(
        'from',
        'Replay the log of one type, whose events are published with qos replay, from: first, last, next, a moment (2026-11-21T20:15:00Z) or an offset',
      ),
    )
    .option(
      'durable',
      text(
        'durable',
        'Share in the durable subscription of this name, or make it: its events are kept while nobody takes them, and taken by being shown',
      ),
    )
    .option('limit', wholeNumber('limit', 'End after so many events'))
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object a line' })
    .options(clientOptions)
    .example("$0 tail 'sensor.#' -s demo --broker amqp://127.0.0.1", 'shows what is published from now on')
    .example('$0 tail sensor.log --from first --limit 10 --json', 'the ten oldest events of a log')
    .epilogue(
      'A line per event: when it was published (UTC), type, origin, content as JSON. Ends at Ctrl-C, or when nobody reads its output. Live events come at ' +
        'most once: what is published while the connection is lost, or while 10000 events wait for a slow reader, is not shown. What --durable makes stays at ' +
        "the broker, and keeps events, until it is forgotten: cc.events.forget('NAME') at the prompt.",
    )
    .config(clientVariables(variables));
}

/** Reads the options. @throws UsageError for what cannot be used */
export function tailArguments(
  given: Awaited<ReturnType<typeof tailOptions>['argv']>,
  variables: Readonly<Record<string, string | undefined>>,
): TailArguments {
  const { pattern: type, origin, durable, limit, json } = given;
  if (type === undefined || type === '') {
    throw new UsageError("tail needs a pattern of event types, in quotes: ioncore tail 'sensor.*'");
  }
  givenWell(() => resolveEventPattern(origin === undefined ? { type } : { type, origin }));
  if (durable !== undefined) givenWell(() => assertName(durable, 'the name of a durable subscription'));
  if (limit === 0) throw new UsageError('--limit must be 1 or more');
  const from = given.from === undefined ? undefined : parseReplayFrom(given.from);
  if (from !== undefined && durable !== undefined) {
    throw new UsageError('--from reads a log, --durable a subscription; give one of them');
  }
  if (from !== undefined && /[*#]/.test(type)) {
    throw new UsageError(`--from reads the log of one event type; '${type}' is a pattern of several`);
  }
  return {
    ...clientArguments('tail', given, variables),
    command: 'tail',
    type,
    origin,
    from,
    durable,
    limit,
    json,
  };
}
