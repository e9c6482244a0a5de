import type { Arrival, Outgoing } from '../exchange/index.ts';

/** A message at one point of its walk. */
export type Invocation =
  | { readonly path: 'out'; readonly outgoing: Outgoing }
  | { readonly path: 'in'; readonly arrival: Arrival };

/**
 * A step on the walk of every message, in both directions. It may read and change the message; `next()` goes on; throwing refuses: going out
 * the sender gets the error, coming in a request is answered with it. It runs synchronously; nothing is awaited between
 * decoding and the mailbox. One that ends the walk without either must settle what came in: `arrival.settle()`.
 */
export type Interceptor = (invocation: Invocation, next: () => void) => void;

/**
 * The interceptors around a walk, composed once. Outgoing messages meet them in the order given, incoming ones in reverse (ION's
 * stack). Without interceptors the walk goes straight on.
 */
export class InterceptorChain {
  readonly #stack: readonly Interceptor[];
  readonly #reversed: readonly Interceptor[];

  constructor(interceptors: readonly Interceptor[] = []) {
    this.#stack = [...interceptors];
    this.#reversed = [...interceptors].reverse();
  }

  /** The way out that ends in `send`. */
  out(send: (outgoing: Outgoing) => void): (outgoing: Outgoing) => void {
    if (this.#stack.length === 0) return send;
    return (outgoing) => run(this.#stack, { path: 'out', outgoing }, () => send(outgoing));
  }

  /** The way in that ends in `accept`. */
  in(accept: (arrival: Arrival) => void): (arrival: Arrival) => void {
    if (this.#reversed.length === 0) return accept;
    return (arrival) => run(this.#reversed, { path: 'in', arrival }, () => accept(arrival));
  }
}

function run(stack: readonly Interceptor[], invocation: Invocation, end: () => void): void {
  const step = (index: number): void => {
    const interceptor = stack[index];
    if (interceptor === undefined) {
      end();
      return;
    }
    let isPassed = false;
    interceptor(invocation, () => {
      // A message walks on once.
      if (isPassed) return;
      isPassed = true;
      step(index + 1);
    });
  };
  step(0);
}
