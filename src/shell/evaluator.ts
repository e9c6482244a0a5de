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

  constructor(helpers: ShellHelpers) {
    this.#server = start({
      prompt: '',
      input: new PassThrough(),
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      terminal: false,
    });
    defineHelpers(this.#server, helpers);
  }

  evaluate(source: string): Promise<Evaluation> {
    return new Promise((resolve) => {
      this.#server.eval(source, this.#server.context, 'ioncore', (error, value) => {
        if (error instanceof Recoverable) resolve({ type: 'incomplete', error: error.err });
        else if (error !== null) resolve({ type: 'error', error });
        else resolve({ type: 'value', value });
      });
    });
  }

  close(): void {
    this.#server.close();
  }
}
