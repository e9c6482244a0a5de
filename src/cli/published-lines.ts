import type { Container } from '../container/index.ts';
import { BadRequestError, ContainerError, messageOf } from '../errors/index.ts';
import type { EventGuarantee, PublishOutcome } from '../exchange/index.ts';
import { visible } from '../util/index.ts';
import type { ContentJson } from './content-json.ts';
import { exitCode } from './exit-code.ts';
import { type InputLine, inputLines } from './input-lines.ts';
import { outcomeHint } from './outcome-hint.ts';
import { type Output, written } from './output.ts';

/** What became of a line; `invalid`: it could not be published at all. */
type LineOutcome = PublishOutcome | 'invalid';

/** How the lines are published, and told of. */
export interface PublishedLinesArguments {
  readonly type: string;
  readonly origin: string;
  readonly qos: EventGuarantee;
  /** An object for each line, instead of the numbers of all. */
  readonly json: boolean;
}

/** What it reads and writes. */
export interface LineStreams {
  readonly stdin: AsyncIterable<Uint8Array | string> & { destroy(): unknown };
  readonly stdout: Output;
  readonly stderr: { write(text: string): unknown };
}

/** So many lines are under way at a time. */
const window = 1_000;

/** Publishes each line of standard input, and accounts for every one of them. */
export class PublishedLines {
  readonly #args: PublishedLinesArguments;
  readonly #container: Container;
  readonly #streams: LineStreams;
  readonly #json: ContentJson;
  readonly #counts = new Map<LineOutcome, number>();
  /** What is under way, in the order of the lines. */
  readonly #pending: Promise<void>[] = [];
  #hasBegun = false;

  constructor(args: PublishedLinesArguments, container: Container, streams: LineStreams, json: ContentJson) {
    this.#args = args;
    this.#container = container;
    this.#streams = streams;
    this.#json = json;
  }

  /** Until the input ends, or `stopped`; then what is under way is awaited. Resolves with the exit code. */
  async run(stopped: Promise<unknown>): Promise<number> {
    const { stdin, stdout } = this.#streams;
    let isStopped = false;
    void stopped.then(() => {
      isStopped = true;
      stdin.destroy();
    });
    try {
      for await (const line of inputLines(stdin, this.#json.maxBytes)) await this.#take(line);
    } catch (error) {
      // A stream that is destroyed says so.
      if (!isStopped) throw error;
    }
    await Promise.all(this.#pending);
    if (!this.#args.json) await written(stdout, `${this.#summary()}\n`);
    if (isStopped) return exitCode.interrupted;
    const failed = [...this.#counts.keys()].some((outcome) => outcome !== 'sent' && outcome !== 'confirmed');
    return failed ? exitCode.failed : exitCode.ok;
  }

  /** Resolves when there is room for the next. */
  async #take(line: InputLine): Promise<void> {
    const published = this.#publish(line, this.#pending.at(-1));
    // It may fail before anybody awaits it.
    published.catch(() => undefined);
    this.#pending.push(published);
    // The first one makes what is missing at the broker; the others must not overtake it.
    if (this.#pending.length >= window || !this.#hasBegun) await this.#pending.shift();
  }

  /** Resolves when it has been told what became of it, and of the one before. Rejects for nothing that is the line's. */
  async #publish(line: InputLine, before: Promise<void> | undefined): Promise<void> {
    const { type, origin, qos } = this.#args;
    let outcome: LineOutcome;
    let problem: string | undefined;
    try {
      outcome = await this.#container.events.publish(type, origin, this.#read(line), { qos });
      problem = outcomeHint(outcome, qos);
      this.#hasBegun = true;
    } catch (error) {
      if (!isOfTheLine(error)) throw error;
      outcome = 'invalid';
      problem = messageOf(error);
    }
    await before;
    await this.#tell(line, outcome, problem);
  }

  #read({ bytes, isTooLong }: InputLine): unknown {
    if (isTooLong) throw new BadRequestError(`it has more than ${this.#json.maxBytes} bytes`);
    return this.#json.read(bytes);
  }

  async #tell({ number }: InputLine, outcome: LineOutcome, problem: string | undefined): Promise<void> {
    const { stdout, stderr } = this.#streams;
    const count = (this.#counts.get(outcome) ?? 0) + 1;
    this.#counts.set(outcome, count);
    // Of the others of a kind only the number is told, but each line that is wrong is so in its own way.
    if (problem !== undefined && (count === 1 || outcome === 'invalid')) {
      stderr.write(`ioncore: line ${number}: ${outcome}: ${visible(problem)}\n`);
    }
    if (!this.#args.json) return;
    const error = outcome === 'invalid' ? { error: problem } : {};
    await written(stdout, `${JSON.stringify({ line: number, outcome, ...error })}\n`);
  }

  #summary(): string {
    const counts = [...this.#counts].map(([outcome, count]) => `${outcome} ${count}`);
    return counts.length === 0 ? 'no events' : counts.join(', ');
  }
}

function isOfTheLine(error: unknown): boolean {
  return error instanceof ContainerError && (error.code === 'BadRequest' || error.code === 'TooLarge');
}
