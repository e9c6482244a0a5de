import type yargs from 'yargs';
import { eventTopic } from '../exchange/index.ts';
import { assertEventType } from '../interact/index.ts';
import { clientArguments, clientOptions, clientVariables } from './client-options.ts';
import type { PublishArguments } from './publish-command.ts';
import { givenWell, UsageError } from './usage-error.ts';

type Yargs = ReturnType<typeof yargs>;

/** The options of `ioncore publish`. `variables` are those of the environment. */
export function publishOptions(y: Yargs, variables: Readonly<Record<string, string | undefined>>) {
  return y
    .usage('$0 publish <type> <origin> <content>\n\nPublish an event in a running system')
    .positional('type', { type: 'string', describe: 'The type of the event: sensor.depth' })
    .positional('origin', { type: 'string', describe: 'What it comes from: ship7.echosounder' })
    .positional('content', {
      type: 'string',
      describe: 'Its content as JSON; - reads standard input, one event a line',
    })
    .option('qos', {
      type: 'string',
      choices: ['live', 'durable', 'replay'] as const,
      default: 'live' as const,
      describe: 'What is promised: at most once; kept for durable subscriptions; kept in the log of its type',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object for each event' })
    .options(clientOptions)
    .example(
      '$0 publish sensor.depth ship7.echosounder \'{"m": 4.2}\' -s demo --broker amqp://127.0.0.1',
      'prints sent',
    )
    .example('$0 publish sensor.log ship7.gps - --qos replay < positions.jsonl', 'an event for each line')
    .epilogue(
      'Prints what became of the event: sent (live: handed over), confirmed (the broker has it), unroutable (no durable subscription takes it), rejected (not ' +
        'taken), unknown (it may have been taken). Of many it counts them. Exit code 1 unless all were sent or confirmed. Bytes and moments are ' +
        '{"$bytes": "<base64>"} and {"$date": "2026-11-21T20:15:00Z"}. The content is not checked against a definition of the type: whoever subscribes does.',
    )
    .config(clientVariables(variables));
}

/**
 * Reads the options; `argv` tells what yargs does not: whether the content is `-` or nothing.
 *
 * @throws UsageError for what cannot be used
 */
export function publishArguments(
  given: Awaited<ReturnType<typeof publishOptions>['argv']>,
  argv: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): PublishArguments {
  const { type, origin, content, qos, json } = given;
  if (type === undefined || origin === undefined || content === undefined) {
    throw new UsageError(
      "publish needs type, origin and content: ioncore publish sensor.depth ship7.echosounder '4.2' (- reads standard input)",
    );
  }
  givenWell(() => assertEventType(type));
  givenWell(() => eventTopic(type, origin));
  const isFromInput = content === '' && argv.includes('-');
  if (content.trim() === '' && !isFromInput) {
    throw new UsageError('the content of the event is empty; say null, or \'""\' for an empty text');
  }
  const client = clientArguments('publish', given, variables);
  return {
    ...client,
    command: 'publish',
    type,
    origin,
    content: isFromInput ? undefined : content,
    qos,
    json,
  };
}
