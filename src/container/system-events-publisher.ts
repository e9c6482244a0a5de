import { type ProcessId, type PublishOutcome, processId } from '../exchange/index.ts';
import type { EventToPublish } from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import type { EventContent, EventType } from '../process/index.ts';

/** What a {@link SystemEventPublisher} works with. */
export interface SystemEventPublisherParts {
  readonly container: string;
  readonly logger: Logger;
  readonly publish: (event: EventToPublish) => Promise<PublishOutcome>;
}

/** Publishes events in the container's own name, while it is open. What goes wrong with that is nobody's trouble: it is logged. */
export class SystemEventPublisher {
  readonly #parts: SystemEventPublisherParts;
  readonly #self: ProcessId;
  #hasFailed = false;
  isOpen = false;

  constructor(parts: SystemEventPublisherParts) {
    this.#parts = parts;
    this.#self = processId(parts.container, 0);
  }

  /**
   * Never throws.
   *
   * @param below what follows the container's id in the origin
   * @param unsent called if it cannot be published; with it, the exchange also tells if nobody has subscribed
   */
  tell<E extends EventType>(
    { type }: E,
    below: string,
    content: () => EventContent<E>,
    unsent?: () => void,
  ): void {
    if (!this.isOpen) return;
    const failed = (error: unknown): void => {
      this.#failed(type, error);
      unsent?.();
    };
    try {
      // What is written here needs no check, and the check of each type would have to be compiled first.
      const event: EventToPublish = {
        sender: this.#self,
        type,
        origin: `${this.#parts.container}${below}`,
        content: content(),
        guarantee: 'live',
        retention: undefined,
        isMandatory: unsent !== undefined,
      };
      this.#parts.publish(event).then((outcome) => {
        if (outcome === 'rejected') unsent?.();
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  #failed(type: string, error: unknown): void {
    const level = this.#hasFailed ? 'debug' : 'warn';
    this.#hasFailed = true;
    this.#parts.logger[level]('a system event could not be published; more are logged for debugging', {
      type,
      error,
    });
  }
}

/** What follows the container's id in that of a process: `.7`. */
export function localPart(id: ProcessId): string {
  return id.slice(id.lastIndexOf('.'));
}
