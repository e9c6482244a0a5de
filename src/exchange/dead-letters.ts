import { createHash } from 'node:crypto';
import { type Codec, type FrameHeader, frameContentType, type Message } from '../codec/index.ts';
import {
  BadRequestError,
  ConflictError,
  IllegalStateError,
  NoReceiverError,
  NotFoundError,
  UnavailableError,
} from '../errors/index.ts';
import type { ConsumerHandle, Delivery, Transport } from '../transport/index.ts';
import type { Env } from '../util/index.ts';
import {
  type DeadLetter,
  type DeadLetterFacts,
  deadLetterCodec,
  readFacts,
  withFacts,
} from './dead-letter.ts';
import { eventOrigin } from './event-topic.ts';
import { againExchange, deadQueue } from './event-topology.ts';
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
  /** Logins whose word on the acting user of a message is taken. */
  readonly trustedUsers: ReadonlySet<string>;
}

/** How long the broker may take to give what it says it has. */
const patienceMs = 5_000;
const lookAgainMs = 10;
/** Letters that are looked at, at most, in one go. */
const defaultLimit = 1_000;
/** AMQP counts a prefetch in 16 bits. */
const maxPrefetch = 65_535;

/**
 * The dead letters of a system. Whoever looks takes them from the queue and gives back, at their old places, what is not replayed or dropped; so one at a
 * time can look.
 */
export class DeadLetters {
  readonly #parts: DeadLettersParts;
  readonly #codec: Codec;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
    this.#codec = deadLetterCodec(parts.codec);
  }

  /**
   * The oldest first, at most `limit` (default 1000, at least 1) that `filter` means. With a filter all dead letters of the system are in memory meanwhile.
   *
   * @throws BadRequest for a filter or a limit that is none, Conflict while somebody else looks, Unavailable without a connection and when it is lost
   */
  async list(filter: DeadLetterFilter = {}, limit: number = defaultLimit): Promise<readonly DeadLetter[]> {
    assertFilter(filter);
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new BadRequestError(`a list of dead letters needs a limit of at least 1, got ${limit}`);
    // What is passed over is held until the end.
    const isWindow = Object.keys(filter).length === 0 && limit <= maxPrefetch;
    const found: DeadLetter[] = [];
    await this.#visit(
      ({ letter }) => {
        if (isMeant(letter, filter)) found.push(letter);
        return found.length < limit ? 'keep' : 'stop';
      },
      isWindow ? limit : 0,
    );
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
   * the broker has it there. What cannot be read stays.
   *
   * @throws IllegalState for the id of one that cannot be read, NotFound for an id that none has, NoReceiver if an address has no queue any more, and as {@link list}; what was replayed before stays so
   */
  async replay(which: string | DeadLetterFilter): Promise<number> {
    return this.#remove(which, async (letter, original) => {
      const { identity, codec, transport } = this.#parts;
      if (original === undefined) {
        if (typeof which !== 'string' && which.id === undefined) return false;
        throw new IllegalStateError(
          `the dead letter ${letter.id} cannot be read, so it cannot be replayed; drop it`,
        );
      }
      const { header, message } = original;
      message.headers = { ...withFacts(message, undefined), resent: true };
      message.attempt = 1;
      const envelope = codec.encodeEnvelope(message, header.container, undefined);
      const outcome = await transport.publishConfirmed({
        exchange: systemExchange(identity).name,
        routingKey: letter.address,
        body: codec.encodeFrame(header, [envelope]),
        mandatory: true,
        properties: { contentType: frameContentType, persistent: true },
      });
      if (outcome === 'confirmed') return true;
      throw new NoReceiverError(
        `nobody takes what is for '${letter.address}' any more; start it, or drop the dead letter ${letter.id}`,
      );
    });
  }

  /** Forgets those that are meant; gives how many. @throws as {@link replay} */
  drop(which: string | DeadLetterFilter): Promise<number> {
    return this.#remove(which, async () => true);
  }

  /** `act` tells whether the letter may go. */
  async #remove(
    which: string | DeadLetterFilter,
    act: (letter: DeadLetter, original: Original | undefined) => Promise<boolean>,
  ): Promise<number> {
    const filter = typeof which === 'string' ? { id: which } : which;
    assertFilter(filter);
    let count = 0;
    await this.#visit(async ({ letter, original }) => {
      if (!isMeant(letter, filter) || !(await act(letter, original))) return 'keep';
      count += 1;
      return filter.id === undefined ? 'remove' : 'remove and stop';
    }, 0);
    if (count === 0 && filter.id !== undefined) throw noSuchLetter(filter.id);
    return count;
  }

  /** Shows each letter, the oldest first, until all that were there have been, or one says stop. `prefetch`: so many at most are in memory; 0 = all. */
  async #visit(visitor: (found: Found) => Verdict | Promise<Verdict>, prefetch: number): Promise<void> {
    const { transport, identity } = this.#parts;
    const queue = deadQueue(identity).name;
    const { messages = 0 } = (await transport.inspectQueue(queue)) ?? {};
    if (messages === 0) {
      await this.#assertAlone(queue);
      return;
    }
    const deliveries = new Deliveries(this.#parts.env);
    // On the next connection they would come once more.
    const stopStatus = transport.onStatus(({ type }) => {
      if (type !== 'connected' && type !== 'blocked') deliveries.lose();
    });
    try {
      await this.#take(queue, messages, deliveries, prefetch, visitor);
    } finally {
      stopStatus();
    }
  }

  async #take(
    queue: string,
    messages: number,
    deliveries: Deliveries,
    prefetch: number,
    visitor: (found: Found) => Verdict | Promise<Verdict>,
  ): Promise<void> {
    const consumer = await this.#consume(queue, deliveries, prefetch);
    const kept: Delivery[] = [];
    try {
      for (let left = messages; left > 0; left -= 1) {
        const delivery = await deliveries.next();
        if (delivery === undefined) break;
        kept.push(delivery);
        const verdict = await visitor(this.#read(delivery));
        if (verdict === 'remove' || verdict === 'remove and stop') {
          kept.pop();
          delivery.ack();
        }
        if (verdict === 'stop' || verdict === 'remove and stop') break;
      }
      deliveries.assertHeld();
    } finally {
      await consumer.cancel();
      const goingBack = [...kept, ...deliveries.rest()];
      for (const delivery of goingBack) delivery.requeue();
      if (!deliveries.isLost) await this.#untilBack(queue, goingBack.length);
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

  async #consume(queue: string, deliveries: Deliveries, prefetch: number): Promise<ConsumerHandle> {
    try {
      return await this.#parts.transport.consume({
        queue,
        prefetch,
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

  #read(delivery: Delivery): Found {
    try {
      const { identity } = this.#parts;
      const { header, messages } = this.#codec.decodeFrame(delivery.body, identity.container);
      const [message] = messages;
      const facts = message && (undelivered(identity, delivery, header, message) ?? readFacts(message));
      if (message === undefined || facts === undefined) return unreadable(delivery);
      const { op, receiver, sender, content } = message;
      const origin = receiver.startsWith('~') ? eventOrigin(message) : undefined;
      return {
        letter: { ...facts, op, origin, sender, content, headers: withFacts(message, undefined) },
        // Of that there is but a note.
        original:
          facts.reason === 'undecodable'
            ? undefined
            : { header, message: this.#withoutUnproven(message, delivery.properties.userId) },
      };
    } catch {
      return unreadable(delivery);
    }
  }

  /** Replayed it leaves with our login, which must not vouch for a user that anybody may have written on it. */
  #withoutUnproven(message: Message, login: string | undefined): Message {
    if (login !== undefined && this.#parts.trustedUsers.has(login)) return message;
    const { 'user-id': _unproven, ...headers } = message.headers ?? {};
    message.headers = headers;
    return message;
  }
}

/** What was buried, as it was sent. */
interface Original {
  readonly header: FrameHeader;
  readonly message: Message;
}

/** A dead letter, and what it was; undefined if that cannot be read. */
interface Found {
  readonly letter: DeadLetter;
  readonly original: Original | undefined;
}

type Verdict = 'keep' | 'stop' | 'remove' | 'remove and stop';

/** Deliveries as they come, one after the other. */
class Deliveries {
  readonly #env: Env;
  readonly #waiting: Delivery[] = [];
  #taken = 0;
  #arrived: (() => void) | undefined;
  #isLost = false;

  constructor(env: Env) {
    this.#env = env;
  }

  push(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#arrived?.();
  }

  /** The connection that they came by is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
    this.#arrived?.();
  }

  /** @throws Unavailable when the connection is lost: what was acknowledged may come again */
  assertHeld(): void {
    if (!this.#isLost) return;
    throw new UnavailableError(
      'the connection to the broker was lost while the dead letters were looked at; look again',
    );
  }

  /** The next one; undefined if none comes. @throws Unavailable when the connection is lost */
  async next(): Promise<Delivery | undefined> {
    if (!this.#isLost && this.#taken === this.#waiting.length) {
      await new Promise<void>((resolve) => {
        const timer = this.#env.clock.timer(patienceMs, resolve);
        this.#arrived = () => {
          timer.cancel();
          resolve();
        };
      });
      this.#arrived = undefined;
    }
    this.assertHeld();
    const delivery = this.#waiting[this.#taken];
    if (delivery !== undefined) this.#taken += 1;
    return delivery;
  }

  /** Those that nobody has taken. */
  rest(): readonly Delivery[] {
    return this.#waiting.slice(this.#taken);
  }
}

/** What the broker itself put there, since it found no queue by which it could be tried again. */
function undelivered(
  identity: Identity,
  delivery: Delivery,
  { container, sentAt }: FrameHeader,
  { attempt }: Message,
): DeadLetterFacts | undefined {
  if (delivery.exchange !== againExchange(identity).name) return undefined;
  const address = delivery.routingKey;
  return {
    id: `undeliverable-${digest(delivery)}`,
    reason: 'undeliverable',
    attempts: attempt - 1,
    error: {
      code: 'NoReceiver',
      message: `it failed, and when it was to be tried again '${address}' had no queue any more`,
    },
    address,
    container,
    diedAt: new Date(sentAt),
  };
}

/** Names what has no name of its own. */
function digest({ body }: Delivery): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

/** What the broker itself put there, since nobody could read it. */
function unreadable(delivery: Delivery): Found {
  const letter: DeadLetter = {
    id: `unreadable-${digest(delivery)}`,
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
  return { letter, original: undefined };
}

const filterKeys: readonly string[] = [
  'id',
  'address',
  'op',
  'reason',
] satisfies readonly (keyof DeadLetterFilter)[];

/** What is misspelt or missing would make it mean more than it says. @throws BadRequest */
function assertFilter(filter: DeadLetterFilter): void {
  for (const [key, value] of Object.entries(filter)) {
    if (!filterKeys.includes(key)) {
      throw new BadRequestError(
        `a filter of dead letters knows no '${key}'; there are ${filterKeys.join(', ')}`,
      );
    }
    if (typeof value !== 'string')
      throw new BadRequestError(`${key} of a filter of dead letters must be a text, got ${String(value)}`);
  }
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
