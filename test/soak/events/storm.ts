import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Container, UnavailableError } from '../../../src/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import type { Transport } from '../../../src/transport/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { RabbitNode } from '../../support/rabbit-node.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { accountDurable } from './account-durable.ts';
import { accountReplay } from './account-replay.ts';
import {
  type CrewName,
  crew,
  exchangeOptions,
  originIndex,
  outcomes,
  Reading,
  type SubscriptionName,
  subscriptions,
} from './contents.ts';
import { readJournals } from './journal.ts';
import { Ledger } from './ledger.ts';
import { MemberProcess, type MemoryUse } from './member-process.ts';
import { type Disturbance, describe } from './schedule.ts';
import type { Account } from './tally.ts';

/** What a storm does. */
export interface StormOptions {
  readonly events: number;
  readonly schedule: readonly Disturbance[];
  readonly seed: number;
  /** When so many are over, nothing more is published. */
  readonly minutes: number;
  /** An empty one, for journals and logs. */
  readonly directory: string;
  /** Ends it, with what it has started. */
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface StormReport {
  /** By outcome: of how many events. */
  readonly published: ReadonlyMap<string, number>;
  readonly accounts: ReadonlyMap<SubscriptionName, Account>;
  readonly memory: ReadonlyMap<CrewName, MemoryUse>;
  /** What was wrong with the system as a whole. */
  readonly faults: readonly string[];
  readonly publishMs: number;
  readonly drainMs: number;
}

const sysname = 'soak';
/** Events are published in portions, each in this time at least; during each something goes wrong. */
const portionMs = 1_500;
/** So many messages, of up to 64 events, may wait at the broker when more are published. */
const mostWaiting = 1_000;
const queues = [
  ...['keeper', 'ordered'].map((name) => `${sysname}~durable.${name}`),
  ...exchangeOptions.retryDelaysMs.map((ms) => `${sysname}~retry.${ms}`),
];
/** Published before anything goes wrong: some of them fail, so that whatever the system needs at the broker has been made. */
const firstEvents = 1_000;
/** RabbitMQ 3.10 that is killed within a second of making a stream or a quorum queue never brings it up again (docs/failures.md). */
const settleMs = 2_000;
/** If nothing moves for so long although something waits, it is stuck. */
const stuckMs = 60_000;
/** After a start of RabbitMQ so long may pass before somebody tries again to read the log. */
const quietMs = { usually: 1_500, brokerStarted: 7_000 } as const;
/** So long it may take, at the end, until nothing waits any more. */
const mostDrainMs = 120_000;

/** Publishes while things go wrong, and accounts for every event. Rejects when it is ended. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { signal } = options;
  const ended = once(signal, 'abort').then(() => {
    throw new Error('the storm was ended');
  });
  ended.catch(() => undefined);
  const node = await RabbitNode.start();
  const proxies = new Map<CrewName, TcpProxy>();
  const members = new Map<CrewName, MemberProcess>();
  const transport = makeAmqpTransport(node.url);
  try {
    await transport.connect();
    for (const name of crewNames) {
      const proxy = await TcpProxy.start(node.url);
      proxies.set(name, proxy);
      const { seed, directory } = options;
      members.set(name, new MemberProcess({ name, broker: proxy.url, sysname, directory, seed }));
    }
    return await Promise.race([new Storm(options, { node, transport, proxies, members }).run(), ended]);
  } finally {
    await transport.close();
    for (const member of members.values()) member.dispose();
    for (const proxy of proxies.values()) await proxy.dispose();
    await node.dispose();
  }
}

interface StormParts {
  readonly node: RabbitNode;
  /** Past all proxies. */
  readonly transport: Transport;
  readonly proxies: ReadonlyMap<CrewName, TcpProxy>;
  readonly members: ReadonlyMap<CrewName, MemberProcess>;
}

class Storm {
  readonly #options: StormOptions;
  readonly #parts: StormParts;
  readonly #faults: string[] = [];
  readonly #beganAt = performance.now();

  constructor(options: StormOptions, parts: StormParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async run(): Promise<StormReport> {
    // The subscribers first: what is published before anybody has subscribed is nobody's.
    for (const name of crewNames) this.#member(name).start();
    await this.#allStarted();
    const publishMs = await timed(() => this.#publish());
    const drainMs = await timed(() => this.#untilQuiet());
    const dead = await this.#deadLetters();
    for (const name of crewNames) await this.#stop(name);
    await this.#checkEmpty();
    return { ...this.#account(dead), publishMs, drainMs, faults: this.#faults };
  }

  async #publish(): Promise<void> {
    const { events, schedule, minutes, seed } = this.#options;
    const random = seededRandom(seed).fork('pauses');
    const publisher = this.#member('publisher');
    const first = Math.min(firstEvents, events);
    await publisher.publish(first, 0);
    await this.#untilMostlyDrained();
    await sleep(settleMs);
    let left = events - first;
    const portion = Math.ceil(left / (schedule.length + 1));
    for (const disturbance of [...schedule, undefined]) {
      if (this.#seconds > minutes * 60) {
        this.#tell('the time is over');
        break;
      }
      const count = Math.min(left, portion);
      left -= count;
      const published = publisher.publish(count, portionMs);
      if (disturbance !== undefined) {
        await sleep(random.next() * portionMs * 0.8);
        await this.#disturb(disturbance);
      }
      await published;
      await this.#untilMostlyDrained();
    }
  }

  async #disturb(disturbance: Disturbance): Promise<void> {
    // Without a broker, or a way to it, none can start.
    if (disturbance.type === 'broker') await this.#allStarted();
    else await this.#member(disturbance.who).started();
    this.#tell(describe(disturbance));
    if (disturbance.type === 'broker') {
      await this.#parts.node[disturbance.how]();
      await this.#parts.node.restart();
      return;
    }
    const { who } = disturbance;
    const member = this.#member(who);
    if (disturbance.type === 'kill') {
      await member.kill(disturbance.after);
      member.start();
    } else if (disturbance.type === 'stop') {
      await this.#stop(who);
      member.start();
    } else {
      const proxy = this.#parts.proxies.get(who);
      await proxy?.cut();
      await sleep(disturbance.forMs);
      await proxy?.restore();
    }
  }

  async #allStarted(): Promise<void> {
    await Promise.all([...this.#parts.members.values()].map((member) => member.started()));
  }

  async #stop(name: CrewName): Promise<void> {
    const fault = await this.#member(name).stop();
    if (fault !== undefined) this.#faults.push(`${name} ${fault}`);
  }

  async #untilMostlyDrained(): Promise<void> {
    while (!this.#isStuck && (await this.#waiting()) > mostWaiting) await sleep(250);
  }

  async #untilQuiet(): Promise<void> {
    const brokerStarted = this.#options.schedule.some(({ type }) => type === 'broker');
    const enoughMs = brokerStarted ? quietMs.brokerStarted : quietMs.usually;
    const isQuiet = (): boolean =>
      subscribers
        .map((name) => this.#member(name))
        .every((member) => member.isConnected && member.quietMs > enoughMs);
    const until = performance.now() + mostDrainMs;
    const isInTime = (): boolean => !this.#isStuck && performance.now() < until;
    while (isInTime() && (!isQuiet() || (await this.#waiting()) > 0)) await sleep(250);
    if (!isInTime()) this.#faults.push('there is no end of what waits at the broker, or nobody takes it');
  }

  get #isStuck(): boolean {
    return subscribers.every((name) => this.#member(name).quietMs > stuckMs);
  }

  /** Messages that nobody has, of durable subscriptions, with those that are to be tried again. */
  async #waiting(): Promise<number> {
    try {
      const infos = await Promise.all(queues.map((queue) => this.#parts.transport.inspectQueue(queue)));
      return infos.reduce((sum, info) => sum + (info?.messages ?? 0), 0);
    } catch (error) {
      if (error instanceof UnavailableError) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  /** Whoever has ended gives back what was not acknowledged. */
  async #checkEmpty(): Promise<void> {
    const count = await this.#waiting();
    if (count > 0) this.#faults.push(`${count} messages were handled and never acknowledged`);
  }

  async #deadLetters(): Promise<ReadonlyMap<string, Ledger>> {
    const container = new Container({
      id: 'undertaker',
      sysname,
      broker: this.#parts.node.url,
      exchange: exchangeOptions,
    });
    await container.start();
    try {
      const ledgers = new Map<string, Ledger>();
      for (const { address, origin = '', content } of await container.events.deadLetters.list(
        {},
        1_000_000,
      )) {
        const ledger = ledgers.get(address) ?? new Ledger();
        ledgers.set(address, ledger);
        const number = numberOf(content);
        ledger.set(originIndex(origin), number, ledger.get(originIndex(origin), number) + 1);
      }
      return ledgers;
    } finally {
      await container.stop();
    }
  }

  #account(dead: ReadonlyMap<string, Ledger>): Pick<StormReport, 'published' | 'accounts' | 'memory'> {
    const { directory } = this.#options;
    const published = new Map<string, number>();
    const accounts = new Map<SubscriptionName, Account>();
    const ledgers = new Map<string, Ledger>();
    for (const name of subscriptionNames) {
      const { event, isOrdered } = subscriptions[name];
      let told = ledgers.get(event.type);
      if (told === undefined) {
        told = Ledger.from(readFileSync(join(directory, `${event.type}.outcomes`)));
        ledgers.set(event.type, told);
        told.forEach((_origin, _number, code) => {
          const outcome = outcomes[code] ?? '';
          published.set(outcome, (published.get(outcome) ?? 0) + 1);
        });
      }
      const records = readJournals(directory, name);
      const account =
        event === Reading
          ? accountDurable({
              isOrdered,
              records,
              outcomes: told,
              dead: dead.get(`~durable~${name}`) ?? new Ledger(),
            })
          : accountReplay(records, told);
      accounts.set(name, account);
    }
    const memory = new Map([...this.#parts.members].map(([name, member]) => [name, member.memory]));
    return { published, accounts, memory };
  }

  #member(name: CrewName): MemberProcess {
    const member = this.#parts.members.get(name);
    if (member === undefined) throw new Error(`no ${name}`);
    return member;
  }

  get #seconds(): number {
    return (performance.now() - this.#beganAt) / 1_000;
  }

  #tell(what: string): void {
    const events = [...this.#parts.members].map(([name, member]) => `${name} ${member.events}`).join(', ');
    this.#options.tell(`${this.#seconds.toFixed(1).padStart(6)} s  ${what.padEnd(34)} (events: ${events})`);
  }
}

const crewNames: readonly CrewName[] = ['publisher', 'anna', 'berta'];
const subscribers = crewNames.filter((name) => crew[name].length > 0);
const subscriptionNames: readonly SubscriptionName[] = ['keeper', 'ordered', 'reader-a', 'reader-b'];

async function timed(act: () => Promise<void>): Promise<number> {
  const beganAt = performance.now();
  await act();
  return performance.now() - beganAt;
}

function numberOf(content: unknown): number {
  if (typeof content === 'object' && content !== null && 'number' in content) return Number(content.number);
  throw new Error(`a dead letter that nobody here published: ${JSON.stringify(content)}`);
}
