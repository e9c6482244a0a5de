import { NoReceiverError } from '../../errors/index.ts';
import { Backoff } from '../../util/index.ts';
import type { RecordedConsumer } from './consumer-room.ts';
import type { AmqpLink } from './link.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';
import type { Topology, TopologyEntry } from './topology.ts';

/** What shall exist on a new link. */
export interface Wanted {
  readonly topology: Topology;
  readonly consumers: ReadonlySet<RecordedConsumer>;
}

/**
 * Makes everything recorded so on `link`, what is recorded meanwhile included; resolves in the same turn in which nothing is left to do. Rejects
 * with what the broker refuses, and when the link ends.
 *
 * A stream that RabbitMQ is still starting, after a start of its own, answers 404 to everything for some seconds: nothing else
 * waits for it, it is seen to in the background.
 */
export async function replay(
  link: AmqpLink,
  { topology, consumers }: Wanted,
  options: ResolvedAmqpTransportOptions,
): Promise<void> {
  const { logger } = options;
  const done = new Set<TopologyEntry | RecordedConsumer>();
  const late: TopologyEntry[] = [];
  for (let before = -1; before !== done.size; ) {
    before = done.size;
    for (const entry of topology.entries()) {
      if (done.has(entry)) continue;
      done.add(entry);
      try {
        await link.control.apply(entry);
      } catch (error) {
        if (!(error instanceof NoReceiverError) || !topology.concernsStream(entry)) throw error;
        logger.warn('amqp: a stream is not up yet', { error });
        late.push(entry);
      }
      if (entry.kind === 'queue removal' || entry.kind === 'binding removal') topology.forget(entry);
    }
    for (const consumer of consumers) {
      if (done.has(consumer)) continue;
      done.add(consumer);
      await restart(consumer);
    }
  }
  if (!link.alive) throw await link.ended;
  if (late.length > 0) void applyLater(link, late, topology, options);

  async function restart(consumer: RecordedConsumer): Promise<void> {
    try {
      await link.consumers.start(consumer);
    } catch (error) {
      // It was cancelled meanwhile.
      if (link.alive && !consumers.has(consumer)) return;
      // A queue that others declare may come later than we do, and a stream than its broker; it must not keep everything else from working.
      const own = topology.queue(consumer.spec.queue);
      const isAwaited = own === undefined || own.queueType === 'stream';
      if (!isAwaited || !link.alive) throw error;
      const { queue } = consumer.spec;
      logger.warn('amqp: a consumer waits for its queue', { queue, error });
      link.consumers.startInBackground(consumer);
    }
  }
}

/** Tries each entry until the broker takes it, it is not wanted any more, or the link has ended. Never rejects. */
async function applyLater(
  link: AmqpLink,
  entries: readonly TopologyEntry[],
  topology: Topology,
  { env, reconnect, logger }: ResolvedAmqpTransportOptions,
): Promise<void> {
  const backoff = new Backoff(reconnect, env.random);
  for (const entry of entries) {
    while (link.alive && topology.holds(entry)) {
      await link.pause(backoff.next());
      if (!link.alive || !topology.holds(entry)) break;
      try {
        await link.control.apply(entry);
        break;
      } catch (error) {
        logger[error instanceof NoReceiverError ? 'debug' : 'warn']('amqp: a stream is still not up', {
          error,
        });
      }
    }
  }
}
