import { BadRequestError } from '../../errors/index.ts';
import type { QueueSpec } from '../types.ts';

/**
 * Refuses to declare at a RabbitMQ what it is known not to have; `version` as the broker tells it. It would take no notice of the argument and make a
 * queue of another kind.
 *
 * @throws BadRequestError
 */
export function assertKnownArguments(
  { queueType, singleActiveConsumer, deadLetterStrategy }: QueueSpec,
  version: string,
): void {
  const refuse = (feature: string, since: string) => {
    const message = `RabbitMQ ${version} has no ${feature}; it takes ${since} or later`;
    return new BadRequestError(message, { details: { feature, version } });
  };
  if (queueType === 'stream' && /^3\.[0-8]\b/.test(version)) throw refuse('streams', '3.9');
  if (singleActiveConsumer === true && /^3\.[0-7]\b/.test(version)) {
    throw refuse('single active consumers', '3.8');
  }
  if (deadLetterStrategy !== undefined && /^3\.\d\b/.test(version))
    throw refuse('dead letters at least once', '3.10');
}
