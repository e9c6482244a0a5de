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
