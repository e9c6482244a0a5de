import { describe, expect, test } from '@jest/globals';
import { assertKnownArguments } from '../../../../src/transport/amqp/broker-features.ts';

const queue = { name: 'q', durable: true, exclusive: false, autoDelete: false };
const stream = { ...queue, queueType: 'stream' } as const;
const keeping = { ...queue, queueType: 'quorum', deadLetterStrategy: 'at-least-once' } as const;
const single = { ...queue, singleActiveConsumer: true };

describe('assertKnownArguments()', () => {
  test('refuses what a RabbitMQ is too old for, naming what it takes', () => {
    const refusals = [
      [stream, '3.8.34', /RabbitMQ 3\.8\.34 has no streams.* 3\.9/],
      [stream, '3.7.0', /streams/],
      [keeping, '3.9.29', /RabbitMQ 3\.9\.29 has no dead letters at least once.* 3\.10/],
      [single, '3.7.28', /RabbitMQ 3\.7\.28 has no single active consumers.* 3\.8/],
    ] as const;
    for (const [spec, version, message] of refusals) {
      expect(() => assertKnownArguments(spec, version)).toThrow(
        expect.objectContaining({ code: 'BadRequest', message: expect.stringMatching(message) }),
      );
    }
  });

  test('takes everything else, of versions that it does not know too', () => {
    for (const version of ['3.9.0', '3.10.8', '3.13.7', '4.1.0', '4.0', 'unknown', '']) {
      expect(() => assertKnownArguments(stream, version)).not.toThrow();
      expect(() => assertKnownArguments(single, version)).not.toThrow();
    }
    for (const version of ['3.10.8', '3.13.7', '4.1.0', 'unknown'])
      expect(() => assertKnownArguments(keeping, version)).not.toThrow();
    expect(() => assertKnownArguments(queue, '3.5.0')).not.toThrow();
    expect(() => assertKnownArguments({ ...queue, singleActiveConsumer: false }, '3.5.0')).not.toThrow();
    expect(() => assertKnownArguments(single, '3.8.0')).not.toThrow();
  });
});
