import type { ReceivedMessage } from '../interact/index.ts';
import type { EventType } from './event-type.ts';
import type { RunnableOperation } from './operation-table.ts';
import type { Process } from './process.ts';
import { type EventHandler, EventHandling } from './received-event.ts';

/** The handler of a subscription, as the work loop runs it. */
export class EventOperation implements RunnableOperation {
  readonly idempotent = true;
  readonly concurrency = undefined;
  readonly isReentrant = false;
  readonly isStream = false;
  /** Of an event nobody asks how long it will take. */
  readonly meanMs = 0;
  readonly #handler: EventHandler<never>;
  readonly #event: EventType | undefined;

  /** `event`: what contents are checked against; undefined for a pattern of several types. */
  constructor(handler: EventHandler<never>, event: EventType | undefined) {
    this.#handler = handler;
    this.#event = event;
  }

  accept(content: unknown): unknown {
    this.#event?.check(content);
    return content;
  }

  async run(_process: Process, content: unknown, message: ReceivedMessage): Promise<unknown> {
    if (message instanceof EventHandling) await this.handle(content, message);
    return null;
  }

  /** Calls the handler with what {@link accept} gave. */
  handle(content: unknown, event: EventHandling): unknown {
    // What the event type promises of the content was checked; the compiler cannot know it.
    return Reflect.apply(this.#handler, undefined, [content, event]);
  }

  outgoing(result: unknown): unknown {
    return result;
  }

  took(): void {}

  failureFor(thrown: unknown): unknown {
    return thrown;
  }
}
