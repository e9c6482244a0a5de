import type { Arrival } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { AscendingMap } from '../util/index.ts';
import { OverdueCalls } from './overdue-calls.ts';
import type { PendingCall } from './pending-call.ts';

/** Counters since the container was made, and calls open now. */
export interface ConversationStats {
  readonly pending: number;
  readonly calls: number;
  readonly timeouts: number;
  /** Replies to calls that were settled before. */
  readonly lateReplies: number;
  /** Replies from a container that was not asked, in JSON to a call that was none, or to calls that nobody made. */
  readonly forgedReplies: number;
}

/** The open calls of a container by conversation. */
export class CallTable {
  readonly #pending = new AscendingMap<PendingCall>();
  readonly #overdue = new OverdueCalls();
  /** Begins each conversation's id: 64 random bits, so that who has not seen a call cannot answer it. */
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #stats = { calls: 0, timeouts: 0, lateReplies: 0, forgedReplies: 0 };

  constructor(token: string, logger: Logger) {
    this.#prefix = `${token}#`;
    this.#logger = logger;
  }

  get stats(): ConversationStats {
    return { ...this.#stats, pending: this.#pending.size };
  }

  /** Those that have waited longer than usual. */
  get overdue(): OverdueCalls {
    return this.#overdue;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** As they are now, in any order; what is settled meanwhile changes nothing of the list. */
  get all(): readonly PendingCall[] {
    return this.#pending.unordered();
  }

  /** The next call's number. */
  nextNumber(): number {
    this.#stats.calls += 1;
    return this.#stats.calls;
  }

  /** The id of that call's conversation. */
  conversationId(number: number): string {
    return this.#prefix + number;
  }

  add(call: PendingCall): void {
    this.#pending.set(call.number, call);
  }

  byConversation(id: string): PendingCall | undefined {
    const number = this.#numberOf(id);
    return number === undefined ? undefined : this.#pending.get(number);
  }

  /** It is settled. */
  remove(call: PendingCall): void {
    this.#pending.delete(call.number);
    this.#overdue.remove(call);
    call.close();
  }

  countTimeout(): void {
    this.#stats.timeouts += 1;
  }

  /**
   * The open call that a reply answers; undefined, and counted, if there is none or it was not asked of the reply's container. An answer in JSON,
   * which comes from no container, is taken for a call that went out as JSON.
   */
  answeredBy({ message, origin }: Arrival): PendingCall | undefined {
    const conversation = message.conversationId;
    const number = this.#numberOf(conversation);
    const call = number === undefined ? undefined : this.#pending.get(number);
    if (call === undefined) {
      const isLate = number !== undefined;
      this.#stats[isLate ? 'lateReplies' : 'forgedReplies'] += 1;
      this.#logger.debug(isLate ? 'late reply ignored' : 'reply to no call ignored', {
        conversation,
        origin,
      });
      return undefined;
    }
    if (origin === '' ? call.isJson : call.answerer === undefined || call.answerer === origin) return call;
    this.#stats.forgedReplies += 1;
    this.#logger.warn('reply ignored: it came from somebody who was not asked', {
      conversation,
      origin,
      asked: call.answerer,
    });
    return undefined;
  }

  /** The number of a call that was made, open or not; undefined for any other text. */
  #numberOf(conversationId: string): number | undefined {
    if (!conversationId.startsWith(this.#prefix)) return undefined;
    let number = 0;
    for (let index = this.#prefix.length; index < conversationId.length; index += 1) {
      const digit = conversationId.charCodeAt(index) - 48;
      // No number begins with 0.
      if (!(digit >= 0 && digit <= 9) || (digit === 0 && number === 0)) return undefined;
      number = 10 * number + digit;
    }
    return number > 0 && number <= this.#stats.calls ? number : undefined;
  }
}
