import { closest } from '../util/index.ts';
import { UsageError } from './usage-error.ts';

const prefix = 'IONCORE_';
/** Variables with our prefix that are no options: configuration values, and what our own tests use. */
const others = ['IONCORE_CONFIG_', 'IONCORE_TEST_'];

/** The variable of an option: `broker-host` is `IONCORE_BROKER_HOST`. */
export function optionVariable(option: string): string {
  return prefix + option.replaceAll('-', '_').toUpperCase();
}

/**
 * What the environment says for `options`, by option name.
 *
 * @throws UsageError for a variable that is probably meant for an option and is none
 */
export function readOptionVariables(
  variables: Readonly<Record<string, string | undefined>>,
  options: readonly string[],
): Readonly<Record<string, string>> {
  const byVariable = new Map(options.map((option) => [optionVariable(option), option]));
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || !name.startsWith(prefix) || others.some((other) => name.startsWith(other)))
      continue;
    const option = byVariable.get(name);
    if (option !== undefined) {
      given[option] = value;
      continue;
    }
    const meant = closest(name, byVariable.keys());
    if (meant !== undefined) throw new UsageError(`unknown variable ${name}; did you mean ${meant}?`);
  }
  return given;
}

/** Assignments of configuration values, and who makes them. */
export interface Assignments {
  readonly assignments: readonly string[];
  /** `--set` or its variable. */
  readonly assignedBy: string;
}

/** What `--set` says; where it is not given, what its variable says. @throws UsageError as {@link optionValues} does */
export function assignmentsOf(
  given: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Assignments {
  const { set: text } = readOptionVariables(variables, startVariables);
  if (given.length > 0 || text === undefined) return { assignments: given, assignedBy: '--set' };
  // A comma inside a value, as in [a, b], is followed by no `path=`.
  return { assignments: text.split(/,(?=\s*[\w.]+=)/), assignedBy: optionVariable('set') };
}

/** Options that are whole numbers, and the greatest of each. */
const numbers: Readonly<Record<string, number>> = {
  'broker-port': 65_535,
  'broker-heartbeat': Number.MAX_SAFE_INTEGER,
};

/** The values of options that have only a few. */
export const choices = {
  'log-level': ['error', 'warn', 'info', 'debug', 'silent'],
  'log-format': ['auto', 'line', 'json'],
} as const;

/** Options without a value; their variables have one. */
const switches: readonly string[] = ['no-shell', 'no-history', 'watch'];

/** Every option of `start` that has a variable. */
export const startVariables: readonly string[] = [
  'sysname',
  'contid',
  'broker',
  'broker-host',
  'broker-port',
  'broker-vhost',
  'broker-username',
  'broker-password',
  'broker-credfile',
  'broker-heartbeat',
  'broker-ca',
  'broker-cert',
  'broker-key',
  'args',
  'boot-script',
  'config',
  'set',
  'pidfile',
  'ready-file',
  'log-level',
  'log-format',
  'no-shell',
  'no-history',
  'watch',
];

/**
 * The values that the environment has for `wanted`, some of {@link startVariables} but `set`, by option name.
 *
 * @throws UsageError for a variable that is probably meant for an option and is none, and for a value that the option cannot have
 */
export function optionValues(
  variables: Readonly<Record<string, string | undefined>>,
  wanted: readonly string[],
): Readonly<Record<string, string | boolean>> {
  const given = Object.entries(readOptionVariables(variables, startVariables));
  return Object.fromEntries(
    given
      .filter(([option]) => wanted.includes(option))
      .map(([option, text]) => [option, optionValue(option, text)]),
  );
}

function optionValue(option: string, text: string): string | boolean {
  if (switches.includes(option)) return isTrue(option, text);
  const greatest = numbers[option];
  if (greatest !== undefined && !(/^\d+$/.test(text) && Number(text) <= greatest)) {
    const range = greatest === Number.MAX_SAFE_INTEGER ? '' : ` up to ${greatest}`;
    throw new UsageError(`${optionVariable(option)} must be a whole number${range}, not '${text}'`);
  }
  const words: readonly string[] | undefined = isChosen(option) ? choices[option] : undefined;
  if (words?.includes(text) === false) {
    throw new UsageError(`${optionVariable(option)} must be one of ${words.join(', ')}, not '${text}'`);
  }
  return text;
}

function isChosen(option: string): option is keyof typeof choices {
  return Object.hasOwn(choices, option);
}

function isTrue(option: string, value: string): boolean {
  if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true;
  if (['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())) return false;
  throw new UsageError(`${optionVariable(option)} must be true or false, not '${value}'`);
}
