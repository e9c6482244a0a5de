import type { Message } from '../codec/index.ts';
import { IllegalStateError } from '../errors/index.ts';
import type { Interceptor, Invocation, TakenMessage, WalkPath } from './invocation.ts';
import { endedBy, notPlain, type Stop } from './refusals.ts';

/** An interceptor and the name that errors and the log call it by. */
export interface NamedInterceptor {
  readonly name: string;
  readonly intercept: Interceptor;
}

/** One interceptor while it has the message. */
interface Step {
  readonly index: number;
  readonly name: string;
  isPassed: boolean;
  isOver: boolean;
}

/**
 * Where a walk is. `ending` and `ended`: the last interceptor has passed the message on, and whoever is at the end has returned;
 * `over`: it was refused or answered on the way.
 */
type Progress = 'walking' | 'taken' | 'ending' | 'ended' | 'over';

/** One message on its way along the interceptors. */
export abstract class Walk implements Invocation {
  abstract readonly path: WalkPath;
  abstract readonly origin: string;
  readonly message: Message;
  readonly #stack: readonly NamedInterceptor[];
  #progress: Progress = 'walking';
  #step: Step | undefined;
  #stop: Stop | undefined;

  /** @param stack in the order of this way */
  constructor(stack: readonly NamedInterceptor[], message: Message) {
    this.#stack = stack;
    this.message = message;
  }

  /** @throws what the end of the way throws, and what {@link refused} throws */
  start(): void {
    this.#run(0);
  }

  take(): TakenMessage {
    const step = this.#step;
    if (step === undefined || step.isPassed || this.#progress !== 'walking') {
      throw new IllegalStateError(
        'a message is taken by the interceptor that has it, once and before it passes it on',
      );
    }
    this.assertTakeable();
    this.#progress = 'taken';
    return {
      pass: () => this.#whileTaken('walking', () => this.#run(step.index + 1)),
      refuse: (error) => this.#whileTaken('over', () => this.refused({ error, interceptor: step.name })),
      reply: (content = null) => {
        this.assertAnswerable();
        this.#whileTaken('over', () => this.answered(content));
      },
    };
  }

  /** The message has passed all interceptors. */
  protected abstract end(): void;
  /** It does not go on. */
  protected abstract refused(stop: Stop): void;
  /** The interceptor that took it has answered it. */
  protected abstract answered(content: unknown): void;
  /** An interceptor failed although the message has gone on already. */
  protected abstract failedLate(stop: Stop): void;
  /** @throws IllegalStateError */
  protected abstract assertTakeable(): void;
  /** @throws IllegalStateError */
  protected abstract assertAnswerable(): void;

  #run(from: number): void {
    let thrown: { readonly error: unknown } | undefined;
    try {
      this.#enter(from);
    } catch (error) {
      thrown = { error };
    }
    const stop = this.#stop;
    if (this.#progress === 'ended') {
      if (thrown !== undefined && stop !== undefined) this.failedLate(stop);
    } else if (this.#progress === 'ending') {
      // What the end threw, unless an interceptor has put something else in its place.
      throw thrown === undefined ? stop?.error : thrown.error;
    } else if (this.#progress === 'walking' || (this.#progress === 'taken' && thrown !== undefined)) {
      this.#progress = 'over';
      if (stop !== undefined) this.refused(stop);
    }
  }

  #enter(index: number): void {
    const interceptor = this.#stack[index];
    if (interceptor === undefined) {
      this.#arrive();
      return;
    }
    const { name, intercept } = interceptor;
    const step: Step = { index, name, isPassed: false, isOver: false };
    const outer = this.#step;
    this.#step = step;
    try {
      const returned: unknown = intercept(this, () => this.#next(step));
      if (isThenable(returned)) {
        // It is told to its author below; what it rejects with adds nothing.
        returned.then(undefined, () => undefined);
        throw notPlain(name);
      }
      if (!step.isPassed && this.#progress === 'walking') {
        this.#stop = { error: endedBy(name, this.message), interceptor: name };
      }
    } catch (error) {
      if (this.#stop?.error !== error) this.#stop = { error, interceptor: name };
      throw error;
    } finally {
      step.isOver = true;
      this.#step = outer;
    }
  }

  #arrive(): void {
    this.#progress = 'ending';
    try {
      this.end();
    } catch (error) {
      this.#stop = { error, interceptor: '' };
      throw error;
    }
    this.#progress = 'ended';
  }

  /** A message walks on once. */
  #next(step: Step): void {
    if (step.isPassed) return;
    if (step.isOver || this.#progress !== 'walking') {
      throw new IllegalStateError(
        `interceptor '${step.name}' called next() when it no longer had the message; what is taken goes on by its pass()`,
      );
    }
    step.isPassed = true;
    this.#enter(step.index + 1);
  }

  #whileTaken(progress: Progress, action: () => void): void {
    if (this.#progress !== 'taken') return;
    this.#progress = progress;
    this.#stop = undefined;
    action();
  }
}

/** Promises of other realms and libraries count, so `instanceof` will not do. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
