import { EncodedContent, type Headers, makeMessage, type Performative, protocolOf } from '../codec/index.ts';
import { ContainerError, messageOf, toWireError } from '../errors/index.ts';
import { type Arrival, type Outgoing, outgoing } from '../exchange/index.ts';
import { RefusedReply } from '../intercept/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Clock } from '../util/index.ts';
import { AnswerWindow } from './answer-window.ts';
import { beforeParts } from './stream-reader.ts';

/**
 * The participant's side of a conversation: agrees, reports, answers. Whatever a handler returns or throws, its caller gets one final
 * reply.
 */
export class Responder {
  readonly #walkOut: (outgoing: Outgoing) => void;
  readonly #logger: Logger;
  readonly #window: AnswerWindow;
  readonly #tellsStacks: boolean;

  /** `tellsStacks`: errors cross the wire with stack and causes, for development. */
  constructor(
    walkOut: (outgoing: Outgoing) => void,
    logger: Logger,
    clock: Clock,
    tellsStacks: boolean = false,
  ) {
    this.#tellsStacks = tellsStacks;
    this.#walkOut = walkOut;
    this.#logger = logger;
    this.#window = new AnswerWindow(clock);
  }

  /** Answers a repeated request as it was answered before; false if it was not. */
  answerAgain(arrival: Arrival): boolean {
    const answer = this.#window.find(arrival);
    if (answer === undefined) return false;
    const { sender, performative, content, headers } = answer;
    try {
      this.#send(arrival, sender, performative, content, headers);
    } catch (error) {
      this.#logFailure('an answer could not be sent again', arrival, sender, error);
    }
    return true;
  }

  /** Says that the request will be handled, in the protocols that have it (ION's participant agrees before it dispatches). */
  agree(arrival: Arrival, sender: string): void {
    if (!speaksInParts(arrival) || arrival.agreed) return;
    arrival.agreed = true;
    this.#report(arrival, sender, 'agree', null);
  }

  /**
   * Sends a report, or the part of that `number` of a stream; does nothing if the caller's protocol has none, or the final answer was
   * given. Returns whether it was sent.
   *
   * @throws BadRequest, TooLarge for what cannot travel
   */
  progress(arrival: Arrival, sender: string, content: unknown, number?: number): boolean {
    if (!speaksInParts(arrival) || arrival.answered) return false;
    this.agree(arrival, sender);
    this.#send(
      arrival,
      sender,
      'inform_progress',
      content,
      number === undefined ? undefined : sequence(number),
    );
    return true;
  }

  /** Ends a stream of so many parts. */
  finish(arrival: Arrival, sender: string, parts: number): void {
    try {
      this.#send(arrival, sender, 'inform_result', null, sequence(parts + 1));
    } catch (error) {
      this.#logFailure('the end of a stream could not be sent', arrival, sender, error);
      this.replyError(arrival, sender, error, true);
    }
  }

  /** Answers a request with a result. One that cannot travel, or that an interceptor refuses, becomes the error that says so. */
  reply(arrival: Arrival, sender: string, content: unknown): void {
    try {
      this.#answer(arrival, sender, 'inform_result', content);
    } catch (error) {
      if (error instanceof RefusedReply) {
        this.replyError(arrival, sender, error, true);
        return;
      }
      this.#logFailure('the result of an operation could not be sent', arrival, sender, error);
      const why = `the result cannot be sent: ${messageOf(error)}`;
      this.replyError(arrival, sender, new ContainerError('Internal', why));
    }
  }

  /**
   * Answers a request with an error: a refusal before the participant has agreed. Details that cannot travel are left out. `hasRun`: the
   * handler had begun, so that nothing which its own calls report says that nothing ran.
   */
  replyError(arrival: Arrival, sender: string, thrown: unknown, hasRun: boolean = false): void {
    const error = toWireError(thrown, { withStack: this.#tellsStacks, hasRun });
    const performative = speaksInParts(arrival) && !arrival.agreed ? 'refuse' : 'failure';
    try {
      this.#answer(arrival, sender, performative, error);
    } catch {
      const { details: _unsendable, ...rest } = error;
      try {
        this.#answer(arrival, sender, performative, rest);
      } catch (cause) {
        this.#logFailure('an error reply could not be sent', arrival, sender, cause);
      }
    }
  }

  /** What is no answer may be lost; the answer will tell. */
  #report(arrival: Arrival, sender: string, performative: Performative, content: unknown): void {
    try {
      this.#send(arrival, sender, performative, content, undefined);
    } catch (error) {
      this.#logFailure('a reply could not be sent', arrival, sender, error);
    }
  }

  #answer(arrival: Arrival, sender: string, performative: Performative, content: unknown): void {
    const message = this.#send(arrival, sender, performative, content, undefined);
    // A failure may pass, so a repetition is tried.
    if (performative !== 'inform_result') return;
    try {
      this.#window.keep(arrival, message);
    } catch (error) {
      // It has left. What can be sent and not cloned (a proxy) is not kept, so a repetition runs.
      this.#logFailure('an answer could not be kept for a repetition', arrival, sender, error);
    }
  }

  #send(
    arrival: Arrival,
    sender: string,
    performative: Performative,
    content: unknown,
    headers: Headers | undefined,
  ) {
    const { conversationId, sender: receiver } = arrival.message;
    // Before it is done nobody knows, and what failed tells little of what it takes.
    const workUs = performative === 'inform_result' ? arrival.workUs : 0;
    const message = makeMessage({
      performative,
      conversationId,
      sender,
      receiver,
      workUs,
      content: content instanceof EncodedContent ? content.bytes : content,
      headers: content instanceof EncodedContent ? { ...headers, ...content.headers } : headers,
    });
    this.#walkOut(outgoing(message, arrival.replyRoute));
    return message;
  }

  #logFailure(what: string, arrival: Arrival, sender: string, error: unknown): void {
    this.#logger.error(what, {
      op: arrival.message.op,
      process: sender,
      conversation: arrival.message.conversationId || undefined,
      error,
    });
  }
}

/** What handlers' processes need of a {@link Responder}. */
export type Answers = Pick<Responder, keyof Responder>;

/** The place of a stream's part in its conversation (ION's `conv-seq`): the first one comes after request and agreement. */
function sequence(number: number): Headers {
  return { 'conv-seq': number + beforeParts };
}

/** Whether the caller's protocol lets the participant agree first and answer in parts. JSON peers know only one answer. */
function speaksInParts({ message, replyRoute, wantsReply }: Arrival): boolean {
  if (message.headers === undefined || replyRoute !== undefined || !wantsReply) return false;
  const protocol = protocolOf(message);
  return protocol === 'request' || protocol === 'stream';
}
