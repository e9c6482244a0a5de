import type { Message } from '../codec/index.ts';
import { fromWireError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import type { CallAttempts } from './call-attempts.ts';
import { outsideProtocol, toError } from './call-errors.ts';
import type { CallTable } from './call-table.ts';
import type { ConversationParts } from './conversation-parts.ts';
import type { ParticipantNotices } from './participant-notices.ts';
import type { PendingCall } from './pending-call.ts';

/** Replies that come in: to which call each belongs, and what it means by the protocol of that. */
export class CallReplies {
  readonly #parts: Pick<ConversationParts, 'env' | 'logger' | 'took'>;
  readonly #calls: CallTable;
  readonly #attempts: CallAttempts;
  readonly #notices: ParticipantNotices;

  constructor(
    parts: Pick<ConversationParts, 'env' | 'logger' | 'took'>,
    calls: CallTable,
    attempts: CallAttempts,
    notices: ParticipantNotices,
  ) {
    this.#parts = parts;
    this.#calls = calls;
    this.#attempts = attempts;
    this.#notices = notices;
  }

  /** Takes a reply that came in. */
  accept(arrival: Arrival): void {
    const { message } = arrival;
    arrival.settle();
    const call = this.#calls.answeredBy(arrival);
    if (call === undefined) return;
    const { performative } = message;
    // Two instances may agree to one call that was sent twice.
    if (performative === 'agree' && call.state === 'AGREED' && message.sender !== call.participant) return;
    call.resume(performative);
    switch (call.step(performative)) {
      case 'DONE':
        if (message.workUs > 0 && call.service !== '')
          this.#parts.took(call.service, call.message.op, message.workUs);
        this.#attempts.succeed(call, message);
        break;
      case 'FAILED':
      case 'REFUSED':
        this.#attempts.failed(call, fromWireError(message.content));
        break;
      case 'AGREED':
        call.participant = message.sender;
        call.hasAgreed = true;
        this.#progressed(call, message);
        break;
      default:
        // An illegal speech act ends the conversation at both ends.
        this.#end(call, outsideProtocol(call, performative));
    }
  }

  /** An interceptor refused a reply that came in: the call that it answers fails with that error. */
  refused(arrival: Arrival, error: unknown): void {
    const call = this.#calls.answeredBy(arrival);
    if (call === undefined) return;
    // Of an answer in parts more would come.
    if (call.protocol !== 'rpc') this.#end(call, toError(error));
    else this.#attempts.fail(call, toError(error));
  }

  #progressed(call: PendingCall, message: Message): void {
    this.#calls.overdue.remove(call);
    try {
      if (message.performative === 'agree') {
        call.sink.agreed?.(message);
      } else {
        this.#attempts.extend(call, this.#parts.env.clock.now());
        call.sink.progressed?.(message);
      }
    } catch (error) {
      this.#parts.logger.error('the listener of a call failed', { target: call.target, error });
    }
  }

  /** At both ends. */
  #end(call: PendingCall, error: Error): void {
    this.#notices.cancel(call, error);
    this.#attempts.fail(call, error);
  }
}
