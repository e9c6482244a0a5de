import type { Codec } from '../codec/index.ts';
import { NoReceiverError, UnavailableError } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { resolveAddress } from './address.ts';
import type { Arrival } from './arrival.ts';
import type { Identity } from './names.ts';
import type { Outbox } from './outbox.ts';

/** What {@link HandBacks} work with. */
export interface HandBackParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly codec: Codec;
  readonly logger: Logger;
  readonly outbox: Pick<Outbox, 'sendConfirmed'>;
}

/** Work that came through a service's queue and that nobody here begins: it goes back there, for whoever is next. */
export class HandBacks {
  readonly #parts: HandBackParts;
  readonly #open = new Set<Promise<void>>();
  #count = 0;

  constructor(parts: HandBackParts) {
    this.#parts = parts;
  }

  /** How many went back so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Gives work that nobody here began back to its service's queue, with what is left of its time, and settles it: republished and
   * confirmed before the frame is acknowledged.
   *
   * @throws NoReceiver, and what keeps it from being sent at all; it is not settled then
   */
  handBack(arrival: Arrival): Promise<void> {
    const done = this.#handBack(arrival);
    const settled = done
      .catch(() => undefined)
      .then(() => {
        this.#open.delete(settled);
      });
    this.#open.add(settled);
    return done;
  }

  /** Resolves when those under way are done, or have failed. Never rejects. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async #handBack(arrival: Arrival): Promise<void> {
    const { env, identity, codec, logger, outbox } = this.#parts;
    const { message, deadlineAt } = arrival;
    const leftMs = deadlineAt - env.clock.now();
    if (leftMs > 0) {
      message.budgetMs = Number.isFinite(leftMs) ? leftMs : 0;
      const { routingKey } = resolveAddress(message.receiver, identity);
      try {
        const bytes = codec.encodeEnvelope(message, identity.container, undefined);
        const envelope = { routingKey, bytes, mandatory: true, budgetMs: message.budgetMs };
        if ((await outbox.sendConfirmed(envelope)) === 'unroutable') {
          throw new NoReceiverError(`nobody has the name '${message.receiver}' any more`, {
            details: { receiver: message.receiver, executed: arrival.redelivered ? 'unknown' : 'no' },
          });
        }
        this.#count += 1;
      } catch (error) {
        // Whatever cannot be sent now cannot be sent later; kept here it would take a place of the prefetch for good.
        if (!(error instanceof UnavailableError)) throw error;
        // Left unsettled: the broker gives the frame to somebody else when the connection closes.
        logger.warn('work could not be handed back', {
          receiver: message.receiver,
          conversation: message.conversationId || undefined,
          error,
        });
        return;
      }
    }
    arrival.settle();
  }
}
