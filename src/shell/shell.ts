import type { Container } from '../container/index.ts';
import { BadRequestError } from '../errors/index.ts';
import type { CallOptions } from '../interact/index.ts';
import { requireText } from './helper-arguments.ts';
import type { HelperDoc } from './helper-doc.ts';
import type { ResultPrinter } from './result-printer.ts';

/** A receiver as typed at the prompt: a name, a process id, or the number of a process of this container. */
export type Target = string | number;

/** What the helpers of one prompt or script share. */
export interface Shell {
  readonly container: Container;
  readonly printer: ResultPrinter;
  /** All of them, for `help`. */
  readonly helpers: readonly HelperDoc[];
  /** What the name of each helper stands for here. */
  readonly bound: Readonly<Record<string, unknown>>;
  /** Receivers that have answered, here or elsewhere: TAB offers them again. */
  readonly answered: Set<string>;
  /** Aborts when the line that runs now is given up; undefined where lines are not. */
  readonly signal: AbortSignal | undefined;
  /** Shows text on a line of its own, while a line runs or above the one that is being typed. */
  readonly write: (text: string) => void;
}

/** Options of a call that is given up with its line, besides a signal that they may have. */
export function givenUpWith({ signal }: Shell, options: CallOptions = {}): CallOptions {
  if (signal === undefined) return options;
  const { signal: own } = options;
  return { ...options, signal: own === undefined ? signal : AbortSignal.any([own, signal]) };
}

/**
 * The name that a target stands for.
 *
 * @throws BadRequestError for a number that is no process's, and, with the helper's `signature`, for what is neither text nor number
 */
export function receiverOf({ container }: Shell, target: Target, signature: string): string {
  if (typeof target !== 'number') return requireText(target, 'a name, a process id or its number', signature);
  if (Number.isInteger(target) && target > 0) return `${container.id}.${target}`;
  throw new BadRequestError(`processes are numbered 1, 2, 3 …; there is no process ${target}`);
}
