import type { Channel } from 'amqplib';
import type { QueueInfo } from '../types.ts';
import { type BrokerAction, toBrokerError } from './broker-errors.ts';
import { assertKnownArguments } from './broker-features.ts';
import { ChannelSlot } from './channel-slot.ts';
import type { AmqpConnection } from './connection.ts';
import type { LinkLife } from './link-life.ts';
import { describeEntry, type Topology, type TopologyEntry } from './topology.ts';

/**
 * The channel for whatever the broker may refuse. A refusal closes the channel, and with it every method that waits there:
 * therefore one at a time.
 */
export class ControlChannel {
  readonly #slot: ChannelSlot<Channel>;
  readonly #life: LinkLife;
  readonly #topology: Topology;
  readonly #epoch: number;
  readonly #serverVersion: string;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(connection: AmqpConnection, topology: Topology, epoch: number, life: LinkLife) {
    this.#life = life;
    this.#topology = topology;
    this.#epoch = epoch;
    this.#serverVersion = connection.serverVersion;
    this.#slot = new ChannelSlot({
      name: 'control',
      life,
      isExpendable: true,
      create: () => connection.createChannel(),
    });
  }

  async open(): Promise<void> {
    await this.#slot.open();
  }

  /** Makes a recorded entry so. Rejects with the error that the broker's refusal stands for. */
  apply(entry: TopologyEntry): Promise<void> {
    const action = entry.kind === 'queue' || entry.kind === 'exchange' ? 'declare' : 'other';
    return this.#run(action, describeEntry(entry), async (channel) => {
      if (entry.kind === 'queue') assertKnownArguments(entry.spec, this.#serverVersion);
      await this.#topology.apply(entry, channel, this.#epoch);
    });
  }

  /** Asks about a queue (passive declare). Rejects with `NoReceiver` where there is none, `Conflict` where it is another's own. */
  inspect(queue: string): Promise<QueueInfo> {
    return this.#run('other', `inspect the queue "${queue}"`, async (channel) => {
      const name = this.#topology.brokerName(queue, this.#epoch);
      const { messageCount, consumerCount } = await channel.checkQueue(name);
      return { messages: messageCount, consumers: consumerCount };
    });
  }

  close(): Promise<void> {
    return this.#slot.close();
  }

  #run<T>(action: BrokerAction, what: string, method: (channel: Channel) => Promise<T>): Promise<T> {
    const result = this.#tail.then(async () => {
      try {
        const channel = await this.#slot.whenOpen();
        return await this.#life.bounded(what, method(channel));
      } catch (error) {
        throw toBrokerError(action, what, error);
      }
    });
    this.#tail = result.catch(() => {});
    return result;
  }
}
