import { outgoing } from '../exchange/index.ts';
import { assertSendable, type CallTarget, oneWayMessage } from './call-request.ts';
import type { Cause } from './cause.ts';
import type { ConversationParts } from './conversation-parts.ts';
import type { SendOptions } from './options.ts';

/** Messages that nobody answers. */
export class OneWaySender {
  readonly #parts: Pick<ConversationParts, 'walkOut' | 'tracing' | 'logger'>;
  readonly #assertOpen: () => void;

  /** `assertOpen` throws when the container is stopped. */
  constructor(parts: Pick<ConversationParts, 'walkOut' | 'tracing' | 'logger'>, assertOpen: () => void) {
    this.#parts = parts;
    this.#assertOpen = assertOpen;
  }

  /** See `ConversationManager#send`: a failure is logged too, so that whoever drops the promise loses nothing. */
  send(target: CallTarget, options: SendOptions, cause: Cause | undefined): Promise<void> {
    const sent = this.#send(target, options, cause);
    sent.catch((error: unknown) => {
      const { sender, receiver, op } = target;
      this.#parts.logger.warn('a one-way message was not sent', { process: sender, receiver, op, error });
    });
    return sent;
  }

  async #send(target: CallTarget, options: SendOptions, cause: Cause | undefined): Promise<void> {
    this.#assertOpen();
    assertSendable(target, options);
    const message = oneWayMessage(target, options, cause);
    const traced = this.#parts.tracing?.tracer?.sending(message);
    const sent = outgoing(message, undefined, false, options.wire);
    try {
      try {
        this.#parts.walkOut(sent);
      } catch (error) {
        // An interceptor may throw after the message has left; then nobody awaits this.
        sent.confirmed?.catch(() => undefined);
        throw error;
      }
      await sent.confirmed;
      traced?.end();
    } catch (error) {
      traced?.end(error);
      throw error;
    }
  }
}
