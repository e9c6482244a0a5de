import type { QueueSpec } from '../types.ts';
import type { BrokerMessage, Death, DeathReason } from './message.ts';

/**
 * The message as `queue` sends it to its dead-letter exchange. Its own expiration is gone, so that it does not expire again where it goes.
 * Unlike RabbitMQ we add no `x-death` headers: we never read them, and attempts are counted in the envelope.
 */
export function deadLetterOf(queue: QueueSpec, message: BrokerMessage, reason: DeathReason): BrokerMessage {
  const { expirationMs: _, ...properties } = message.properties;
  return {
    exchange: queue.deadLetterExchange ?? '',
    routingKey: queue.deadLetterRoutingKey ?? message.routingKey,
    body: message.body,
    properties,
    deaths: [
      { queue: queue.name, reason },
      ...message.deaths.filter((death) => !isSame(death, queue, reason)),
    ],
  };
}

/**
 * RabbitMQ's rule against messages that go round for ever: a dead letter does not reach `queue` again if it has died there before
 * and was rejected nowhere since.
 */
export function isCycle(queue: string, deaths: readonly Death[]): boolean {
  for (const death of deaths) {
    if (death.reason === 'rejected') return false;
    if (death.queue === queue) return true;
  }
  return false;
}

function isSame(death: Death, queue: QueueSpec, reason: DeathReason): boolean {
  return death.queue === queue.name && death.reason === reason;
}
