import { AsyncLocalStorage } from 'node:async_hooks';
import { type REPLServer, Recoverable, start } from 'node:repl';
import { PassThrough, Writable } from 'node:stream';

/** What became of a piece of source. */
export type Evaluation =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'error'; readonly error: unknown }
  /** It is not complete: more lines may make it so. */
  | { readonly type: 'incomplete'; readonly error: unknown };

/** What source finds, and who is told of what it does later. */
export interface EvaluatorParts {
  /** Names for the global scope; they cannot be overwritten by accident. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** The `console` of the source. */
  readonly console: Console;
  /** Whether a result is a promise that is awaited without being told to. */
  readonly isAwaited: (value: unknown) => boolean;
  /** Takes an error that is somebody else's: of a process that the source has spawned, whose code Node counts to the source. */
  readonly claims: (error: unknown) => boolean;
  /** Gets what earlier source throws outside any evaluation: in a timer, or in a promise that nobody awaits. */
  readonly onStray: (error: unknown) => void;
}

/** One evaluation under way. */
interface Run {
  readonly number: number;
  /** Undefined once it has been told how it ended, or nobody wants to know. */
  settle: ((evaluation: Evaluation) => void) | undefined;
}

/** Evaluates source as Node's prompt does (top-level await, declarations that stay), without a terminal. */
export class Evaluator {
  readonly #parts: EvaluatorParts;
  readonly #server: REPLServer;
  /** The number of the evaluation that a late error belongs to. No object: Node shows it wherever it shows a promise. */
  readonly #origin = new AsyncLocalStorage<number>();
  /** Evaluations that were given up and whose await has not ended. */
  readonly #abandoned = new Set<number>();
  #lastNumber = 0;
  #run: Run | undefined;
  #last: unknown;
  #lastError: unknown;

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
    this.#server = start({
      prompt: '',
      input: new PassThrough(),
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      terminal: false,
      // Node's prompt does not give what source throws to the callback of `eval`: it shows it. As nothing comes in through `input`,
      // nothing else is ever shown.
      writer: (error) => {
        this.#threw(error);
        return 'told';
      },
    });
    const { context } = this.#server;
    for (const [name, value] of Object.entries(parts.globals)) {
      Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: false });
    }
    remember(context, '_', () => this.#last);
    remember(context, '_error', () => this.#lastError);
    context.console = parts.console;
  }

  /** One at a time. An error that earlier source throws meanwhile counts as this one's. */
  evaluate(source: string): Promise<Evaluation> {
    return new Promise((resolve) => this.run(source, resolve));
  }

  /** As {@link evaluate}, but what can be told at once is told before it returns: above all that the source is incomplete. */
  run(source: string, settled: (evaluation: Evaluation) => void): void {
    this.#lastNumber += 1;
    const run: Run = { number: this.#lastNumber, settle: undefined };
    run.settle = (evaluation) => {
      run.settle = undefined;
      if (this.#run === run) this.#run = undefined;
      if (evaluation.type === 'value') this.#last = evaluation.value;
      else if (evaluation.type === 'error') this.#lastError = evaluation.error;
      settled(evaluation);
    };
    this.#run = run;
    this.#origin.run(run.number, () =>
      this.#server.eval(source, this.#server.context, 'ioncore', (error, value) => {
        this.#abandoned.delete(run.number);
        if (error instanceof Recoverable) run.settle?.({ type: 'incomplete', error: error.err });
        else if (error !== null) run.settle?.({ type: 'error', error });
        else if (this.#parts.isAwaited(value)) this.#await(value, run);
        else run.settle?.({ type: 'value', value });
      }),
    );
  }

  /** Stops waiting for the evaluation under way. What it has begun goes on; how it ends is not told to anybody. */
  abandon(): void {
    if (this.#run === undefined) return;
    this.#abandoned.add(this.#run.number);
    this.#run.settle = undefined;
    this.#run = undefined;
  }

  /** Node's own completion, of variables and members. */
  complete(line: string): Promise<readonly [candidates: readonly string[], completing: string]> {
    return new Promise((resolve) => {
      const done = (_error: unknown, result: [string[], string] | undefined): void =>
        resolve(result ?? [[], line]);
      Reflect.apply(this.#server.completer, this.#server, [line, done]);
    });
  }

  close(): void {
    this.#server.close();
  }

  async #await(value: unknown, run: Run): Promise<void> {
    try {
      const settled = await value;
      run.settle?.({ type: 'value', value: settled });
    } catch (error) {
      run.settle?.({ type: 'error', error });
    } finally {
      this.#abandoned.delete(run.number);
    }
  }

  #threw(error: unknown): void {
    if (this.#parts.claims(error)) return;
    // An await that was given up; what else its line left behind is told.
    if (this.#abandoned.delete(this.#origin.getStore() ?? 0)) return;
    if (this.#run?.settle === undefined) {
      this.#lastError = error;
      this.#parts.onStray(error);
    } else {
      this.#run.settle({ type: 'error', error });
    }
  }
}

/** A variable that follows what is evaluated until the user gives it a value. */
function remember(context: object, name: string, read: () => unknown): void {
  Object.defineProperty(context, name, {
    configurable: true,
    get: read,
    set: (value: unknown) =>
      Object.defineProperty(context, name, { configurable: true, writable: true, value }),
  });
}
