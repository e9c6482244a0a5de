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
 * The values that the environment has for `wanted`, some of {@link startVariables}, by option name.
 *
 * @throws UsageError for a variable that is probably meant for an option and is none, and for a switch that is neither on nor off
 */
export function optionValues(
  variables: Readonly<Record<string, string | undefined>>,
  wanted: readonly string[],
): Readonly<Record<string, string | boolean | readonly string[]>> {
  const given = Object.entries(readOptionVariables(variables, startVariables));
  return Object.fromEntries(
    given
      .filter(([option]) => wanted.includes(option))
      .map(([option, text]) => [option, optionValue(option, text)]),
  );
}

function optionValue(option: string, text: string): string | boolean | readonly string[] {
  if (switches.includes(option)) return isTrue(option, text);
  // A comma inside a value, as in [a, b], is followed by no `path=`.
  return option === 'set' ? text.split(/,(?=\s*[\w.]+=)/) : text;
}

function isTrue(option: string, value: string): boolean {
  if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true;
  if (['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())) return false;
  throw new UsageError(`${optionVariable(option)} must be true or false, not '${value}'`);
}
