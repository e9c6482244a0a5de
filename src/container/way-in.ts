import { isReply } from '../codec/index.ts';
import { ContainerError } from '../errors/index.ts';
import { type Arrival, everyContainer, type ProcessId, processId } from '../exchange/index.ts';
import type { ConversationManager } from '../interact/index.ts';
import type { Stop, WayIn } from '../intercept/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';
import type { ProcessManager } from '../process/index.ts';
import type { Announcements } from './announcements.ts';

/** What a {@link ContainerWayIn} works with. */
export interface WayInParts {
  /** The container's id, in whose name refused requests are answered. */
  readonly container: string;
  readonly conversations: ConversationManager;
  readonly processes: ProcessManager;
  readonly announcements: Announcements;
  readonly logger: Logger;
}

/** The end of the walk in: to whoever the message is for, or, refused or answered by an interceptor, back to its sender. */
export class ContainerWayIn implements WayIn {
  readonly #parts: WayInParts;
  readonly #self: ProcessId;
  readonly #logged = new OncePer();

  constructor(parts: WayInParts) {
    this.#parts = parts;
    this.#self = processId(parts.container, 0);
  }

  readonly accept = (arrival: Arrival): void => {
    const { conversations, processes, announcements } = this.#parts;
    const { performative, receiver } = arrival.message;
    if (arrival.event !== undefined) arrival.event.sink.take(arrival);
    else if (isReply(performative)) conversations.accept(arrival);
    else if (performative === 'cancel') processes.cancel(arrival);
    else if (performative === 'credit') processes.grant(arrival);
    else if (receiver === everyContainer && performative === 'none') announcements.take(arrival);
    else processes.accept(arrival);
  };

  readonly refuse = (arrival: Arrival, { error, interceptor }: Stop): void => {
    const { conversations, logger } = this.#parts;
    const { conversationId, op, receiver, performative } = arrival.message;
    if (!(error instanceof ContainerError)) {
      logger.error('an interceptor failed', {
        interceptor,
        op,
        conversation: conversationId || undefined,
        error,
      });
    }
    if (arrival.wantsReply) conversations.responder.replyError(arrival, this.#self, error);
    else if (isReply(performative)) conversations.refused(arrival, error);
    else if (this.#logged.first(`${interceptor}/${op}`)) {
      logger.warn('a one-way message was refused by an interceptor; more of its kind are not logged', {
        interceptor,
        op,
        receiver,
        sender: arrival.message.sender,
        error,
      });
    }
    // A policy that says no says so again; a fault may be over by then.
    if (arrival.wantsReply || performative === 'none')
      arrival.fail(error, error instanceof ContainerError && !error.retryable);
    else arrival.settle();
  };

  readonly answer = (arrival: Arrival, content: unknown): void => {
    const { responder } = this.#parts.conversations;
    if (arrival.wantsReply) {
      responder.agree(arrival, this.#self);
      responder.reply(arrival, this.#self, content);
    }
    arrival.settle();
  };
}
