import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type CrewOptions, isReport, type Order, type Report } from './contents.ts';

/** How long a container may take to start, and to stop. */
const patienceMs = 60_000;

/** The most memory that a container of the crew used, bytes. */
export interface MemoryUse {
  rssBytes: number;
  /** Without garbage. */
  heapBytes: number;
}

/** A member of the crew in its OS process, which may be killed, stopped and started again. */
export class MemberProcess {
  readonly memory: MemoryUse = { rssBytes: 0, heapBytes: 0 };
  readonly #options: Omit<CrewOptions, 'life'>;
  #life = 0;
  #child: ChildProcess | undefined;
  #started = Promise.resolve();
  #events = 0;
  #lastEventAt = performance.now();
  #isConnected = false;
  #listeners = new Set<(report: Report | 'gone') => void>();

  constructor(options: Omit<CrewOptions, 'life'>) {
    this.#options = options;
  }

  /** Events that it told of, over all its lives. */
  get events(): number {
    return this.#events;
  }

  /** It said so when it was last heard. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Milliseconds since it told of any. */
  get quietMs(): number {
    return performance.now() - this.#lastEventAt;
  }

  /** It is on its way, with what it subscribes to. */
  start(): void {
    this.#started = this.#start();
    this.#started.catch(() => undefined);
  }

  /** Resolves when it has subscribed. */
  started(): Promise<void> {
    return this.#started;
  }

  /** Publishes so many, in this time at least; resolves when all outcomes are known. */
  async publish(count: number, overMs: number): Promise<void> {
    this.#order({ type: 'publish', count, overMs });
    await this.#until('published', Number.POSITIVE_INFINITY);
  }

  /** Kills it; resolves when it is gone. If it does not handle so many more events in some seconds it is killed from outside. */
  async kill(after: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    if (after > 0) this.#order({ type: 'die', after });
    const timer = setTimeout(() => child.kill('SIGKILL'), after > 0 ? 5_000 : 0);
    await gone;
    clearTimeout(timer);
    this.#child = undefined;
  }

  /** Stops the container in order; resolves with what was wrong with that when the process has ended. */
  async stop(): Promise<string | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    const gone = once(child, 'exit');
    this.#order({ type: 'stop' });
    const report = await this.#until('stopped');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const [code] = await gone;
    clearTimeout(timer);
    this.#child = undefined;
    if (report.type !== 'stopped' || !report.isComplete) return 'did not stop completely';
    return code === 0 ? undefined : `did not end by itself after it had stopped (${code ?? 'killed'})`;
  }

  dispose(): void {
    this.#child?.kill('SIGKILL');
  }

  async #start(): Promise<void> {
    this.#life += 1;
    const options: CrewOptions = { ...this.#options, life: this.#life };
    const child = fork(join(import.meta.dirname, 'member.ts'), [JSON.stringify(options)], {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', 'tsx'],
    });
    this.#child = child;
    this.#isConnected = false;
    child.on('message', (report) => {
      if (isReport(report)) this.#hear(report);
    });
    child.on('exit', () => this.#tell('gone'));
    await this.#until('ready');
  }

  #order(order: Order): void {
    this.#child?.send(order);
  }

  #hear(report: Report): void {
    if (report.type === 'progress') {
      const { events, isConnected, rssBytes, heapBytes } = report;
      this.#isConnected = isConnected;
      if (events > 0) this.#lastEventAt = performance.now();
      this.#events += events;
      this.memory.rssBytes = Math.max(this.memory.rssBytes, rssBytes);
      this.memory.heapBytes = Math.max(this.memory.heapBytes, heapBytes);
    }
    this.#tell(report);
  }

  #tell(report: Report | 'gone'): void {
    for (const listener of [...this.#listeners]) listener(report);
  }

  #until(type: Report['type'], withinMs: number = patienceMs): Promise<Report> {
    const { name } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        settled();
      };
      const listener = (report: Report | 'gone'): void => {
        if (report === 'gone')
          settle(() => reject(new Error(`${name} ended before it was ${type}; see its log`)));
        else if (report.type === type) settle(() => resolve(report));
      };
      const timer = Number.isFinite(withinMs)
        ? setTimeout(
            () => settle(() => reject(new Error(`${name} was not ${type} in ${withinMs} ms`))),
            withinMs,
          )
        : undefined;
      this.#listeners.add(listener);
    });
  }
}
