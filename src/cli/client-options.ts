import type { InferredOptionTypes } from 'yargs';
import {
  type BrokerArguments,
  brokerArguments,
  brokerOptions,
  checkBroker,
  hasBroker,
} from './broker-options.ts';
import { text } from './option-kinds.ts';
import {
  type Assignments,
  assignmentsOf,
  choices,
  optionValues,
  startVariables,
} from './option-variables.ts';
import { checkSegment } from './start-options.ts';
import { UsageError } from './usage-error.ts';

/** Which system a command looks into, and how it gets there. */
export interface ClientArguments extends BrokerArguments {
  readonly sysname: string;
  readonly config: string | undefined;
  readonly set: Assignments;
  readonly logLevel: string | undefined;
  readonly logFormat: 'line' | 'json' | 'auto';
}

/** The options of every command that looks into a running system: as `start` has them. */
export const clientOptions = {
  sysname: text('sysname', 'The system', 's'),
  broker: text('broker', 'Its broker: amqp:// or amqps:// URLs joined by commas, tried in turn'),
  ...brokerOptions,
  config: text('config', 'Further configuration file, as for start'),
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: 'Set one value, as for start; may be repeated',
  },
  'log-level': {
    ...text('log-level', 'Least severe level that is logged (default warn)'),
    choices: choices['log-level'],
  },
  'log-format': {
    type: 'string',
    choices: choices['log-format'],
    default: 'auto',
    describe: 'As for start',
  },
} as const;

/** What the environment says for {@link clientOptions}. @throws UsageError as {@link optionValues} does */
export function clientVariables(variables: Readonly<Record<string, string | undefined>>) {
  const names = Object.keys(clientOptions).filter((name) => name !== 'set' && startVariables.includes(name));
  return optionValues(variables, names);
}

/**
 * The options by the names that the code has for them. `command` is for what errors say.
 *
 * @throws UsageError where system or broker is not told, or cannot be used
 */
export function clientArguments(
  command: string,
  given: InferredOptionTypes<typeof clientOptions>,
  variables: Readonly<Record<string, string | undefined>>,
): ClientArguments {
  const { sysname, config, set } = given;
  const broker = brokerArguments(given);
  if (sysname === undefined) {
    throw new UsageError(
      `${command} needs to know the system; name it with --sysname NAME (IONCORE_SYSNAME)`,
    );
  }
  checkSegment(sysname, 'sysname');
  checkBroker(broker);
  if (!hasBroker(broker)) {
    throw new UsageError(
      `${command} needs to know the broker of system ${sysname}; name it with --broker amqp://HOST (IONCORE_BROKER)`,
    );
  }
  if (broker.broker?.trim() === 'embedded') {
    throw new UsageError(
      `the embedded broker lives within one process, where ${command} finds nobody; name the one of system ${sysname} with --broker amqp://HOST`,
    );
  }
  return {
    ...broker,
    sysname,
    config,
    set: assignmentsOf(set, variables),
    logLevel: given['log-level'],
    logFormat: given['log-format'],
  };
}
