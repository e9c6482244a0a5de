import { createHash } from 'node:crypto';
import { type Codec, frameContentType, type Message } from '../codec/index.ts';
import { ConflictError, IllegalStateError, NoReceiverError, NotFoundError } from '../errors/index.ts';
import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import { type DeadLetter, readFacts, withFacts } from './dead-letter.ts';
import { eventOrigin } from './event-topic.ts';
import { deadQueue } from './event-topology.ts';
import type { Identity } from './names.ts';
import { systemExchange } from './topology.ts';

/** Which dead letters are meant; one that has all of it. Nothing given: every one. */
export interface DeadLetterFilter {
  readonly id?: string;
  /** A service's name, or that of a durable subscription. */
  readonly address?: string;
  /** The operation; of an event its type. */
  readonly op?: string;
  readonly reason?: DeadLetter['reason'];
}

/** What {@link DeadLetters} work with. */
export interface DeadLettersParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly codec: Codec;
  readonly transport: Transport;
  readonly declare: () => Promise<void>;
}

/** How long the broker may take to give what it says it has. */
const patienceMs = 5_000;
const lookAgainMs = 10;
/** Letters that are looked at, at most, in one go. */
const defaultLimit = 1_000;

/**
 * The dead letters of a system. Whoever looks takes them from the queue and gives back, at their old places, what is not replayed or dropped; so one at a
 * time can look.
 */
export class DeadLetters {
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  /** The oldest first, at most `limit` (default 1000) that `filter` means. @throws Unavailable, Conflict while somebody else looks */
  async list(filter: DeadLetterFilter = {}, limit: number = defaultLimit): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    await this.#visit((letter) => {
      if (isMeant(letter, filter)) found.push(letter);
      return found.length < limit ? 'keep' : 'stop';
    });
    return found;
  }

  /** One of them. @throws NotFound, and as {@link list} */
  async show(id: string): Promise<DeadLetter> {
    const [letter] = await this.list({ id }, 1);
    if (letter === undefined) throw noSuchLetter(id);
    return letter;
  }

  /**
   * Sends those that are meant to the address that they were for, as a first attempt, marked `resent`; gives how many. Each leaves the dead letters when
   * the broker has it there.
   *
   * @throws NotFound for an id that none has, NoReceiver if an address has no queue any more, and as {@link list}; what was replayed before stays so
   */
  async replay(which: string | DeadLetterFilter): Promise<number> {
    return this.#remove(which, async (letter, message) => {
      const { identity, env, codec, transport } = this.#parts;
      if (message === undefined || letter.address === '') {
        throw new IllegalStateError(
          `the dead letter ${letter.id} cannot be read, so it cannot be replayed; drop it`,
        );
      }
      message.headers = { ...withFacts(message, undefined), resent: true };
      message.attempt = 1;
      const { container, sysname } = identity;
      const sentAt = Math.round(env.clock.wall());
      const envelope = codec.encodeEnvelope(message, container, undefined);
      const outcome = await transport.publishConfirmed({
        exchange: systemExchange(identity).name,
        routingKey: letter.address,
        body: codec.encodeFrame({ container, sysname, sentAt }, [envelope]),
        mandatory: true,
        properties: { contentType: frameContentType, persistent: true },
      });
      if (outcome === 'confirmed') return;
      throw new NoReceiverError(
        `nobody takes what is for '${letter.address}' any more; start it, or drop the dead letter ${letter.id}`,
      );
    });
  }

  /** Forgets those that are meant; gives how many. @throws as {@link replay} */
  drop(which: string | DeadLetterFilter): Promise<number> {
    return this.#remove(which, async () => undefined);
  }

  async #remove(
    which: string | DeadLetterFilter,
    act: (letter: DeadLetter, message: Message | undefined) => Promise<void>,
  ): Promise<number> {
    const filter = typeof which === 'string' ? { id: which } : which;
    let count = 0;
    await this.#visit(async (letter, message) => {
      if (!isMeant(letter, filter)) return 'keep';
      await act(letter, message);
      count += 1;
      return filter.id === undefined ? 'remove' : 'remove and stop';
    });
    if (count === 0 && filter.id !== undefined) throw noSuchLetter(filter.id);
    return count;
  }

  /** Shows each letter, the oldest first, until all that were there have been, or one says stop. */
  async #visit(visitor: (letter: DeadLetter, message: Message | undefined) => Verdict | Promise<Verdict>) {
    const { transport, identity, declare } = this.#parts;
    await declare();
    const queue = deadQueue(identity).name;
    const { messages = 0 } = (await transport.inspectQueue(queue)) ?? {};
    if (messages === 0) {
      await this.#assertAlone(queue);
      return;
    }
    const deliveries = new Deliveries(this.#parts.env);
    const consumer = await this.#consume(queue, deliveries);
    const kept: Delivery[] = [];
    try {
      for (let left = messages; left > 0; left -= 1) {
        const delivery = await deliveries.next();
        if (delivery === undefined) break;
        const { letter, message } = this.#read(delivery);
        kept.push(delivery);
        const verdict = await visitor(letter, message);
        if (verdict === 'remove' || verdict === 'remove and stop') {
          kept.pop();
          delivery.ack();
        }
        if (verdict === 'stop' || verdict === 'remove and stop') break;
      }
    } finally {
      await consumer.cancel();
      const goingBack = [...kept, ...deliveries.rest()];
      for (const delivery of goingBack) delivery.requeue();
      await this.#untilBack(queue, goingBack.length);
    }
  }

  /** What was given back is on its way; whoever looks next must not find the queue empty. */
  async #untilBack(queue: string, count: number): Promise<void> {
    const { transport, env } = this.#parts;
    const until = env.clock.now() + patienceMs;
    while (env.clock.now() < until) {
      const { messages = 0 } = (await transport.inspectQueue(queue)) ?? {};
      if (messages >= count) return;
      await new Promise<void>((resolve) => env.clock.timer(lookAgainMs, resolve));
    }
  }

  async #consume(queue: string, deliveries: Deliveries): Promise<ConsumerHandle> {
    try {
      return await this.#parts.transport.consume({
        queue,
        prefetch: 0,
        exclusive: true,
        onDelivery: (delivery) => deliveries.push(delivery),
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      throw beingLookedAt(error);
    }
  }

  /** An empty queue may be one that somebody else has in hand. */
  async #assertAlone(queue: string): Promise<void> {
    const consumers = (await this.#parts.transport.inspectQueue(queue))?.consumers ?? 0;
    if (consumers > 0) throw beingLookedAt();
  }

  #read(delivery: Delivery): { readonly letter: DeadLetter; readonly message: Message | undefined } {
    try {
      const { codec, identity } = this.#parts;
      const [message] = codec.decodeFrame(delivery.body, identity.container).messages;
      const facts = message && readFacts(message);
      if (message === undefined || facts === undefined) return unreadable(delivery);
      const { op, receiver, sender, content } = message;
      const origin = receiver.startsWith('~') ? eventOrigin(message) : undefined;
      return {
        letter: { ...facts, op, origin, sender, content, headers: withFacts(message, undefined) },
        message,
      };
    } catch {
      return unreadable(delivery);
    }
  }
}

type Verdict = 'keep' | 'stop' | 'remove' | 'remove and stop';

/** Deliveries as they come, one after the other. */
class Deliveries {
  readonly #env: Env;
  readonly #waiting: Delivery[] = [];
  #taken = 0;
  #arrived: (() => void) | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  push(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#arrived?.();
  }

  /** The next one; undefined if none comes. */
  async next(): Promise<Delivery | undefined> {
    if (this.#taken === this.#waiting.length) {
      await new Promise<void>((resolve) => {
        const timer = this.#env.clock.timer(patienceMs, resolve);
        this.#arrived = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#arrived = undefined;
    }
    const delivery = this.#waiting[this.#taken];
    if (delivery !== undefined) this.#taken += 1;
    return delivery;
  }

  /** Those that nobody has taken. */
  rest(): readonly Delivery[] {
    return this.#waiting.slice(this.#taken);
  }
}

/** What the broker itself put there, since nobody could read it. */
function unreadable(delivery: Delivery): { readonly letter: DeadLetter; readonly message: undefined } {
  const letter: DeadLetter = {
    id: `unreadable-${createHash('sha256').update(delivery.body).digest('hex').slice(0, 16)}`,
    reason: 'undecodable',
    attempts: 1,
    error: { code: 'BadRequest', message: 'its bytes cannot be read' },
    address: '',
    container: '',
    diedAt: new Date(0),
    op: '',
    origin: undefined,
    sender: '',
    content: delivery.body,
    headers: {},
  };
  return { letter, message: undefined };
}

function isMeant(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return (
    (filter.id === undefined || letter.id === filter.id) &&
    (filter.address === undefined || isAddress(letter.address, filter.address)) &&
    (filter.op === undefined || letter.op === filter.op) &&
    (filter.reason === undefined || letter.reason === filter.reason)
  );
}

/** People name a durable subscription as they did when they subscribed. */
function isAddress(address: string, meant: string): boolean {
  return address === meant || address === `~durable~${meant}`;
}

function noSuchLetter(id: string): NotFoundError {
  return new NotFoundError(`there is no dead letter '${id}'; list them to see which there are`);
}

function beingLookedAt(cause?: unknown): ConflictError {
  return new ConflictError('somebody else is looking at the dead letters; try again in a moment', { cause });
}
