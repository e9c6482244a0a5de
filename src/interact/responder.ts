import { makeMessage, type Performative } from '../codec/index.ts';
import { ContainerError, messageOf, toWireError } from '../errors/index.ts';
import { type Arrival, type Outgoing, outgoing } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';

/** Answers requests. Whatever a handler returns or throws, its caller gets one reply. */
export class Responder {
  readonly #walkOut: (outgoing: Outgoing) => void;
  readonly #logger: Logger;

  constructor(walkOut: (outgoing: Outgoing) => void, logger: Logger) {
    this.#walkOut = walkOut;
    this.#logger = logger;
  }

  /** Answers a request with a result. A result that cannot travel becomes the error that says so. */
  reply(arrival: Arrival, sender: string, content: unknown): void {
    try {
      this.#answer(arrival, sender, 'inform_result', content);
    } catch (error) {
      this.#logger.error('the result of an operation could not be sent', {
        op: arrival.message.op,
        process: sender,
        conversation: arrival.message.conversationId || undefined,
        error,
      });
      const why = `the result cannot be sent: ${messageOf(error)}`;
      this.replyError(arrival, sender, new ContainerError('Internal', why));
    }
  }

  /** Answers a request with an error. Details that cannot travel are left out. */
  replyError(arrival: Arrival, sender: string, thrown: unknown): void {
    const error = toWireError(thrown);
    try {
      this.#answer(arrival, sender, 'failure', error);
    } catch {
      const { code, message } = error;
      try {
        this.#answer(arrival, sender, 'failure', { code, message: message.toWellFormed() });
      } catch (cause) {
        this.#logger.error('an error reply could not be sent', {
          op: arrival.message.op,
          process: sender,
          conversation: arrival.message.conversationId || undefined,
          error: cause,
        });
      }
    }
  }

  #answer(arrival: Arrival, sender: string, performative: Performative, content: unknown): void {
    const { conversationId, sender: receiver } = arrival.message;
    const message = makeMessage({
      performative,
      conversationId,
      sender,
      receiver,
      content,
    });
    this.#walkOut(outgoing(message, arrival.replyRoute));
  }
}
