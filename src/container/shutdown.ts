import type { AppManager } from '../app/index.ts';
import { type ContainerError, messageOf } from '../errors/index.ts';
import type { ExchangeManager } from '../exchange/index.ts';
import type { EventHub } from '../interact/index.ts';
import type { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { CrashReport, ProcessManager, UnfinishedHandler } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type {
  KilledProcess,
  PhaseReport,
  ShutdownReport,
  StopPhase,
  StopProgress,
} from './shutdown-report.ts';

/** Up to which part of the whole time each phase may last; what comes after has the rest. */
const shares = {
  draining: 0.25,
  /** Then every process that is left is killed, so that there is time for the answers to leave. */
  processes: 0.8,
  /** Nothing but what those who waited for them still have to do. */
  afterKilling: 0.9,
  /** So that the exchange itself can still be left. */
  settling: 0.95,
  exchange: 1,
} as const;

/** What a {@link Shutdown} works with. */
export interface ShutdownParts {
  readonly env: Env;
  readonly logger: Logger;
  /** Milliseconds for the whole. */
  readonly stopMs: number;
  readonly apps: AppManager;
  readonly processes: ProcessManager;
  readonly exchange: ExchangeManager;
  readonly hub: EventHub;
  readonly interceptors: LifecycleObject;
  /** Tells the other containers. May throw. */
  readonly announce: () => void;
}

/** The stop of a container, phase by phase, within one budget. */
export class Shutdown {
  readonly #parts: ShutdownParts;
  readonly #listeners = new Set<(progress: StopProgress) => void>();
  readonly #phases: PhaseReport[] = [];
  readonly #killed: KilledProcess[] = [];
  #hasBegun = false;
  #startedAt = 0;
  #unfinishedBefore: ReadonlySet<UnfinishedHandler> = new Set();
  #handedBackBefore = 0;
  #phase: StopPhase | undefined;
  #error: unknown;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
  }

  /** What it is at; undefined before and after. */
  get progress(): StopProgress | undefined {
    if (this.#phase === undefined) return undefined;
    const sinceMs = this.#parts.env.clock.now() - this.#startedAt;
    return {
      phase: this.#phase,
      sinceMs: Math.round(sinceMs),
      leftMs: Math.max(0, Math.round(this.#parts.stopMs - sinceMs)),
      ...this.#counts(),
    };
  }

  /** Calls `listener` when a phase begins. Returns what ends that. What it throws is logged. */
  onProgress(listener: (progress: StopProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The budget begins, if it has not yet. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { env, processes, exchange } = this.#parts;
    this.#startedAt = env.clock.now();
    this.#unfinishedBefore = new Set(processes.unfinished);
    this.#handedBackBefore = exchange.handedBack;
  }

  /** Resolves when everything has ended, or the budget is used up. Never rejects. */
  async run(): Promise<void> {
    this.begin();
    const { apps, processes, exchange, hub, interceptors, announce } = this.#parts;
    const killProcesses = (): void => processes.cutOff();
    const stopListening = processes.onCrash((report) => this.#crashed(report));
    await this.#perform('leaving', shares.draining, async () => announce());
    await this.#perform('draining', shares.draining, async () => {
      await Promise.all([hub.drain(), processes.drain(this.#endOf(shares.processes))]);
      await exchange.handBacksSettled();
    });
    await this.#perform('apps', shares.processes, () => end(apps), killProcesses);
    await this.#perform('processes', shares.processes, () => end(processes), killProcesses);
    await this.#perform('exchange', shares.exchange, async () => {
      await this.#within(shares.settling, exchange.events.settled());
      await end(exchange);
      await end(interceptors);
    });
    this.#phase = undefined;
    stopListening();
  }

  /** To be called when it is over. */
  report(cause: ContainerError | undefined): ShutdownReport {
    const { apps, processes, exchange, env } = this.#parts;
    const facts = {
      unfinishedHandlers: processes.unfinished.filter((handler) => !this.#unfinishedBefore.has(handler)),
      killed: this.#killed,
      unfinishedApps: [...new Set([...apps.unfinishedStops, ...this.#counts().apps])],
      leftProcesses: processes.list().map(({ id, name }) => ({ id, name })),
    };
    const isLate = this.#phases.some(({ late }) => late);
    const isWhole = Object.values(facts).every((list) => list.length === 0);
    return Object.freeze({
      complete: isWhole && !isLate && this.#error === undefined,
      tookMs: Math.round(env.clock.now() - this.#startedAt),
      phases: this.#phases,
      handedBack: exchange.handedBack - this.#handedBackBefore,
      ...facts,
      cause,
      error: this.#error === undefined ? undefined : messageOf(this.#error),
    });
  }

  /** One phase, up to its share of the whole time. `force` makes it end then, in whatever way it can. */
  async #perform(
    phase: StopPhase,
    share: number,
    work: () => Promise<unknown>,
    force?: () => void,
  ): Promise<void> {
    const { env, logger } = this.#parts;
    const startedAt = env.clock.now();
    this.#phase = phase;
    logger.info(`stopping: ${phase}`, this.#counts());
    this.#tell();
    const done = work().catch((error: unknown) => {
      logger.error(`stopping: ${phase} failed`, { error });
      this.#error ??= error;
    });
    const late = !(await this.#within(share, done));
    if (late && force !== undefined) {
      force();
      await this.#within(shares.afterKilling, done);
    }
    const tookMs = Math.round(env.clock.now() - startedAt);
    this.#phases.push({ phase, tookMs, late });
    const facts = { tookMs, ...this.#counts() };
    if (late) logger.warn(`stopping: ${phase} had not ended in its time`, facts);
    else logger.info(`stopping: ${phase} is done`, facts);
  }

  #tell(): void {
    const { progress } = this;
    if (progress === undefined) return;
    for (const listener of this.#listeners) {
      try {
        listener(progress);
      } catch (error) {
        this.#parts.logger.error('a listener of the stop failed', { error });
      }
    }
  }

  /** Whether `done` settles by then. */
  #within(share: number, done: Promise<unknown>): Promise<boolean> {
    const { clock } = this.#parts.env;
    return new Promise((resolve) => {
      const timer = clock.timer(Math.max(0, this.#endOf(share) - clock.now()), () => resolve(false));
      void done.then(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }

  #endOf(share: number): number {
    return this.#startedAt + this.#parts.stopMs * share;
  }

  #counts() {
    const { apps, processes, exchange } = this.#parts;
    return {
      apps: apps.list().map(({ instance }) => instance),
      processes: processes.size,
      handedBack: exchange.handedBack - this.#handedBackBefore,
    };
  }

  #crashed({ id, name, overdue, handling }: CrashReport): void {
    if (overdue) this.#killed.push({ id, name, ops: handling.map(({ op }) => op) });
  }
}

async function end(manager: LifecycleObject): Promise<void> {
  if (manager.state === 'READY' || manager.state === 'ACTIVE') await manager.terminate();
}
