import { describe, expect, test } from '@jest/globals';
import type { Message } from 'amqplib';
import { fromAmqp, toBuffer, toBytes, toPublishOptions } from '../../../../src/transport/amqp/properties.ts';
import type { MessageProperties } from '../../../../src/transport/index.ts';

const raw: Message['properties'] = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
};

const published = (properties: MessageProperties, mandatory?: boolean) =>
  toPublishOptions(
    { exchange: 'x', routingKey: 'k', body: new Uint8Array(), properties, ...(mandatory && { mandatory }) },
    'login',
  );

describe('toPublishOptions()', () => {
  test('has only what was given, and the login as user', () => {
    expect(published({})).toStrictEqual({ mandatory: false, userId: 'login' });
    expect(published({ userId: 'named' }, true)).toStrictEqual({ mandatory: true, userId: 'named' });
  });

  test('writes the expiration as text and persistence as such', () => {
    expect(published({ expirationMs: 0, persistent: true })).toMatchObject({
      expiration: '0',
      persistent: true,
    });
    expect(published({ persistent: false })).not.toHaveProperty('persistent');
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])(
    'refuses the expiration %d, for which RabbitMQ closes the channel',
    (ms) => {
      expect(() => published({ expirationMs: ms })).toThrow(/expirationMs must be a whole number from 0/);
    },
  );
});

describe('fromAmqp()', () => {
  test('has only what the message has; an empty header table is none', () => {
    expect(fromAmqp(raw)).toStrictEqual({});
    expect(fromAmqp({ ...raw, headers: {}, deliveryMode: 1 })).toStrictEqual({});
  });

  test('undoes toPublishOptions()', () => {
    const properties: MessageProperties = {
      contentType: 'application/json',
      correlationId: 'c',
      replyTo: 'r',
      expirationMs: 1_500,
      messageId: 'm',
      type: 't',
      userId: 'u',
      appId: 'a',
      headers: { op: 'hello' },
    };
    const { persistent, mandatory, ...options } = published({ ...properties, persistent: true });
    expect(mandatory).toBe(false);
    expect(fromAmqp({ ...raw, ...options, deliveryMode: persistent === true ? 2 : 1 })).toStrictEqual({
      ...properties,
      persistent: true,
    });
  });

  test('ignores an expiration that is not a number of milliseconds', () => {
    expect(fromAmqp({ ...raw, expiration: 'soon' })).toStrictEqual({});
  });
});

describe('toBytes() and toBuffer()', () => {
  test('are views on the same bytes, the first no Buffer', () => {
    const content = Buffer.from('xhellox').subarray(1, 6);
    const bytes = toBytes(content);
    expect(Buffer.isBuffer(bytes)).toBe(false);
    expect(new TextDecoder().decode(bytes)).toBe('hello');
    content[0] = 'j'.charCodeAt(0);
    expect(toBuffer(bytes).toString()).toBe('jello');
    expect(bytes.buffer).toBe(content.buffer);
  });
});
