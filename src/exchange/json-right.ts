import { ContainerError } from '../errors/index.ts';
import type { QueueSpec, Transport } from '../transport/index.ts';
import type { Clock } from '../util/index.ts';
import type { Identity } from './names.ts';
import { inboxQueue } from './topology.ts';

/** How long an answer of the broker is believed: so soon a right that was given or taken shows. */
const believedMs = 10_000;

/**
 * Whether this container may write to the default exchange, which is where JSON peers are answered. To publish there without the right would cost
 * the channel and with it whatever else is on its way, so the broker is asked: it lets only those declare a queue that dead-letters to an exchange
 * who may write to it. Asked when somebody wants an answer, not before.
 */
export class JsonRight {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #probe: QueueSpec;
  #isGranted: boolean | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(identity: Identity, transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
    this.#probe = {
      ...inboxQueue(identity),
      name: `${inboxQueue(identity).name}~json`,
      deadLetterExchange: '',
    };
  }

  /** What is known: undefined means that {@link ask} must be awaited. A right that was had a while ago is asked for again on the side. */
  get isGranted(): boolean | undefined {
    if (this.#clock.now() - this.#askedAt < believedMs) return this.#isGranted;
    if (this.#isGranted !== true) return undefined;
    void this.ask();
    return true;
  }

  /** Asks the broker. Never rejects: what is no refusal (no connection, a slow broker) is no reason to refuse anybody. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#clock.now();
    try {
      await this.#transport.declareQueue(this.#probe);
      await this.#transport.deleteQueue(this.#probe.name);
      this.#isGranted = true;
    } catch (error) {
      this.#isGranted = !(error instanceof ContainerError && error.code === 'Forbidden');
    }
  }
}
