import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { erlangTerm, nestedErlangTerm } from './erlang-term.ts';
import type { NestedScenario } from './nested-scenario.ts';
import type { Scenario } from './scenario.ts';

type Erlang = ChildProcessByStdio<Writable, Readable, null>;
type Waiting = {
  readonly resolve: (trace: readonly string[]) => void;
  readonly reject: (error: Error) => void;
};

/** One Erlang virtual machine that runs scenarios on OTP's supervisor, many at a time. */
export class ErlangRunner {
  /** The release of OTP, such as `25`. */
  readonly release: string;
  readonly #erlang: Erlang;
  readonly #directory: string;
  readonly #waiting: Map<number, Waiting>;
  readonly #ended: Promise<void>;
  #next = 0;

  private constructor(erlang: Erlang, directory: string, release: string, waiting: Map<number, Waiting>) {
    this.#erlang = erlang;
    this.#directory = directory;
    this.release = release;
    this.#waiting = waiting;
    this.#ended = new Promise((resolve) => erlang.once('close', () => resolve()));
  }

  /** Compiles the driver and starts it. Needs `erl` and `erlc` on the PATH (Debian: erlang-base, which rabbitmq-server brings). */
  static async start(): Promise<ErlangRunner> {
    const directory = await mkdtemp(path.join(tmpdir(), 'ioncore-otp-'));
    try {
      await compile(directory);
      return await ErlangRunner.#spawn(directory);
    } catch (error) {
      await rm(directory, { recursive: true });
      throw error;
    }
  }

  static async #spawn(directory: string): Promise<ErlangRunner> {
    const flags = ['+S', '1', '-noinput', '-kernel', 'logger_level', 'none', '-pa', directory];
    const erlang = spawn('erl', [...flags, '-s', 'otp_main', 'main'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const waiting = new Map<number, Waiting>();
    const lines = createInterface({ input: erlang.stdout });
    const release = await new Promise<string>((resolve, reject) => {
      erlang.once('error', reject);
      erlang.once('close', (code) => {
        const error = new Error(`the Erlang driver ended with ${code}`);
        reject(error);
        for (const scenario of waiting.values()) scenario.reject(error);
      });
      lines.on('line', (line) => {
        const [first = '', ...entries] = line.split('\t');
        if (first === 'ready') return resolve(entries[0] ?? '');
        waiting.get(Number(first))?.resolve(entries);
        waiting.delete(Number(first));
      });
    });
    return new ErlangRunner(erlang, directory, release, waiting);
  }

  /** The trace of a scenario on one supervisor. */
  run(scenario: Scenario): Promise<readonly string[]> {
    return this.#ask((n) => erlangTerm(n, scenario));
  }

  /** The trace of a scenario on a tree of supervisors. */
  runNested(scenario: NestedScenario): Promise<readonly string[]> {
    return this.#ask((n) => nestedErlangTerm(n, scenario));
  }

  #ask(term: (n: number) => string): Promise<readonly string[]> {
    const n = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      this.#erlang.stdin.write(term(n));
    });
  }

  /** Ends the machine; no scenario must be under way. */
  async stop(): Promise<void> {
    this.#erlang.kill('SIGKILL');
    await this.#ended;
    await rm(this.#directory, { recursive: true });
  }
}

async function compile(directory: string): Promise<void> {
  const source = path.join(import.meta.dirname, 'erlang');
  const files = (await readdir(source)).filter((file) => file.endsWith('.erl'));
  try {
    await promisify(execFile)('erlc', ['-o', directory, ...files], { cwd: source });
  } catch (error) {
    throw new Error('the Erlang driver cannot be compiled; is erlang-base installed?', { cause: error });
  }
}
