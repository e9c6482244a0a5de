import { describe, expect, test } from '@jest/globals';
import { fakeEnv } from '../../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import { LinkLife } from '../../../../src/transport/amqp/link-life.ts';
import { resolveAmqpTransportOptions } from '../../../../src/transport/amqp/options.ts';

function lived() {
  const env = fakeEnv();
  const logger = recordingLogger();
  const options = { urls: 'amqp://x', clientName: 'box', connectTimeoutMs: 1_000, env, logger };
  return { env, life: new LinkLife(resolveAmqpTransportOptions(options)) };
}

const never = new Promise<never>(() => {});

describe('LinkLife', () => {
  test('ends once, with the first cause, and tells late askers too', async () => {
    const { life } = lived();
    const told: string[] = [];
    life.onEnd((cause) => told.push(`early ${cause.message}`));
    expect(life.alive).toBe(true);
    life.end(new Error('first'));
    life.end(new Error('second'));
    life.onEnd((cause) => told.push(`late ${cause.message}`));
    expect(life.alive).toBe(false);
    expect(told).toEqual(['early first', 'late first']);
    expect((await life.ended).message).toBe('first');
  });

  test('pause() lasts its time, or to the end, and leaves no timer', async () => {
    const { env, life } = lived();
    const over: string[] = [];
    void life.pause(500).then(() => over.push('short'));
    void life.pause(5_000).then(() => over.push('long'));
    await env.advance(499);
    expect(over).toEqual([]);
    await env.advance(1);
    expect(over).toEqual(['short']);
    life.end(new Error('cut'));
    await life.pause(500);
    expect(over).toEqual(['short', 'long']);
    expect(env.pendingTimers()).toBe(0);
  });

  test('bounded() passes the answer on and leaves no timer', async () => {
    const { env, life } = lived();
    expect(await life.bounded('queue.declare', Promise.resolve('ok'))).toBe('ok');
    await expect(life.bounded('queue.declare', Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
    expect(env.pendingTimers()).toBe(0);
    expect(life.alive).toBe(true);
  });

  test('bounded() ends the life of a broker that does not answer', async () => {
    const { env, life } = lived();
    const failure = expect(life.bounded('queue.declare', never)).rejects.toThrow(
      'RabbitMQ did not answer within 1000 ms: queue.declare',
    );
    await env.advance(999);
    expect(life.alive).toBe(true);
    await env.advance(1);
    await failure;
    expect(life.alive).toBe(false);
    expect(env.pendingTimers()).toBe(0);
  });

  test('bounded() does not count the time in which there is an excuse', async () => {
    const { env, life } = lived();
    let excused = true;
    const failure = expect(life.bounded('channel.open', never, () => excused)).rejects.toThrow(
      'channel.open',
    );
    await env.advance(5_000);
    expect(life.alive).toBe(true);
    excused = false;
    await env.advance(1_000);
    await failure;
  });

  test('bounded() rejects at the end of the life, and at once after it', async () => {
    const { env, life } = lived();
    const waiting = expect(life.bounded('channel.close', never)).rejects.toThrow('cut');
    life.end(new Error('cut'));
    await waiting;
    await expect(life.bounded('channel.open', never)).rejects.toThrow('cut');
    expect(env.pendingTimers()).toBe(0);
  });
});
