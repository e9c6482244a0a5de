import { ConfigurationError } from '../errors/index.ts';

/** One thing that is wrong with a file. Portable: it stands in an error's `details.problems`. */
export interface FileProblem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The key it is about, with its path: `mod[1]`, `args.depth`. */
  readonly key?: string;
  readonly found?: string;
  readonly expected?: string;
  /** All of it, for people, without the place. */
  readonly message: string;
}

/** The parts of a {@link FileProblem} that its finder knows. */
export type ProblemFacts = Pick<FileProblem, 'key' | 'found' | 'expected'>;

/** More are not collected: somebody has fed us another kind of file. */
const MAX_PROBLEMS = 50;

/** Collects what is wrong with the text of one file, so that its author hears of everything at once. */
export class FileProblems {
  readonly #path: string;
  readonly #text: string;
  readonly #problems: FileProblem[] = [];

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  get length(): number {
    return this.#problems.length;
  }

  /** All that was noted, in the order of the text. */
  get sorted(): readonly FileProblem[] {
    return this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  /** Line and column, from 1, of a place in the text. */
  positionOf(offset: number): Pick<FileProblem, 'line' | 'column'> {
    return positionOf(this.#text, offset);
  }

  /** Notes a problem at `offset` of the text. */
  add(offset: number, message: string, facts: ProblemFacts = {}): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    this.#problems.push({ ...positionOf(this.#text, offset), ...facts, message });
  }

  /** @throws ConfigurationError when something was noted: {@link toError}. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw this.toError();
  }

  /** The error whose message is the first problem of the text, and whose `details.problems` are all, in the order of the text. */
  toError(): ConfigurationError {
    const problems = this.sorted;
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    return new ConfigurationError(`${this.#path}:${first?.line}:${first?.column}: ${first?.message}${more}`, {
      details: { file: this.#path, problems },
    });
  }
}

function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  return { line, column: Math.min(offset, text.length) - lineStart + 1 };
}
