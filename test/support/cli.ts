import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

/** The project's root, where the programs run. */
export const projectRoot = join(import.meta.dirname, '..', '..');

/** How a program is started. */
export interface ProgramOptions {
  /** The executable. Default: this Node, with `dist/main.js` as its first argument. */
  readonly command?: string;
  /** Written to standard input, which then ends. Without it standard input stays open: see {@link Program.write}. */
  readonly input?: string;
  /** Variables over those of this process. Default: logs are lines, as on a terminal. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs. Default: the project's root. */
  readonly cwd?: string;
  /** Whether it starts programs of its own, which must end with it. Default false. */
  readonly hasChildren?: boolean;
}

/** How a program ended: its exit code, or the signal that killed it. */
export type Exit = number | NodeJS.Signals;

/** Time allowed for what a program is awaited to do. */
const defaultWithinMs = 15_000;

/** A program as an operating-system process, its three streams being pipes. */
export class Program {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #hasChildren: boolean;
  readonly #ended: Promise<Exit>;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #exit: Exit | undefined;

  constructor(args: readonly string[], options: ProgramOptions) {
    const { command, input, hasChildren = false, env, cwd = projectRoot } = options;
    const given = command === undefined ? [join(projectRoot, 'dist/main.js'), ...args] : [...args];
    this.#hasChildren = hasChildren;
    const child = spawn(command ?? process.execPath, given, {
      cwd,
      detached: hasChildren,
      env: { ...process.env, IONCORE_LOG_FORMAT: 'line', ...env },
    });
    if (child.pid === undefined) throw new Error(`${command ?? process.execPath} could not be started`);
    this.pid = child.pid;
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    // A program that ends without reading its input breaks the pipe.
    child.stdin.on('error', () => undefined);
    if (input !== undefined) child.stdin.end(input);
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = code ?? signal ?? -1;
        this.#changed();
        resolve(this.#exit);
      });
    });
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has written so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Resolves once what it has written to `stream` matches; rejects when it ends or `withinMs` pass before. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp, withinMs = defaultWithinMs): Promise<void> {
    return this.#await(`write ${String(pattern)} to ${stream}`, () => pattern.test(this[stream]), withinMs);
  }

  /** Resolves once it has ended and its streams are closed; rejects when `withinMs` pass before. */
  async exited(withinMs = defaultWithinMs): Promise<Exit> {
    await this.#await('end', () => this.#exit !== undefined, withinMs);
    return this.#ended;
  }

  /** As {@link exited}, for a program that must succeed: another exit code than 0 rejects with what it wrote. */
  async succeeded(withinMs = defaultWithinMs): Promise<void> {
    const exit = await this.exited(withinMs);
    if (exit !== 0) throw new Error(`the program ended with ${exit}\n${this.#transcript()}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills it if it still runs, and what it started; resolves once it is gone. */
  async dispose(): Promise<void> {
    if (this.#hasChildren) killGroup(this.pid);
    else if (this.#exit === undefined) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #await(what: string, condition: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: string): void => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        if (problem === undefined) resolve();
        else reject(new Error(`the program ${problem} (${what})\n${this.#transcript()}`));
      };
      const check = (): void => {
        if (condition()) settle();
        else if (this.#exit !== undefined) settle(`ended with ${this.#exit} before it did what was awaited`);
      };
      const timer = setTimeout(() => settle(`did not do it within ${withinMs} ms`), withinMs);
      this.#watchers.add(check);
      check();
    });
  }

  #transcript(): string {
    return `--- stdout\n${this.#stdout}\n--- stderr\n${this.#stderr}`;
  }
}

/** Starts programs that end, at the latest, with the test that started them. Call it at the top of a file or `describe`. */
export function usePrograms(): (args: readonly string[], options?: ProgramOptions) => Program {
  const running = new Set<Program>();
  afterEach(async () => {
    for (const program of running) await program.dispose();
    running.clear();
  });
  return (args, options = {}) => {
    const program = new Program(args, options);
    running.add(program);
    return program;
  };
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
