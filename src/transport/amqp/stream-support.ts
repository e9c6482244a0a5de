import { BadRequestError } from '../../errors/index.ts';

/**
 * Refuses to declare a stream at a RabbitMQ that is known to have none; `version` as the broker tells it. Those before 3.8 take no notice of the queue's
 * type and make a classic queue.
 *
 * @throws BadRequestError
 */
export function assertStreams(version: string): void {
  if (!/^3\.[0-8]\b/.test(version)) return;
  throw new BadRequestError(`RabbitMQ ${version} has no streams; they need 3.9 or later`, {
    details: { feature: 'streams', version },
  });
}
