import { extension, type Headers, type Message, type Performative, type Portable } from '../codec/index.ts';
import type { Arrival } from '../exchange/index.ts';
import type { Clock } from '../util/index.ts';

/** Marks a request that its caller may send again under the same conversation. */
export const retryHeader = 'retry';

/** Bounds of one container's window. */
export const answerWindowDefaults = { maxAnswers: 1024, maxBytes: 4 * 1024 * 1024 } as const;

/** What was answered. */
export interface KeptAnswer {
  readonly performative: Performative;
  readonly sender: string;
  readonly content: unknown;
  readonly headers: Headers | undefined;
  readonly bytes: number;
  /** On the monotonic clock. */
  readonly until: number;
}

/**
 * The last answers to requests that may come again: a repeated one gets the answer that it had. Each container has its own window, so a
 * repetition that another instance takes runs there.
 */
export class AnswerWindow {
  readonly #clock: Clock;
  readonly #answers = new Map<string, KeptAnswer>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps the answer to `arrival`, if its request may come again, until its caller has stopped waiting. */
  keep(arrival: Arrival, reply: Message): void {
    if (extension(arrival.message, retryHeader) === undefined) return;
    const bytes = sizeOf(reply.content);
    if (bytes > answerWindowDefaults.maxBytes / 8) return;
    const key = keyOf(arrival);
    this.#forget(key);
    const { performative, sender, content, headers } = reply;
    // What the handler does to its result later must not change the answer.
    const kept = structuredClone(content);
    this.#answers.set(key, {
      performative,
      sender,
      content: kept,
      headers,
      bytes,
      until: arrival.deadlineAt,
    });
    this.#bytes += bytes;
    this.#prune();
  }

  /** The answer that a repeated request has had already; undefined if there is none. */
  find(arrival: Arrival): KeptAnswer | undefined {
    return arrival.message.attempt === 1 ? undefined : this.#answers.get(keyOf(arrival));
  }

  #prune(): void {
    const { maxAnswers, maxBytes } = answerWindowDefaults;
    const now = this.#clock.now();
    // In the order of keeping, so the oldest goes first.
    for (const [key, { until }] of this.#answers) {
      if (until > now && this.#answers.size <= maxAnswers && this.#bytes <= maxBytes) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#answers.get(key)?.bytes ?? 0;
    this.#answers.delete(key);
  }
}

/** By its sender, not by the container that its frame came from: it may have been handed back by another one. */
function keyOf({ message }: Arrival): string {
  return `${message.sender}/${message.conversationId}`;
}

/** About how much memory a portable value takes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length * 2;
  if (value instanceof Uint8Array) return 16 + value.byteLength;
  if (Array.isArray(value)) return value.reduce((sum: number, item: Portable) => sum + sizeOf(item), 16);
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return Object.entries(value).reduce((sum, [key, item]) => sum + key.length * 2 + sizeOf(item), 16);
  }
  return 16;
}
