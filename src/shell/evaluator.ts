import { type REPLServer, Recoverable, start } from 'node:repl';
import { PassThrough, Writable } from 'node:stream';
import type { ShellHelpers } from './shell-helpers.ts';

/** Puts the helpers into a prompt's global scope; they cannot be overwritten by accident. */
export function defineHelpers(server: REPLServer, helpers: ShellHelpers): void {
  for (const [name, value] of Object.entries(helpers)) {
    Object.defineProperty(server.context, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: false,
    });
  }
}

/** What became of a piece of source. */
export type Evaluation =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'error'; readonly error: unknown }
  /** It is not complete: more lines may make it so. */
  | { readonly type: 'incomplete'; readonly error: unknown };

/** Evaluates source as Node's prompt does (top-level await, declarations that stay), without a terminal. */
export class Evaluator {
  readonly #server: REPLServer;
  readonly #onStray: (error: unknown) => void;
  #settle: ((evaluation: Evaluation) => void) | undefined;

  /**
   * @param scriptConsole the `console` of the source
   * @param onStray gets what earlier source throws later, outside any evaluation: in a timer, or in a promise that nobody awaits
   */
  constructor(helpers: ShellHelpers, scriptConsole: Console, onStray: (error: unknown) => void) {
    this.#onStray = onStray;
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
    defineHelpers(this.#server, helpers);
    this.#server.context.console = scriptConsole;
  }

  /** One at a time. An error that earlier source throws meanwhile counts as this one's. */
  evaluate(source: string): Promise<Evaluation> {
    return new Promise((resolve) => {
      const settle = (evaluation: Evaluation): void => {
        if (this.#settle === settle) this.#settle = undefined;
        resolve(evaluation);
      };
      this.#settle = settle;
      this.#server.eval(source, this.#server.context, 'ioncore', (error, value) => {
        if (error instanceof Recoverable) settle({ type: 'incomplete', error: error.err });
        else if (error !== null) settle({ type: 'error', error });
        else settle({ type: 'value', value });
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #threw(error: unknown): void {
    if (this.#settle === undefined) this.#onStray(error);
    else this.#settle({ type: 'error', error });
  }
}
