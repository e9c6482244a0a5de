import { BadRequestError } from '../errors/index.ts';
import { describeValue } from '../util/index.ts';
import type { EventType } from './event-type.ts';
import type { EventHandler, EventHandling } from './received-event.ts';

/** The handler of a subscription, as a work loop runs it. */
export class EventOperation {
  readonly #handler: EventHandler<never>;
  readonly #event: EventType | undefined;

  /** `event`: what contents are checked against; undefined for a pattern of several types. */
  constructor(handler: EventHandler<never>, event: EventType | undefined) {
    this.#handler = handler;
    this.#event = event;
  }

  /** What the handler is given for a content that came in. @throws BadRequestError for content that does not fit */
  accept(content: unknown): unknown {
    this.#event?.check(content);
    return content;
  }

  /** Calls the handler with what {@link accept} gave. */
  handle(content: unknown, event: EventHandling): unknown {
    // What the event type promises of the content was checked; the compiler cannot know it.
    return Reflect.apply(this.#handler, undefined, [content, event]);
  }
}

/** @throws BadRequestError unless it is a function; `type` is what is subscribed to */
export function assertEventHandler(handler: unknown, type: string): void {
  if (typeof handler === 'function') return;
  throw new BadRequestError(
    `subscribe needs a function that handles the events of '${type}', (content, event) => …, not ${describeValue(handler)}`,
  );
}
