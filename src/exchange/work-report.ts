import { type Codec, makeMessage } from '../codec/index.ts';
import { fitsShortString } from '../util/index.ts';
import { everyContainer, inboxKey } from './address.ts';
import type { Arrival } from './arrival.ts';
import type { Identity } from './names.ts';
import { type Outbox, outboxDefaults } from './outbox.ts';

/** The operation by which a container tells another one how long its one-way messages took. */
export const took = 'took';

/** How many microseconds messages of one operation took, one after the other. */
export type Work = readonly [op: string, ...workUs: number[]];

/** Tells `container` of its messages to `service` how long those of each operation took. */
export type TellWork = (container: string, service: string, works: readonly Work[]) => void;

/** How long the messages of one frame took. */
export class WorkReport {
  readonly #tell: TellWork;
  readonly #container: string;
  readonly #service: string;
  readonly #works = new Map<string, [op: string, ...workUs: number[]]>();
  #sumUs = 0;

  /** `container`: who sent the frame. */
  constructor(tell: TellWork, container: string, service: string) {
    this.#tell = tell;
    this.#container = container;
    this.#service = service;
  }

  /** Of what failed, or was not handled, nobody knows how long it takes. What should not have travelled together is told at once. */
  add({ message: { op }, workUs }: Arrival): void {
    if (workUs === 0) return;
    this.#sumUs += workUs;
    const work = this.#works.get(op);
    if (work === undefined) this.#works.set(op, [op, workUs]);
    else work.push(workUs);
    if (this.#sumUs > outboxDefaults.maxFrameWorkUs) this.send();
  }

  /** Tells what is known and not told yet, if anything is. */
  send(): void {
    if (this.#works.size === 0) return;
    this.#tell(this.#container, this.#service, [...this.#works.values()]);
    this.#works.clear();
    this.#sumUs = 0;
  }
}

/** It is of no use later, and must not keep answers in the same frame from expiring. */
const budgetMs = 10_000;

/** Sends it in a one-way message to that container's inbox, which may be lost. It never throws. */
export function workTeller(parts: {
  readonly identity: Identity;
  readonly codec: Codec;
  readonly outbox: Pick<Outbox, 'sendTogether'>;
}): TellWork {
  const { identity, codec, outbox } = parts;
  return (container, service, works) => {
    // Anybody may have sent the frame.
    if (!fitsShortString(inboxKey(container))) return;
    try {
      const message = makeMessage({
        performative: 'none',
        sender: identity.container,
        receiver: everyContainer,
        op: took,
        content: [service, ...works],
        budgetMs,
      });
      const bytes = codec.encodeEnvelope(message, identity.container, undefined);
      outbox.sendTogether({ routingKey: inboxKey(container), bytes, mandatory: false, budgetMs });
    } catch {
      // A stranger's name or operation that does not travel: it goes without.
    }
  };
}
