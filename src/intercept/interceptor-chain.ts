import { isReply, protocolOf, statusOf } from '../codec/index.ts';
import { IllegalStateError, toWireError } from '../errors/index.ts';
import type { Arrival, Outgoing } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { RefusedReply, type Stop } from './refusals.ts';
import { type NamedInterceptor, Walk } from './walk.ts';

/** What becomes of a message that comes in. None of these may throw. */
export interface WayIn {
  /** It has passed all interceptors. */
  readonly accept: (arrival: Arrival) => void;
  /** An interceptor refused it. */
  readonly refuse: (arrival: Arrival, stop: Stop) => void;
  /** An interceptor answered it, or is done with it. */
  readonly answer: (arrival: Arrival, content: unknown) => void;
}

/** What a chain knows of its container. */
export interface ChainParts {
  /** The container's id. */
  readonly container: string;
  readonly logger: Logger;
}

/**
 * The interceptors around a walk. Outgoing messages meet them in the order given, incoming ones in reverse (ION's stack). Without
 * interceptors the walk goes straight on.
 */
export class InterceptorChain {
  readonly #stack: readonly NamedInterceptor[];
  readonly #reversed: readonly NamedInterceptor[];
  readonly #parts: ChainParts;

  constructor(interceptors: readonly NamedInterceptor[], parts: ChainParts) {
    this.#stack = [...interceptors];
    this.#reversed = [...interceptors].reverse();
    this.#parts = parts;
  }

  /**
   * The way out that ends in `send`. It throws what `send` throws and the refusal of an interceptor, of an answer as {@link RefusedReply}. An error
   * answer always leaves: refused, it says no more than the refusal.
   */
  out(send: (outgoing: Outgoing) => void): (outgoing: Outgoing) => void {
    if (this.#stack.length === 0) return send;
    return (outgoing) => new WalkOut(this.#stack, this.#parts, outgoing, send).start();
  }

  /** The way in that ends in one of the three of `way`. It does not throw. */
  in(way: WayIn): (arrival: Arrival) => void {
    if (this.#reversed.length === 0) return way.accept;
    return (arrival) => new WalkIn(this.#reversed, this.#parts, arrival, way).start();
  }
}

class WalkOut extends Walk {
  readonly path = 'out';
  readonly origin: string;
  readonly #logger: Logger;
  readonly #outgoing: Outgoing;
  readonly #send: (outgoing: Outgoing) => void;

  constructor(
    stack: readonly NamedInterceptor[],
    { container, logger }: ChainParts,
    outgoing: Outgoing,
    send: (outgoing: Outgoing) => void,
  ) {
    super(stack, outgoing.message);
    this.origin = container;
    this.#logger = logger;
    this.#outgoing = outgoing;
    this.#send = send;
  }

  protected override end(): void {
    this.#send(this.#outgoing);
  }

  protected override refused(stop: Stop): void {
    const { message } = this;
    if (!isReply(message.performative)) throw stop.error;
    const refusal = new RefusedReply(stop);
    this.#logger.warn('an interceptor refused an answer', {
      interceptor: stop.interceptor,
      conversation: message.conversationId,
      error: stop.error,
    });
    if (statusOf(message) !== 'ERROR') throw refusal;
    // Whoever waits for it must not wait in vain. Without details, which perhaps cannot travel.
    const { details: _unsure, ...content } = toWireError(refusal);
    message.content = content;
    this.end();
  }

  protected override answered(): void {}

  protected override failedLate(stop: Stop): void {
    logLate(this.#logger, stop);
  }

  protected override assertTakeable(): void {
    throw new IllegalStateError(
      'only a message that comes in can be taken: the sender of one that goes out waits, so pass it on or throw',
    );
  }

  protected override assertAnswerable(): void {}
}

class WalkIn extends Walk {
  readonly path = 'in';
  readonly #logger: Logger;
  readonly #arrival: Arrival;
  readonly #way: WayIn;

  constructor(stack: readonly NamedInterceptor[], { logger }: ChainParts, arrival: Arrival, way: WayIn) {
    super(stack, arrival.message);
    this.#logger = logger;
    this.#arrival = arrival;
    this.#way = way;
  }

  get origin(): string {
    return this.#arrival.origin;
  }

  protected override end(): void {
    this.#way.accept(this.#arrival);
  }

  protected override refused(stop: Stop): void {
    this.#way.refuse(this.#arrival, stop);
  }

  protected override answered(content: unknown): void {
    this.#way.answer(this.#arrival, content);
  }

  protected override failedLate(stop: Stop): void {
    logLate(this.#logger, stop);
  }

  protected override assertTakeable(): void {}

  protected override assertAnswerable(): void {
    const { message } = this;
    if (isReply(message.performative)) {
      throw new IllegalStateError('an answer cannot be answered: pass it on or refuse it');
    }
    if (protocolOf(message) === 'stream') {
      throw new IllegalStateError(
        'an interceptor answers at once, and this request wants its answer in parts',
      );
    }
  }
}

function logLate(logger: Logger, { interceptor, error }: Stop): void {
  logger.error('an interceptor failed after it had passed a message on', { interceptor, error });
}
