import { UsageError } from './usage-error.ts';

/** An option with an argument, at most once. */
export function text<A extends string | undefined = undefined>(name: string, describe: string, alias?: A) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    ...(alias !== undefined && { alias }),
    coerce: (given: string | readonly string[]): string => once(name, given),
  } as const;
}

/** An option whose argument is a whole number, at most once. */
export function wholeNumber(name: string, describe: string, alias?: string) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    ...(alias !== undefined && { alias }),
    coerce: (given: string | readonly string[]): number => {
      const value = Number(once(name, given));
      if (Number.isInteger(value) && value >= 0) return value;
      throw new UsageError(`--${name} must be a whole number, not '${String(given)}'`);
    },
  } as const;
}

/** An option that stands alone and prints one JSON value. */
export const json = { type: 'boolean', default: false, describe: 'Print one JSON value' } as const;

function once(name: string, given: string | readonly string[]): string {
  if (typeof given === 'string') return given;
  throw new UsageError(`--${name} is given ${given.length} times; give it once`);
}
