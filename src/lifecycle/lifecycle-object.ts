import { IllegalStateError } from '../errors/index.ts';
import { isThenable, RingBuffer } from '../util/index.ts';
import type { LifecycleEvent, LifecycleState } from './definition.ts';
import { type StateListener, StateListeners } from './state-listeners.ts';
import { allowedEvents, canReach, isEnd, lifecycleTable } from './table.ts';

/** What most events resolve with, whose hooks are synchronous and return nothing. */
const done: Promise<undefined> = Promise.resolve(undefined);

/**
 * The base of everything that has a life: container, managers, receivers, processes.
 *
 * ```
 * INIT ─initialize→ READY ─activate→ ACTIVE        READY, ACTIVE ─terminate→ TERMINATED
 *                         ←deactivate─             anything else, and whatever fails → ERROR
 * ```
 *
 * Each event runs its hook first and changes the state when the hook is done; the promise of the event resolves with what the hook
 * returned. Events of one object are serialised in the order of their calls. When none is in progress the hook starts synchronously, and
 * if it is synchronous, the state has changed when the call returns.
 *
 * A hook must not await an event of its own object: that event waits for the hook. Raising one without awaiting it is
 * fine; it runs when the hook's own event is done.
 *
 * When a hook fails the object ends in `ERROR` and the caller gets the hook's error, whatever `onError` does.
 * An event that the state does not allow also leads to `ERROR`, and its promise rejects with an {@link IllegalStateError}.
 *
 * The type arguments are the arguments of `initialize`, `activate`, `terminate` and `deactivate`; by default none.
 *
 * @example
 * class Pump extends LifecycleObject<[port: string]> {
 *   protected override async onInitialize(port: string) { this.#line = await open(port); }
 *   protected override onTerminate() { this.#line?.close(); }
 *   protected override onError() { this.#line?.close(); }
 * }
 */
export abstract class LifecycleObject<
  InitializeArgs extends readonly unknown[] = [],
  ActivateArgs extends readonly unknown[] = [],
  TerminateArgs extends readonly unknown[] = [],
  DeactivateArgs extends readonly unknown[] = [],
> {
  #state: LifecycleState = 'INIT';
  #isBusy = false;
  #isAbandoned = false;
  #errorCount = 0;
  #failure: unknown;
  // Made when they are first needed: most objects of a busy system never are watched, nor have events waiting.
  #waiting: RingBuffer<() => void> | undefined;
  #listeners: StateListeners | undefined;

  get state(): LifecycleState {
    return this.#state;
  }

  /** How often something went wrong: failed hooks, events not allowed, calls of {@link fail}. */
  get errorCount(): number {
    return this.#errorCount;
  }

  /** What brought the object to `ERROR`: the first error, whatever followed. `undefined` in other states. */
  get failure(): unknown {
    return this.#failure;
  }

  /** `INIT` → `READY`, after {@link onInitialize}. */
  initialize(...args: InitializeArgs): Promise<unknown> {
    return this.#trigger('initialize', this.onInitialize, args);
  }

  /** `READY` → `ACTIVE`, after {@link onActivate}. */
  activate(...args: ActivateArgs): Promise<unknown> {
    return this.#trigger('activate', this.onActivate, args);
  }

  /** `ACTIVE` → `READY`, after {@link onDeactivate}. */
  deactivate(...args: DeactivateArgs): Promise<unknown> {
    return this.#trigger('deactivate', this.onDeactivate, args);
  }

  /** `READY` or `ACTIVE` → `TERMINATED`, after {@link onTerminate} or {@link onTerminateActive}. */
  terminate(...args: TerminateArgs): Promise<unknown> {
    return this.#trigger('terminate', this.#onTerminateInState, args);
  }

  /**
   * The `error` event: any state → `ERROR`, after {@link onError} was told `cause`. Waits its turn like every event.
   * Resolves when the object is in `ERROR`; never rejects.
   */
  fail(cause: unknown): Promise<void> {
    const run = () => this.#enterError('error', cause, true);
    // The hook in progress may never end.
    if (this.#isBusy && !this.#isAbandoned) return this.#afterOthers(run);
    this.#isBusy = true;
    return run();
  }

  /**
   * Calls `listener` after each change of state, in order, synchronously; not for errors of an object that is in `ERROR` already. What it
   * throws goes to {@link onHookError}. After an end (`TERMINATED`, `ERROR`) no listener is told anything.
   *
   * @returns stops it; afterwards the listener is not called again.
   */
  onStateChanged(listener: StateListener): () => void {
    if (isEnd(this.#state)) return () => {};
    this.#listeners ??= new StateListeners();
    return this.#listeners.add(listener);
  }

  /**
   * Resolves when the object is in `state`, at once if it is already. Rejects with an {@link IllegalStateError} when it cannot come to it any
   * more; the cause is what brought the object to `ERROR`, if that is where it is.
   */
  stateReached(state: LifecycleState): Promise<void> {
    if (this.#state === state) return Promise.resolve();
    if (!canReach(this.#state, state)) return Promise.reject(this.#unreachable(state));
    return new Promise((resolve, reject) => {
      const stop = this.onStateChanged(({ to }) => {
        if (to !== state && canReach(to, state)) return;
        stop();
        if (to === state) resolve();
        else reject(this.#unreachable(state));
      });
    });
  }

  /**
   * Ends the object at once, whatever hook is in progress: it is `TERMINATED` when this returns. Node cannot stop the hook; what it comes to is
   * ignored, its event then rejects with an {@link IllegalStateError}, and so do, at once, those that wait and those that are raised later. No hook is called. Does nothing after an end.
   */
  protected abandon(): void {
    if (isEnd(this.#state)) return;
    this.#isAbandoned = true;
    this.#transition('TERMINATED', 'terminate');
    if (this.#waiting !== undefined) this.#release();
  }

  /** What messages call this object. Default: the name of its class. */
  protected get lifecycleName(): string {
    return this.constructor.name;
  }

  /** Called once, with the arguments of {@link initialize}, in `INIT`. May throw. */
  protected onInitialize(..._args: InitializeArgs): unknown {
    return undefined;
  }

  /** Called with the arguments of {@link activate}, in `READY`; again after a `deactivate`. May throw. */
  protected onActivate(..._args: ActivateArgs): unknown {
    return undefined;
  }

  /** Called with the arguments of {@link deactivate}, in `ACTIVE`. May throw. */
  protected onDeactivate(..._args: DeactivateArgs): unknown {
    return undefined;
  }

  /** Called once, with the arguments of {@link terminate}, in `READY`. May throw. */
  protected onTerminate(..._args: TerminateArgs): unknown {
    return undefined;
  }

  /** Called instead of {@link onTerminate} when the state is `ACTIVE`. May throw. Default: calls `onTerminate`. */
  protected onTerminateActive(...args: TerminateArgs): unknown {
    return this.onTerminate(...args);
  }

  /**
   * Called before the object enters `ERROR`, and for every error after. `cause` is what a hook threw or {@link fail} was given; an event that
   * the state does not allow comes without. An object in `ERROR` cannot be terminated: what it holds is released here. Called more than
   * once perhaps, so it must not mind. What it throws goes to {@link onHookError}.
   */
  protected onError(..._cause: [cause?: unknown]): unknown {
    return undefined;
  }

  /** Told what {@link onError} or a listener threw. Default: nothing. What it throws itself is lost. */
  protected onHookError(_error: unknown): void {}

  #onTerminateInState(...args: TerminateArgs): unknown {
    return this.#state === 'ACTIVE' ? this.onTerminateActive(...args) : this.onTerminate(...args);
  }

  /** `hook` is a method of this object; with its arguments beside it, most events need no closure. */
  #trigger<Args extends readonly unknown[]>(
    event: LifecycleEvent,
    hook: (...args: Args) => unknown,
    args: Args,
  ): Promise<unknown> {
    if (this.#isAbandoned) return this.#refuseAbandoned();
    if (this.#isBusy) return this.#triggerLater(event, hook, args);
    this.#isBusy = true;
    return this.#run(event, hook, args);
  }

  #triggerLater<Args extends readonly unknown[]>(
    event: LifecycleEvent,
    hook: (...args: Args) => unknown,
    args: Args,
  ): Promise<unknown> {
    return this.#afterOthers(() => this.#run(event, hook, args));
  }

  /** Runs one event; `#isBusy` is set. Never throws synchronously. */
  #run<Args extends readonly unknown[]>(
    event: LifecycleEvent,
    hook: (...args: Args) => unknown,
    args: Args,
  ): Promise<unknown> {
    if (this.#isAbandoned) return this.#refuseAbandoned();
    const next = lifecycleTable[this.#state][event];
    if (next === 'ERROR') return this.#reject(event, this.#notAllowed(event), false);
    let result: unknown;
    try {
      result = Reflect.apply(hook, this, args);
    } catch (error) {
      return this.#reject(event, error, true);
    }
    if (isThenable(result)) return this.#settle(event, next, result);
    if (this.#isAbandoned) return this.#refuseAbandoned();
    this.#transition(next, event);
    this.#release();
    return result === undefined ? done : Promise.resolve(result);
  }

  async #settle(
    event: LifecycleEvent,
    next: LifecycleState,
    running: PromiseLike<unknown>,
  ): Promise<unknown> {
    let result: unknown;
    try {
      result = await running;
    } catch (error) {
      return this.#reject(event, error, true);
    }
    if (this.#isAbandoned) return this.#refuseAbandoned();
    this.#transition(next, event);
    this.#release();
    return result;
  }

  async #reject(event: LifecycleEvent, error: unknown, isCause: boolean): Promise<never> {
    await this.#enterError(event, error, isCause);
    throw error;
  }

  async #enterError(event: LifecycleEvent, error: unknown, isCause: boolean): Promise<void> {
    this.#errorCount += 1;
    if (this.#isAbandoned) {
      this.#release();
      return;
    }
    try {
      const result = isCause ? this.onError(error) : this.onError();
      if (isThenable(result)) await result;
    } catch (hookError) {
      this.#reportHookError(hookError);
    }
    if (this.#state !== 'ERROR' && !this.#isAbandoned) {
      this.#failure = error;
      this.#transition('ERROR', event, error);
    }
    this.#release();
  }

  /** The only writer of the state. */
  #transition(to: LifecycleState, event: LifecycleEvent, error?: unknown): void {
    const from = this.#state;
    this.#state = to;
    if (this.#listeners === undefined) return;
    const change = to === 'ERROR' ? { from, to, event, error } : { from, to, event };
    this.#listeners.tell(change, (thrown) => this.#reportHookError(thrown));
    if (isEnd(this.#state)) this.#listeners = undefined;
  }

  /** Starts the next event that waits, in a turn of its own so that a long queue does not grow the stack. */
  #release(): void {
    const start = this.#waiting?.shift();
    if (start === undefined) this.#isBusy = false;
    else queueMicrotask(start);
  }

  #afterOthers<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#waiting ??= new RingBuffer();
    const waiting = this.#waiting;
    return new Promise((resolve) => waiting.push(() => resolve(run())));
  }

  #reportHookError(error: unknown): void {
    try {
      this.onHookError(error);
    } catch {
      // Nobody is left to tell, and the event in progress must come to its end.
    }
  }

  #refuseAbandoned(): Promise<never> {
    this.#release();
    return Promise.reject(
      new IllegalStateError(`${this.lifecycleName} was ended at once`, {
        details: { object: this.lifecycleName, state: this.#state },
      }),
    );
  }

  #notAllowed(event: LifecycleEvent): IllegalStateError {
    const state = this.#state;
    const allowed = allowedEvents(state).join(' or ') || 'nothing';
    return new IllegalStateError(
      `${this.lifecycleName}: ${event} is not allowed in state ${state}, which allows ${allowed}`,
      { details: { object: this.lifecycleName, state, event } },
    );
  }

  #unreachable(wanted: LifecycleState): IllegalStateError {
    return new IllegalStateError(
      `${this.lifecycleName} cannot come to ${wanted} any more: it is in state ${this.#state}`,
      { details: { object: this.lifecycleName, state: this.#state, wanted }, cause: this.#failure },
    );
  }
}
