import { type EventPosition, eventOrigin, isResent } from '../exchange/index.ts';
import type { ReceivedMessage } from '../interact/index.ts';
import { Handling } from './handling.ts';

/** An event as a subscription's handler sees it, besides its content. */
export interface ReceivedEvent extends ReceivedMessage {
  /** Its type, `sensor.depth`. */
  readonly type: string;
  /** What it comes from, as its publisher gave it. */
  readonly origin: string;
  /** When it was published, by the publisher's clock. */
  readonly publishedAt: Date;
  /** The process that published it; '' for a program that speaks no frames. */
  readonly publisher: string;
  /** 1, or more if it was tried before and its handler failed. */
  readonly attempt: number;
  /** It was published before by somebody who does not know what became of that, or was among the dead letters; so it may have been handled. */
  readonly resent: boolean;
  /** Its place in the log; undefined unless it is replayed. */
  readonly position: EventPosition | undefined;
}

/** What handles the events of a subscription. What it returns is awaited and ignored; what it throws is a failure of this event. */
export type EventHandler<C = unknown> = (content: C, event: ReceivedEvent) => unknown;

/** An event while it is handled. */
export class EventHandling extends Handling implements ReceivedEvent {
  get type(): string {
    return this.arrival.message.op;
  }
  get origin(): string {
    return eventOrigin(this.arrival.message);
  }
  get publishedAt(): Date {
    return new Date(this.arrival.event?.publishedAt ?? 0);
  }
  get publisher(): string {
    return this.arrival.message.sender;
  }
  get attempt(): number {
    return this.arrival.message.attempt;
  }
  get resent(): boolean {
    return this.arrival.event?.resent === true || isResent(this.arrival.message);
  }
  get position(): EventPosition | undefined {
    return this.arrival.event?.position;
  }
}
