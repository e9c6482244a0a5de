import type yargs from 'yargs';
import type { Argv } from 'yargs';
import { deathReasons } from '../exchange/index.ts';
import { clientArguments, clientOptions, clientVariables } from './client-options.ts';
import type { DeadArguments, WhichDead } from './dead-command.ts';
import { json, text, wholeNumber } from './option-kinds.ts';
import { UsageError } from './usage-error.ts';

type Yargs = ReturnType<typeof yargs>;
type Variables = Readonly<Record<string, string | undefined>>;

const filterOptions = {
  address: text('address', 'Only those for this service or durable subscription'),
  op: text('op', 'Only those of this operation; of events: of this type'),
  reason: {
    type: 'string',
    choices: deathReasons,
    describe:
      'Only those that failed as often as may be; that nobody could have handled; whose queue was gone when they were to be tried again; that nobody can read',
  },
} as const;

const all = { type: 'boolean', default: false, describe: 'Every one of them' } as const;

/** The commands below `ioncore dead`; `given` gets what was asked for. `variables` are those of the environment. */
export function deadOptions(y: Yargs, variables: Variables, given: (args: DeadArguments) => void) {
  return y
    .command(
      'list',
      'List the dead letters, the oldest first',
      (list) =>
        connected(list, variables)
          .options(filterOptions)
          .option('limit', wholeNumber('limit', 'At most so many (default 1000)')),
      (args) => {
        const { address, op, reason, limit = 1_000 } = args;
        if (limit === 0) throw new UsageError('--limit must be 1 or more');
        const client = clientArguments('dead list', args, variables);
        given({
          ...client,
          command: 'dead',
          action: 'list',
          filter: { address, op, reason },
          limit,
          json: args.json,
        });
      },
    )
    .command(
      'show <id>',
      'Show one of them whole',
      (show) =>
        connected(show, variables).positional('id', {
          type: 'string',
          demandOption: true,
          describe: 'Its id',
        }),
      (args) => {
        const client = clientArguments('dead show', args, variables);
        given({ ...client, command: 'dead', action: 'show', id: args.id, json: args.json });
      },
    )
    .command(
      'replay [id]',
      'Send dead letters again to whom they were for, and forget them here',
      (replay) =>
        removing(replay, variables)
          .example('$0 dead replay 4fd1c0a2e9b3d857', 'sends this one')
          .example(
            '$0 dead replay --address recorder --op sensor.depth',
            'sends those events of that subscription',
          )
          .epilogue(
            'They are first attempts again, marked as resent. What is replayed before one fails stays replayed.',
          ),
      (args) => {
        const which = whichOf('replay', args);
        const client = clientArguments('dead replay', args, variables);
        given({ ...client, command: 'dead', action: 'replay', which, json: args.json });
      },
    )
    .command(
      'drop [id]',
      'Forget dead letters',
      (drop) =>
        removing(drop, variables).example(
          '$0 dead drop --reason undecodable',
          'forgets what nobody can read',
        ),
      (args) => {
        const which = whichOf('drop', args);
        const client = clientArguments('dead drop', args, variables);
        given({ ...client, command: 'dead', action: 'drop', which, json: args.json });
      },
    )
    .recommendCommands()
    .demandCommand(1, "what about the dead letters? Say 'ioncore dead list', show ID, replay or drop");
}

function connected<T>(y: Argv<T>, variables: Variables) {
  return y.option('json', json).options(clientOptions).config(clientVariables(variables));
}

function removing<T>(y: Argv<T>, variables: Variables) {
  return connected(y, variables)
    .positional('id', { type: 'string', describe: 'The id of one' })
    .options(filterOptions)
    .option('all', all);
}

/** What `dead replay` and `dead drop` are told of which they are for. */
interface GivenWhich extends WhichDead {
  readonly all: boolean;
}

/** @throws UsageError unless it is clear which are meant: nobody replays or drops everything by leaving something out */
function whichOf(action: 'replay' | 'drop', { id, address, op, reason, all: isAll }: GivenWhich): WhichDead {
  const empty = [id, address, op].indexOf('');
  if (empty !== -1) throw new UsageError(`${['the id', '--address', '--op'][empty]} is empty`);
  const hasFilter = address !== undefined || op !== undefined || reason !== undefined;
  const ways = [id !== undefined, hasFilter, isAll].filter((isGiven) => isGiven).length;
  if (ways === 0) {
    throw new UsageError(
      `dead ${action} needs to know which: an id, --address, --op or --reason, or --all for every dead letter of the system`,
    );
  }
  if (ways > 1) throw new UsageError(`dead ${action} takes an id, a filter or --all, one of them`);
  return { id, address, op, reason };
}
