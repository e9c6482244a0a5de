import { BadRequestError } from '../errors/index.ts';
import type { PublishOutcome } from '../exchange/index.ts';
import type { PublishOptions } from '../interact/index.ts';
import type { EventContent, EventType } from './event-type.ts';

/** In whose name is published. */
export interface Publishing {
  publish(
    event: EventType,
    origin: string,
    content: unknown,
    options?: PublishOptions,
  ): Promise<PublishOutcome>;
}

/** Publishes events of one type, which may all come from one origin. See `Process#publish`. */
export class Publisher<E extends EventType> {
  readonly event: E;
  /** What its events come from when a call does not say. */
  readonly origin: string | undefined;
  readonly #publishing: Publishing;

  constructor(event: E, origin: string | undefined, publishing: Publishing) {
    this.event = event;
    this.origin = origin;
    this.#publishing = publishing;
  }

  /** See `Process#publish`. @param origin default: the publisher's own */
  async publish(
    content: EventContent<E>,
    origin: string | undefined = this.origin,
    options?: PublishOptions,
  ): Promise<PublishOutcome> {
    if (origin === undefined) {
      throw new BadRequestError(
        `an event of type '${this.event.type}' needs an origin: give it to publisher() or to publish()`,
      );
    }
    return this.#publishing.publish(this.event, origin, content, options);
  }
}
