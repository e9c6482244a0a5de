import type { Arrival } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
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
  readonly #pending = new Map<string, PendingCall>();
  readonly #overdue = new OverdueCalls();
  /** 64 random bits: who has not seen a call cannot answer it. */
  readonly #token: string;
  readonly #logger: Logger;
  readonly #stats = { calls: 0, timeouts: 0, lateReplies: 0, forgedReplies: 0 };

  constructor(token: string, logger: Logger) {
    this.#token = token;
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

  /** As they are now; what is settled meanwhile changes nothing of the list. */
  get all(): readonly PendingCall[] {
    return [...this.#pending.values()];
  }

  /** The id of the next call's conversation. */
  nextConversationId(): string {
    this.#stats.calls += 1;
    return `${this.#token}#${this.#stats.calls}`;
  }

  add(call: PendingCall): void {
    this.#pending.set(call.message.conversationId, call);
  }

  /** Whether nobody has settled it. */
  has(call: PendingCall): boolean {
    return this.#pending.has(call.message.conversationId);
  }

  byConversation(id: string): PendingCall | undefined {
    return this.#pending.get(id);
  }

  remove(call: PendingCall): void {
    this.#pending.delete(call.message.conversationId);
    this.#overdue.remove(call);
    call.release();
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
    const call = this.#pending.get(conversation);
    if (call === undefined) {
      const isLate = this.#wasMade(conversation);
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

  /** The tombstone of every call that was ever made: its number. */
  #wasMade(conversationId: string): boolean {
    const { length } = this.#token;
    if (!conversationId.startsWith(this.#token) || conversationId[length] !== '#') return false;
    return Number(conversationId.slice(length + 1)) <= this.#stats.calls;
  }
}
