import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Contestant, Measurement, OpenContestant } from './case.ts';
import { nobody, type Observer } from './observer.ts';

/**
 * A worker is a program that gets ready, prints the line `ready`, and then answers each line that it reads with one line: a JSON object of figures.
 * When its standard input ends, so does it. `{broker}` and `{system}` among its arguments stand for the URL of RabbitMQ and for a name that nobody else has.
 */
export interface WorkerSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it runs. Default: here. */
  readonly cwd?: string;
  /** How long it may take to end by itself; then it is killed. Default: as long as if nobody observed it. */
  readonly endsWithinMs?: number;
}

/** How long a worker may take to get ready, and for one run. */
const patienceMs = 120_000;

/** A worker's program, running. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #endsWithinMs: number;
  #errors = '';
  readonly #answers: ((line: string) => void)[] = [];
  readonly #failures: ((error: Error) => void)[] = [];
  readonly #exited: Promise<void>;

  private constructor(spec: WorkerSpec) {
    this.#name = [spec.command, ...spec.args].join(' ');
    this.#endsWithinMs = spec.endsWithinMs ?? nobody.endsWithinMs;
    this.#child = spawn(spec.command, spec.args, { cwd: spec.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    // Whatever a peer prints otherwise is not meant for us.
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        if (line !== 'ready' && !line.startsWith('{"')) return;
        this.#failures.shift();
        this.#answers.shift()?.(line);
      });
    }
    this.#exited = new Promise((resolve) => {
      const gone = (why: string): void => {
        const error = new Error(`${this.#name}\n${why}\n${this.#errors}`);
        for (const fail of this.#failures.splice(0)) fail(error);
        resolve();
      };
      this.#child.once('error', (error) => gone(error.message));
      this.#child.once('exit', (code, signal) => gone(`it ended with ${signal ?? code}`));
    });
  }

  /** Resolves when it is ready. */
  static async start(spec: WorkerSpec): Promise<Worker> {
    const worker = new Worker(spec);
    try {
      const line = await worker.#answer();
      if (line !== 'ready') throw new Error(`${worker.#name}\nsaid ${line} before it was ready`);
      return worker;
    } catch (error) {
      await worker.end();
      throw error;
    }
  }

  /** The process's number. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask(command: string): Promise<Measurement> {
    const answered = this.#answer();
    this.#child.stdin?.write(`${command}\n`);
    const line = await answered;
    return numbersOf(line, this.#name);
  }

  /** Ends it, by force if it does not by itself. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#endsWithinMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #answer(): Promise<string> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return Promise.reject(new Error(`${this.#name}\nhas ended\n${this.#errors}`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#name}\ndid not answer within ${patienceMs} ms\n${this.#errors}`)),
        patienceMs,
      );
      const settled = (): void => clearTimeout(timer);
      this.#answers.push((line) => {
        settled();
        resolve(line);
      });
      this.#failures.push((error) => {
        settled();
        reject(error);
      });
    });
  }
}

let systems = 0;

/** A name that nobody else has. */
export function newSystem(): string {
  systems += 1;
  return `bench-${process.pid}-${systems}`;
}

/**
 * A contestant whose workers stay for the whole case. They are started one after the other; the last one is asked. `servers` are there to be called.
 */
export function workers(
  name: string,
  settings: string,
  specs: { readonly servers?: readonly WorkerSpec[]; readonly client: WorkerSpec },
): Contestant {
  return {
    name,
    settings,
    async open(broker, observer = nobody): Promise<OpenContestant> {
      const system = newSystem();
      const started: Worker[] = [];
      const close = async (): Promise<void> => {
        for (const worker of started.splice(0).reverse()) await worker.end();
      };
      try {
        for (const spec of [...(specs.servers ?? []), specs.client])
          started.push(await Worker.start(withBroker(spec, broker, system, observer)));
      } catch (error) {
        await close();
        throw error;
      }
      const client = started.at(-1);
      if (client === undefined) throw new Error('no client');
      return { run: ({ command }) => observer.measure(() => client.ask(command)), close };
    },
  };
}

/** As {@link workers}, but for each run a new one. */
export function freshWorker(name: string, settings: string, spec: WorkerSpec): Contestant {
  return {
    name,
    settings,
    async open(broker, observer = nobody): Promise<OpenContestant> {
      return {
        async run({ command }) {
          const worker = await Worker.start(withBroker(spec, broker, newSystem(), observer));
          try {
            return await observer.measure(() => worker.ask(command));
          } finally {
            await worker.end();
          }
        },
        close: async () => undefined,
      };
    },
  };
}

/** With `{broker}` and `{system}` filled in, and as the observer wants it. */
export function withBroker(
  spec: WorkerSpec,
  broker: string,
  system: string,
  { nodeOptions, endsWithinMs }: Observer,
): WorkerSpec {
  const args = spec.args.map((arg) => arg.replaceAll('{broker}', broker).replaceAll('{system}', system));
  const isNode = spec.command === process.execPath;
  return { ...spec, args: isNode ? [...nodeOptions, ...args] : args, endsWithinMs };
}

function numbersOf(line: string, name: string): Measurement {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`${name}\nsaid ${line}`);
  if ('error' in value) throw new Error(`${name}\n${String(value.error)}`);
  const figures: Record<string, number> = {};
  for (const [key, figure] of Object.entries(value)) {
    if (typeof figure !== 'number' || !Number.isFinite(figure))
      throw new Error(`${name}\nsaid ${line}: ${key} is no number`);
    figures[key] = figure;
  }
  return figures;
}
