import type { LifecycleEvent, LifecycleState } from './definition.ts';

/** One change of state. */
export interface StateChanged {
  readonly from: LifecycleState;
  readonly to: LifecycleState;
  /** The event that brought it about: of a failing `activate` it is `activate`. */
  readonly event: LifecycleEvent;
  /** Why, when `to` is `ERROR`. */
  readonly error?: unknown;
}

/** Is told of each change of state. */
export type StateListener = (change: StateChanged) => void;

/** Who is told of the changes of one object, in the order in which they asked. */
export class StateListeners {
  /** Each subscription is an object of its own: a listener may be added twice. */
  readonly #subscriptions = new Set<{ readonly listener: StateListener }>();

  /** @returns stops it; afterwards the listener is not called again. */
  add(listener: StateListener): () => void {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Calls every listener that is there now and not stopped meanwhile; what one throws goes to `onError` and the others go on. */
  tell(change: StateChanged, onError: (error: unknown) => void): void {
    for (const subscription of [...this.#subscriptions]) {
      if (!this.#subscriptions.has(subscription)) continue;
      try {
        subscription.listener(change);
      } catch (error) {
        onError(error);
      }
    }
  }
}
