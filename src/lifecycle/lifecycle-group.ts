import { IllegalStateError, TimeoutError } from '../errors/index.ts';
import type { Clock } from '../util/index.ts';
import type { LifecycleEvent, LifecycleState } from './definition.ts';
import type { LifecycleObject } from './lifecycle-object.ts';
import { isEnd } from './table.ts';

/** Where the objects of a {@link LifecycleGroup} are to be; one that is further already stays there. */
export type GroupGoal = Exclude<LifecycleState, 'ERROR'>;

/** Told of an object that failed on its way, or did not end in time. Must not throw. */
export type GroupFailureListener = (object: LifecycleObject, error: unknown) => void;

type Step = Extract<LifecycleEvent, 'initialize' | 'activate' | 'terminate'>;

/** The next event on the way to a goal; none where the object has arrived, or where no way leads. */
const steps: Readonly<Record<GroupGoal, Readonly<Partial<Record<LifecycleState, Step>>>>> = {
  INIT: {},
  READY: { INIT: 'initialize' },
  ACTIVE: { INIT: 'initialize', READY: 'activate' },
  // What never began has nothing to end.
  TERMINATED: { READY: 'terminate', ACTIVE: 'terminate' },
};

/**
 * Lifecycle objects that walk together with their owner. All move in parallel, each at its own pace through every state between; one that
 * fails is told to the listener and stays in ERROR, and the others go on. An object that has ended leaves the group.
 */
export class LifecycleGroup {
  /** Each object with the end of what it was asked to do so far. The promises never reject. */
  readonly #walks = new Map<LifecycleObject, Promise<void>>();
  readonly #onFailure: GroupFailureListener;
  #goal: GroupGoal;

  constructor(goal: GroupGoal, onFailure: GroupFailureListener) {
    this.#goal = goal;
    this.#onFailure = onFailure;
  }

  /** How many objects belong to it: those that have not ended. */
  get size(): number {
    return this.#walks.size;
  }

  /** @throws IllegalStateError if {@link add} would refuse `object`: it has ended, or the whole group has */
  assertTakes(object: LifecycleObject): void {
    if (this.#goal !== 'TERMINATED' && !isEnd(object.state)) return;
    const name = nameOf(object);
    const why = isEnd(object.state) ? `it is in state ${object.state}` : 'its owner has ended';
    throw new IllegalStateError(`${name} cannot be registered: ${why}`, {
      details: { object: name, state: object.state },
      cause: object.failure,
    });
  }

  /**
   * Adds `object` and starts to bring it to the present goal; a member stays one. Resolves when it is there. Rejects with what it failed with,
   * or with an {@link IllegalStateError} if it is refused (and left as it is); the listener is told too, so nobody has to await the promise.
   */
  add(object: LifecycleObject): Promise<void> {
    const added = this.#add(object);
    added.catch(() => undefined);
    return added;
  }

  /** Brings all objects to `goal`, and those that are added from now on. Resolves as {@link settled} does; never rejects. */
  advance(goal: Exclude<GroupGoal, 'TERMINATED'>): Promise<void> {
    this.#goal = goal;
    for (const object of this.#walks.keys()) void this.#bring(object);
    return this.settled();
  }

  /** Resolves when every object is where it should be or in ERROR, those included that are added meanwhile. Never rejects. */
  async settled(): Promise<void> {
    let awaited: readonly Promise<void>[] = [];
    for (;;) {
      const walks = [...this.#walks.values()];
      if (walks.every((walk) => awaited.includes(walk))) return;
      await Promise.all(walks);
      awaited = walks;
    }
  }

  /**
   * Terminates all objects; afterwards none is taken. Resolves when they have ended, and after `withinMs` at the latest: the listener is told
   * of those that have not. Never rejects. An object that was never initialised stays as it is.
   */
  async terminate(clock: Clock, withinMs: number): Promise<void> {
    this.#goal = 'TERMINATED';
    const open = new Set(this.#walks.keys());
    if (open.size === 0) return;
    const walks = [...open].map(async (object) => {
      await this.#bring(object);
      open.delete(object);
    });
    await new Promise<void>((resolve) => {
      const timer = clock.timer(withinMs, resolve);
      void Promise.all(walks).then(() => {
        timer.cancel();
        resolve();
      });
    });
    for (const object of open) {
      this.#onFailure(object, new TimeoutError(`${nameOf(object)} has not ended in time`));
    }
  }

  async #add(object: LifecycleObject): Promise<void> {
    try {
      this.assertTakes(object);
    } catch (error) {
      this.#onFailure(object, error);
      throw error;
    }
    if (!this.#walks.has(object)) {
      this.#walks.set(object, Promise.resolve());
      object.onStateChanged(({ to }) => {
        if (isEnd(to)) this.#walks.delete(object);
      });
    }
    await this.#bring(object);
    if (object.state === 'ERROR') throw object.failure;
  }

  /** Lets `object` walk to the goal once it is done with what it was asked before. */
  #bring(object: LifecycleObject): Promise<void> {
    const before = this.#walks.get(object) ?? Promise.resolve();
    const walk = before.then(() => this.#walk(object));
    this.#walks.set(object, walk);
    return walk;
  }

  async #walk(object: LifecycleObject): Promise<void> {
    try {
      for (;;) {
        const { state } = object;
        // Read anew at each step: the goal may have moved on.
        const step = steps[this.#goal][state];
        if (step === undefined) return;
        await object[step]();
        // Somebody else moves it as well; it is theirs then.
        if (object.state === state) return;
      }
    } catch (error) {
      this.#onFailure(object, error);
    }
  }
}

function nameOf(object: LifecycleObject): string {
  return object.constructor.name;
}
