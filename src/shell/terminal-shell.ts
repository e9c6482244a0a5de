import { Console } from 'node:console';
import { readFileSync } from 'node:fs';
import { clearScreenDown, cursorTo } from 'node:readline';
import { type REPLServer, Recoverable, start } from 'node:repl';
import type { Container } from '../container/index.ts';
import { messageOf } from '../errors/index.ts';
import { Completer } from './completer.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { History, historyLines } from './history.ts';
import { type Keyboard, KeyGate } from './key-gate.ts';
import { type OpenShell, openShell } from './open-shell.ts';
import { ResultPrinter } from './result-printer.ts';

/** ION's prompt, and the one that says that no history is kept. */
export const prompts = Object.freeze({ withHistory: '><> ', withoutHistory: '--> ' });

/** Node's prompt takes it, which its types do not know. */
const sizes = Object.freeze({ historySize: historyLines });

/** A terminal's two ends. */
export interface TerminalStreams {
  readonly input: Keyboard;
  readonly output: Screen;
}

/** Where a terminal shows text. */
export interface Screen extends NodeJS.WritableStream {
  hasColors?(): boolean;
}

/** How a prompt is opened. */
export interface TerminalOptions {
  /** Where typed lines are kept from one prompt to the next. Default: nowhere. */
  readonly historyFile?: string | undefined;
}

/** An open prompt. */
export interface Terminal {
  /** Resolves when the user has left it, or {@link leave} was called. */
  readonly left: Promise<void>;
  /** Closes it from outside. */
  readonly leave: () => void;
}

/**
 * Opens a prompt on a terminal. The user leaves it with Ctrl-D; the container runs on, and Ctrl-C then stops it. While the prompt is open
 * Ctrl-C never does: it clears the line, or gives the prompt back while a line runs.
 */
export function openTerminal(
  container: Container,
  streams: TerminalStreams,
  options: TerminalOptions = {},
): Terminal {
  const terminal = new TerminalShell(container, streams, options);
  return { left: terminal.left, leave: () => terminal.leave() };
}

/**
 * Node's prompt for the line, its history and its own commands (`.help`), and an {@link Evaluator} for what is typed, so that a line can be
 * given up: Node's own evaluation takes no key until the line has settled.
 */
class TerminalShell {
  readonly left: Promise<void>;
  readonly #output: Screen;
  readonly #printer: ResultPrinter;
  readonly #shell: OpenShell;
  readonly #keys: KeyGate;
  readonly #server: REPLServer;
  readonly #history: History | undefined;
  #evaluator: Evaluator;
  /** Lines of an incomplete piece are waiting for the rest of it. */
  #isUnfinished = false;
  #isLeft = false;

  constructor(container: Container, { input, output }: TerminalStreams, { historyFile }: TerminalOptions) {
    const colours = output.hasColors?.() ?? false;
    this.#output = output;
    this.#printer = new ResultPrinter(colours);
    this.#shell = openShell(container, this.#printer, (text) => this.#show(text));
    this.#keys = new KeyGate(input);
    this.#evaluator = this.#makeEvaluator();
    output.write(
      `Ioncore container ${container.id} of system ${container.sysname}\n` +
        `Try: help() · ps() · rpc_send('hello', 'hello', 'you') — TAB completes, Ctrl-D leaves the prompt\n`,
    );
    this.#history = this.#openHistory(historyFile);
    const completer = new Completer({
      shell: this.#shell,
      others: (line) => this.#evaluator.complete(line),
      showHint: (text) => this.#showHint(text),
    });
    this.#server = start({
      prompt: this.#history === undefined ? prompts.withoutHistory : prompts.withHistory,
      input: this.#keys,
      output,
      terminal: true,
      useColors: colours,
      ignoreUndefined: true,
      ...sizes,
      eval: (source, _context, _file, done) => this.#evaluate(source, done),
      completer: (line, done) => {
        void completer.complete(line).then((candidates) => done(null, candidates));
      },
      writer: (value) => this.#printer.inspect(value),
    });
    this.#prepare();
    this.left = new Promise((resolve) => {
      this.#server.once('exit', () => {
        this.#ended();
        resolve();
      });
    });
  }

  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#server.close();
  }

  #prepare(): void {
    const server = this.#server;
    const earlier = this.#history?.earlier ?? [];
    // Readline takes a history when it is made, but Node's prompt does not hand one on.
    Object.assign(server, { history: earlier.toReversed() });
    server.on('reset', () => {
      this.#evaluator.close();
      this.#evaluator = this.#makeEvaluator();
    });
    const [clearLine] = server.listeners('SIGINT');
    server.removeAllListeners('SIGINT');
    server.on('SIGINT', () => {
      // Node's own leaves the prompt at the second Ctrl-C; one more would stop the container.
      if (clearLine !== undefined && (server.line !== '' || server.editorMode || this.#isUnfinished)) {
        this.#isUnfinished = false;
        Reflect.apply(clearLine, server, []);
        return;
      }
      this.#output.write('\n(Ctrl-D leaves the prompt; the container runs on.)\n');
      server.displayPrompt();
    });
    // Node's own runs the lines of the file without waiting for each.
    server.defineCommand('load', {
      help: 'Run the lines of a file as if they were typed',
      action: (file) => this.#load(file.trim()),
    });
  }

  #evaluate(source: string, done: (error: Error | null, result: unknown) => void): void {
    let isSettled = false;
    let isComplete = true;
    const settle = (error: Error | null, result: unknown): void => {
      isSettled = true;
      done(error, result);
      this.#keys.release();
    };
    this.#shell.beginLine();
    this.#evaluator.run(source, (evaluation: Evaluation) => {
      if (evaluation.type === 'incomplete') {
        isComplete = false;
        settle(new Recoverable(toError(evaluation.error)), undefined);
      } else if (evaluation.type === 'value') settle(null, evaluation.value);
      else {
        // Not through Node's prompt, which would call it uncaught.
        this.#output.write(`${this.#printer.error(evaluation.error)}\n`);
        settle(null, undefined);
      }
    });
    // That it is incomplete has been told by now, if it is.
    this.#isUnfinished = !isComplete;
    if (isComplete) this.#remember(source);
    if (isSettled) return;
    this.#keys.hold(() => {
      this.#evaluator.abandon();
      this.#shell.giveUpLine();
      this.#output.write(
        '^C\nGiven up: the calls of this line are cancelled; what else it began goes on, and its result is dropped.\n',
      );
      settle(null, undefined);
    });
  }

  #makeEvaluator(): Evaluator {
    return new Evaluator({
      globals: this.#shell.bound,
      console: new Console({ stdout: this.#output, stderr: this.#output }),
      isAwaited: this.#shell.isHelperPromise,
      claims: (error) => this.#shell.container.claimStrayError(error),
      onStray: (error) => this.#interject(this.#printer.error(error)),
    });
  }

  #openHistory(file: string | undefined): History | undefined {
    if (file === undefined) return undefined;
    try {
      return new History(file);
    } catch (error) {
      this.#output.write(
        `Nothing that is typed is kept: ${messageOf(error)}; --no-history says so at once\n`,
      );
      return undefined;
    }
  }

  #remember(source: string): void {
    try {
      for (const line of source.split(/\r\n?|\n/)) this.#history?.add(line);
    } catch (error) {
      this.#output.write(`${messageOf(error)}\n`);
    }
  }

  #load(file: string): void {
    try {
      const lines = readFileSync(file, 'utf8').split(/\r?\n/);
      this.#server.displayPrompt();
      this.#keys.type(lines.map((line) => `${line}\r`).join(''));
    } catch (error) {
      this.#output.write(`${messageOf(error)}\n`);
      this.#server.displayPrompt();
    }
  }

  /** Text of a helper that runs: in the line that runs, or in one that has long ended. */
  #show(text: string): void {
    if (this.#keys.isHeld) this.#output.write(`${text}\n`);
    else this.#interject(text);
  }

  /** Text above the line that is being typed. */
  #interject(text: string): void {
    if (this.#isLeft) {
      this.#output.write(`${text}\n`);
      return;
    }
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#output.write(`${text}\n`);
    this.#server.displayPrompt(true);
  }

  #showHint(text: string): void {
    // Redrawing the line begins as many rows further up as the cursor is below its first one.
    const { rows } = this.#server.getCursorPos();
    this.#output.write(`\n${text}\n${'\n'.repeat(rows)}`);
    this.#server.displayPrompt(true);
  }

  #ended(): void {
    if (!this.#isLeft) this.#output.write('The container runs on. Ctrl-C stops it.\n');
    this.#isLeft = true;
    this.#keys.close();
    this.#history?.close();
  }
}

/** Syntax errors of the prompt's own context are not instances of our Error. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new SyntaxError(messageOf(thrown));
}
