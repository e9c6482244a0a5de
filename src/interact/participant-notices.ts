import { makeMessage } from '../codec/index.ts';
import { toWireError } from '../errors/index.ts';
import { outgoing } from '../exchange/index.ts';
import type { ConversationParts } from './conversation-parts.ts';
import type { PendingCall } from './pending-call.ts';

/** What whoever handles a call is told besides the request. It may be lost. */
export class ParticipantNotices {
  readonly #parts: Pick<ConversationParts, 'walkOut' | 'env' | 'logger'>;

  constructor(parts: Pick<ConversationParts, 'walkOut' | 'env' | 'logger'>) {
    this.#parts = parts;
  }

  /** Nobody waits for the answer any more, because of `error`. */
  cancel(call: PendingCall, error: Error): void {
    this.#tell(call, 'cancel', toWireError(error));
  }

  /** The reader of a stream takes so many more parts; 0 says that it is slow and alive. */
  credit(call: PendingCall, parts: number): void {
    this.#tell(call, 'credit', parts);
  }

  #tell(call: PendingCall, performative: 'cancel' | 'credit', content: unknown): void {
    const { conversationId, sender, receiver } = call.message;
    const leftMs = call.deadlineAt - this.#parts.env.clock.now();
    const message = makeMessage({
      performative,
      conversationId,
      sender,
      receiver: call.participant === '' ? receiver : call.participant,
      content,
      budgetMs: Math.max(1000, leftMs),
    });
    try {
      this.#parts.walkOut(outgoing(message, undefined, !call.remote && !call.wentOut));
    } catch (error) {
      this.#parts.logger.debug('a participant could not be told', { performative, receiver, error });
    }
  }
}
