import { messageOf, UnavailableError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { LifecycleState } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import { afterwards, type Env, isThenable } from '../util/index.ts';
import type { HandledMessage } from './crash-report.ts';
import { Deadline } from './deadline.ts';
import type { ExitReason } from './exit-reason.ts';
import type { OwnChildren } from './own-children.ts';
import type { OwnSubscriptions } from './own-subscriptions.ts';
import { Process, type Shutdown } from './process.ts';
import type { WorkLoop } from './work-loop.ts';

/** The process that ends. */
export interface EndingProcess {
  readonly id: ProcessId;
  /** `undefined` while its constructor runs. */
  readonly process: Process | undefined;
  readonly state: LifecycleState;
  readonly env: Env;
  readonly plainLogger: Logger;
  readonly hasEnded: boolean;
  /** Its first hook was called. */
  readonly isBegun: boolean;
  /** `onInit` has come to its end. */
  readonly isInitialized: boolean;
  /** How long it gets by default, and at most; see the host of processes. */
  readonly shutdownMs: number;
  readonly mostMs: number;
  // What it has; undefined what it never needed.
  readonly work: WorkLoop | undefined;
  readonly ownChildren: OwnChildren | undefined;
  readonly ownSubscriptions: OwnSubscriptions | undefined;
  /** Its lifecycle, which calls {@link ProcessEnding#inOrder} and {@link ProcessEnding#crashed} in its turn. */
  terminate(): Promise<unknown>;
  fail(cause: unknown): Promise<void>;
  /** Ends its lifecycle, whatever hook is in progress. */
  cutOff(): void;
  /** Runs code of the author in its name. */
  inScope<Result>(fn: () => Result): Result;
  endObjects(): void | Promise<void>;
  closeNames(): void | Promise<void>;
  countRefused(): void;
  /** A handler outlives it. */
  reportUnfinished(op: string, ageMs: number): void;
  /** It has ended: everybody who should know is told. Called once. */
  ended(reason: ExitReason, handling: readonly HandledMessage[]): void;
}

const nothing: readonly HandledMessage[] = [];

/**
 * The end of one process, made when it begins. It comes in one of three ways: the process is asked to end (nothing more is begun, handlers finish, children end,
 * `onTerminate`), it crashes (a stray error, a failing hook: handlers are given up, children end, `onTerminate`), or it is killed (at once, no hook).
 */
export class ProcessEnding {
  readonly #ended: EndingProcess;
  /** For what it was asked to end; it may end for another reason. */
  #asked: ExitReason | undefined;
  /** When it is killed if it has not ended. */
  #deadline: Deadline | undefined;
  #isPrompt = false;
  #isKilled = false;
  #takesNothing = false;
  #hasEndedChildren = false;

  constructor(ended: EndingProcess) {
    this.#ended = ended;
  }

  /** Nothing is begun any more. */
  get takesNothing(): boolean {
    return this.#takesNothing;
  }
  /** It was killed since it had not ended in its time. */
  get isOverdue(): boolean {
    return this.#deadline?.hasPassed === true;
  }
  /** Its children have been ended, so one that comes yet is too late. */
  get hasEndedChildren(): boolean {
    return this.#hasEndedChildren;
  }

  /**
   * Begins the end for `reason`. Asked again meanwhile, it is the same end for the first reason, in the shorter time.
   *
   * @param isPrompt it may have ended when this returns, if there is nothing to wait for. For whoever is none of those whom its end is told to, and is not
   * the process itself: they end one after the other, not in the midst of each other.
   */
  ask(reason: ExitReason, shutdown: Shutdown = this.#defaultShutdown, isPrompt = false): void {
    const ended = this.#ended;
    if (ended.hasEnded) return;
    if (shutdown === 'brutal_kill') {
      this.kill();
      return;
    }
    if (!ended.isBegun) {
      // Asked by its constructor: there is nothing to be ended in order.
      this.kill(reason);
      return;
    }
    if (this.#asked === undefined) {
      this.#asked = reason;
      this.#isPrompt = isPrompt;
      if (!ended.isInitialized) ended.ownChildren?.giveUpStarts(reason);
      const terminating = ended.terminate();
      if (ended.state === 'TERMINATED' && !this.#isKilled) return;
      // It is ERROR when a hook fails, and the reason is that; nothing is left to be told.
      terminating.catch(() => undefined);
      if (ended.hasEnded) return;
    }
    if (typeof shutdown === 'number') this.#killAfter(Math.min(shutdown, ended.mostMs), 'killed');
  }

  /** Ends the process at once. See the cell. */
  kill(reason: ExitReason = 'killed'): void {
    const ended = this.#ended;
    // Listeners of signals, called below, may ask for the same.
    if (ended.hasEnded || this.#isKilled) return;
    this.#isKilled = true;
    const handling = this.#handling();
    for (const { op, ageMs } of handling) ended.reportUnfinished(op, ageMs);
    const left = this.#takeNothing('was killed');
    this.#giveUp('was killed');
    void afterwards(left, () => ended.work?.passOnWaiting());
    void ended.endObjects();
    ended.cutOff();
    this.#end(reason, handling);
  }

  /** An error that nobody handled came out of its code: it crashes, whatever it is doing. */
  strayError(error: unknown): void {
    const ended = this.#ended;
    if (ended.hasEnded) {
      ended.countRefused();
      ended.plainLogger.warn('an error that nobody handled came out of a process that has ended', { error });
      return;
    }
    if (this.#asked !== undefined) {
      ended.plainLogger.error('an error that nobody handled came out of a process that is ending', { error });
      return;
    }
    this.#asked = { error };
    if (ended.state !== 'ACTIVE') {
      // Whoever spawns it waits, and a hook in progress may never end.
      this.kill({ error });
      return;
    }
    void ended.fail(error);
  }

  /** The `terminate` of its lifecycle. */
  inOrder(): void | Promise<void> {
    const { work, ownChildren } = this.#ended;
    const reason = this.#asked ?? 'normal';
    const left = this.#takeNothing('is ending');
    const mayWait = left !== undefined || ownChildren !== undefined || work?.isIdle === false;
    if (mayWait || !this.#isPrompt) return this.#stepByStep(left, reason);
    work?.passOnWaiting();
    this.#hasEndedChildren = true;
    return this.#last(this.#callOnTerminate(reason), reason, nothing);
  }

  /** The `error` of its lifecycle. */
  async crashed(cause: unknown): Promise<void> {
    const ended = this.#ended;
    if (ended.hasEnded) return;
    const reason = { error: cause };
    this.#asked ??= reason;
    const shutdown = this.#defaultShutdown;
    if (shutdown !== 'infinity') this.#killAfter(shutdown, reason);
    const handling = this.#handling();
    await this.#takeNothing('has failed');
    ended.work?.passOnWaiting();
    this.#giveUp(`has failed: ${messageOf(cause)}`);
    await ended.ownChildren?.endByKeeper(reason);
    await this.#finish(reason, handling);
  }

  async #stepByStep(left: void | Promise<void>, reason: ExitReason): Promise<void> {
    const ended = this.#ended;
    await left;
    ended.work?.passOnWaiting();
    await ended.ownChildren?.endByKeeper(reason);
    const { work } = ended;
    if (work?.isIdle === false) await new Promise<void>((resolve) => work.whenIdle(resolve));
    await this.#finish(reason, nothing);
  }

  /** The last steps of an end in order. A kill may come in between. */
  async #finish(reason: ExitReason, handling: readonly HandledMessage[]): Promise<void> {
    const ended = this.#ended;
    if (ended.hasEnded) return;
    this.#hasEndedChildren = true;
    await ended.ownChildren?.end();
    await this.#last(this.#callOnTerminate(reason), reason, handling);
  }

  /** What comes when the last hook is done; without promise and closure, since most processes have nothing to wait for. */
  #last(
    running: PromiseLike<unknown> | undefined,
    reason: ExitReason,
    handling: readonly HandledMessage[],
  ): void | Promise<void> {
    if (running !== undefined) return this.#lastAfter(running, reason, handling);
    const ending = this.#ended.endObjects();
    if (ending !== undefined) return this.#endAfter(ending, reason, handling);
    this.#end(reason, handling);
    return undefined;
  }

  async #lastAfter(
    running: PromiseLike<unknown>,
    reason: ExitReason,
    handling: readonly HandledMessage[],
  ): Promise<void> {
    await running;
    await this.#last(undefined, reason, handling);
  }

  async #endAfter(
    ending: Promise<void>,
    reason: ExitReason,
    handling: readonly HandledMessage[],
  ): Promise<void> {
    await ending;
    this.#end(reason, handling);
  }

  /** Undefined if there is nothing to wait for. Never rejects. */
  #callOnTerminate(reason: ExitReason): PromiseLike<unknown> | undefined {
    const ended = this.#ended;
    const { process } = ended;
    if (!ended.isInitialized || process === undefined || ended.hasEnded) return undefined;
    if (process.onTerminate === Process.prototype.onTerminate) return undefined;
    try {
      const running: unknown = ended.inScope(() => process.onTerminate(reason));
      return isThenable(running) ? running.then(undefined, (error) => this.#hookFailed(error)) : undefined;
    } catch (error) {
      this.#hookFailed(error);
      return undefined;
    }
  }

  #hookFailed(error: unknown): void {
    this.#ended.plainLogger.error('onTerminate failed', { error });
  }

  /** Those below a keeper have times of their own, so it has as long as they need; while there are none, its own `onInit` may be what hangs. */
  get #defaultShutdown(): number | 'infinity' {
    const { ownChildren: children, isInitialized, shutdownMs } = this.#ended;
    const hasTheirs = children?.areKept === true && (isInitialized || children.ids.length > 0);
    return hasTheirs ? 'infinity' : shutdownMs;
  }

  /** The time that it has; asked again, the shorter one counts. */
  #killAfter(delayMs: number, reason: ExitReason): void {
    this.#deadline ??= new Deadline(this.#ended.env.clock);
    this.#deadline.set(delayMs, () => this.kill(reason));
  }

  /** From here on nothing is begun. When it is done, what waits may go to others: before the consumer is cancelled the broker would give it back. */
  #takeNothing(what: string): void | Promise<void> {
    const ended = this.#ended;
    const { work } = ended;
    this.#takesNothing = true;
    // An error with its stack costs more than all the rest of an end.
    if (work?.isIdle === false) work.warn(new UnavailableError(`process ${ended.id} ${what}`));
    const subscriptions = ended.ownSubscriptions;
    return subscriptions === undefined ? ended.closeNames() : this.#endSubscriptions(subscriptions);
  }

  async #endSubscriptions(subscriptions: OwnSubscriptions): Promise<void> {
    await subscriptions.end();
    await this.#ended.closeNames();
  }

  /** Whoever waits for its handlers is told. */
  #giveUp(what: string): void {
    const { work, id } = this.#ended;
    if (work === undefined || work.isIdle) return;
    const details = { executed: 'unknown' };
    work.giveUp(new UnavailableError(`process ${id} ${what}`, { details }));
  }

  #end(reason: ExitReason, handling: readonly HandledMessage[]): void {
    if (this.#ended.hasEnded) return;
    // Killed with it, or spawned too late to be ended before.
    this.#ended.ownChildren?.kill();
    this.#deadline?.cancel();
    this.#ended.ended(reason, handling);
  }

  /** What it handles now. */
  #handling(): readonly HandledMessage[] {
    const { work, env } = this.#ended;
    if (work === undefined || work.isIdle) return nothing;
    const now = env.clock.now();
    return [...work.running].map(({ message, startedAt }) => ({
      op: message.op,
      sender: message.sender,
      conversation: message.conversationId,
      ageMs: Math.round(now - startedAt),
    }));
  }
}
