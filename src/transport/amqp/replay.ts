import { type ContainerError, NoReceiverError } from '../../errors/index.ts';
import { Backoff } from '../../util/index.ts';
import { forgottenNotice, isFinalRefusal, isHeldByAnother } from '../refusal.ts';
import type { RecordedConsumer } from './consumer-room.ts';
import type { AmqpLink } from './link.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';
import { describeEntry, type Topology, type TopologyEntry } from './topology.ts';

/** What shall exist on a new link. */
export interface Wanted {
  readonly topology: Topology;
  readonly consumers: ReadonlySet<RecordedConsumer>;
  /** Forgets a queue with its bindings and consumers. */
  forgetQueue(name: string): void;
}

/**
 * Makes everything recorded so on `link`, what is recorded meanwhile included; resolves in the same turn in which nothing is left to do. Rejects
 * when the link ends, and the first of all with what the broker refuses.
 *
 * On a later link one refusal must not keep everything else from working: what is refused for good is forgotten, and a consumer is tried again in the
 * background. So is what passes by itself: a stream that RabbitMQ is still starting, after a start of its own, answers 404 to everything for some
 * seconds, and an exclusive queue 405 until the broker misses our former connection.
 */
export async function replay(
  link: AmqpLink,
  wanted: Wanted,
  options: ResolvedAmqpTransportOptions,
): Promise<void> {
  const { topology, consumers } = wanted;
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
        if (isPassing(entry, error, link, topology)) {
          logger.warn('amqp: a queue is not to be had yet', { what: describeEntry(entry), error });
          late.push(entry);
        } else if (isFirst(link) || !isFinalRefusal(error)) throw error;
        else forget(entry, error, wanted, options);
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
  if (late.length > 0) void applyLater(link, late, wanted, options);

  async function restart(consumer: RecordedConsumer): Promise<void> {
    try {
      await link.consumers.start(consumer);
    } catch (error) {
      // It was cancelled meanwhile.
      if (link.alive && !consumers.has(consumer)) return;
      // A queue that others declare may come later than we do, and a stream than its broker; it must not keep everything else from working.
      const own = topology.queue(consumer.spec.queue);
      const isAwaited = own === undefined || own.queueType === 'stream' || !isFirst(link);
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
  wanted: Wanted,
  options: ResolvedAmqpTransportOptions,
): Promise<void> {
  const { env, reconnect, logger } = options;
  const { topology } = wanted;
  const backoff = new Backoff(reconnect, env.random);
  for (const entry of entries) {
    while (link.alive && topology.holds(entry)) {
      await link.pause(backoff.next());
      if (!link.alive || !topology.holds(entry)) break;
      try {
        await link.control.apply(entry);
        break;
      } catch (error) {
        if (!isPassing(entry, error, link, topology) && !isFirst(link) && isFinalRefusal(error)) {
          forget(entry, error, wanted, options);
          break;
        }
        logger[error instanceof NoReceiverError ? 'debug' : 'warn']('amqp: a queue is still not to be had', {
          what: describeEntry(entry),
          error,
        });
      }
    }
  }
}

function isFirst({ epoch }: AmqpLink): boolean {
  return epoch === 1;
}

/** Whether the broker will take `entry` in a while, as it is. */
function isPassing(entry: TopologyEntry, error: unknown, link: AmqpLink, topology: Topology): boolean {
  if (error instanceof NoReceiverError && (isDown(error) || topology.concernsStream(entry))) return true;
  return !isFirst(link) && isHeldByAnother(error) && topology.concernsExclusive(entry);
}

/** The queue exists: RabbitMQ is still starting it, or the node that has it is away. */
function isDown({ details }: NoReceiverError): boolean {
  return details?.reason === 'down';
}

function forget(
  entry: TopologyEntry,
  error: ContainerError,
  { topology, forgetQueue }: Wanted,
  { logger }: ResolvedAmqpTransportOptions,
): void {
  const isRemoval = entry.kind === 'queue removal' || entry.kind === 'binding removal';
  if (isRemoval && error instanceof NoReceiverError) logger.debug('amqp: it is gone already', { error });
  else logger.error(`amqp: ${forgottenNotice(describeEntry(entry))}`, { error });
  if (entry.kind === 'queue') forgetQueue(entry.spec.name);
  else topology.forget(entry);
}
