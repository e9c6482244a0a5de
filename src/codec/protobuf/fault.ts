import { BadRequestError } from '../../errors/index.ts';
import { describeValue, memberText, shortPlace } from '../../util/index.ts';

/** Values that a message may hold: fields, elements and entries, those set by default too. */
export const maxValues = 1_000_000;
/** How deep messages may nest. */
export const maxDepth = 64;

/** A value that does not fit; on its way out it collects where it was. */
export class Fault {
  readonly #problem: string;
  readonly #details: Readonly<Record<string, string>>;
  #place = '';

  constructor(problem: string, details: Readonly<Record<string, string>> = { expected: problem }) {
    this.#problem = problem;
    this.#details = details;
  }

  /** `expected` was due; `value` came. */
  static of(expected: string, value: unknown): Fault {
    const found = describeValue(value);
    return new Fault(`expected ${expected}, found ${found}`, { expected, found });
  }

  inside(key: string | number): this {
    this.#place = `${placeOf(key)}${this.#place}`;
    return this;
  }

  /** In the words of contracts whose content is not encoded. */
  toError(what: string): BadRequestError {
    const path = `${what}${shortPlace(this.#place)}`;
    return new BadRequestError(`${path}: ${this.#problem}`, { details: { path, ...this.#details } });
  }
}

/** `thrown` with `key` put before its place, if it is a fault. */
export function located(thrown: unknown, key: string | number): unknown {
  return thrown instanceof Fault ? thrown.inside(key) : thrown;
}

/** What one walk through a message may still cost, and what it is for. */
export class Walk {
  /** For a peer without protobuf: everything portable. */
  readonly isPlain: boolean;
  #left = maxValues;

  constructor(isPlain: boolean) {
    this.isPlain = isPlain;
  }

  count(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw new Fault(`more than ${maxValues} values`);
  }

  enter(depth: number): void {
    if (depth > maxDepth) throw new Fault(`nested more than ${maxDepth} deep`);
  }
}

function placeOf(key: string | number): string {
  return typeof key === 'number' ? `[${key}]` : memberText(key);
}
