import { type ReceivedMessage, TimeoutError } from '../index.ts';
import type { Clock } from '../util/index.ts';

/** A message that a spy has received. */
export interface SpiedMessage<Content = unknown> {
  readonly op: string;
  readonly content: Content;
  /** What its handler was given besides: sender, headers, time left. */
  readonly message: ReceivedMessage;
}

interface Waiting {
  readonly op: string;
  readonly resolve: (message: SpiedMessage) => void;
}

/** What a spy has received, and who waits for more. */
export class SpyInbox {
  readonly all: SpiedMessage[] = [];
  readonly #clock: Clock;
  /** Those that nobody was given yet. */
  readonly #unread: SpiedMessage[] = [];
  readonly #waiting = new Set<Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(message: SpiedMessage): void {
    this.all.push(message);
    for (const waiting of this.#waiting) {
      if (waiting.op !== message.op) continue;
      waiting.resolve(message);
      return;
    }
    this.#unread.push(message);
  }

  /** Rejects with `complaint` after `withinMs`. */
  next(op: string, withinMs: number, complaint: () => string): Promise<SpiedMessage> {
    const at = this.#unread.findIndex((message) => message.op === op);
    const [found] = at === -1 ? [] : this.#unread.splice(at, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.timer(withinMs, () => {
        this.#waiting.delete(waiting);
        reject(new TimeoutError(complaint()));
      });
      const waiting: Waiting = {
        op,
        resolve: (message) => {
          timer.cancel();
          this.#waiting.delete(waiting);
          resolve(message);
        },
      };
      this.#waiting.add(waiting);
    });
  }
}

/** For complaints: the operations of what was received, in order. */
export function describeReceived(messages: readonly SpiedMessage[]): string {
  return messages.length === 0
    ? 'it received nothing'
    : `it received ${messages.map(({ op }) => op).join(', ')}`;
}
