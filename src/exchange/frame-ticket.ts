import type { Message } from '../codec/index.ts';
import type { Delivery } from '../transport/index.ts';
import type { Arrival, Ticket } from './arrival.ts';
import type { WorkReport } from './work-report.ts';

/** What becomes of work that failed, and how it was before. */
export interface WorkKeeper {
  /** Reads the message in that place of a delivery again. @throws UndecodableError */
  reread(delivery: Delivery, index: number): Message;
  /** Sees to it that `arrival` is tried again or kept as a dead letter, then calls `done`. Never throws. */
  failed(failure: FailedWork, done: () => void): void;
}

/** Work whose handling failed. */
export interface FailedWork {
  readonly arrival: Arrival;
  readonly delivery: Delivery;
  readonly index: number;
  readonly source: WorkSource;
  readonly error: unknown;
  /** Another attempt would fail as well. */
  readonly isFinal: boolean;
}

/** The shared queue that work came from. */
export interface WorkSource {
  /** Its routing key on the system's exchange. */
  readonly address: string;
  /** How often its work is tried. Default: as configured. */
  readonly attempts?: number | undefined;
}

/** Acknowledges a frame when all its envelopes are settled. It goes back to its queue only if some of them were given back. */
export class FrameTicket implements Ticket {
  readonly #delivery: Delivery;
  readonly #source: WorkSource | undefined;
  readonly #keeper: WorkKeeper | undefined;
  readonly #report: WorkReport | undefined;
  #left: number;
  #goesBack = false;

  /** Without keeper and source nothing is tried again. `report`: for whoever wants to know how long it all takes. */
  constructor(
    delivery: Delivery,
    envelopes: number,
    keeper?: WorkKeeper,
    source?: WorkSource,
    report?: WorkReport,
  ) {
    this.#delivery = delivery;
    this.#left = envelopes;
    this.#source = source;
    this.#keeper = keeper;
    this.#report = report;
  }

  get tellsWork(): boolean {
    return this.#report !== undefined;
  }

  /** Without an arrival: it was dropped. */
  settleOne(arrival?: Arrival): void {
    if (arrival !== undefined) this.#report?.add(arrival);
    this.#left -= 1;
    if (this.#left !== 0) return;
    if (this.#goesBack) this.#delivery.requeue();
    else this.#delivery.ack();
    this.#report?.send();
  }

  giveBackOne(): void {
    this.#goesBack = true;
    this.settleOne();
  }

  failOne(arrival: Arrival, index: number, error: unknown, isFinal: boolean): void {
    if (this.#source === undefined || this.#keeper === undefined) {
      this.settleOne();
      return;
    }
    const failure = {
      arrival,
      delivery: this.#delivery,
      index,
      source: this.#source,
      error,
      isFinal,
    };
    this.#keeper.failed(failure, () => this.settleOne());
  }

  reread(index: number): Message | undefined {
    return this.#keeper?.reread(this.#delivery, index);
  }
}
