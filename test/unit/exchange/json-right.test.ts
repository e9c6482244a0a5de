import { describe, expect, test } from '@jest/globals';
import { ContainerError, UnavailableError } from '../../../src/errors/index.ts';
import { JsonRight } from '../../../src/exchange/json-right.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import type { QueueSpec } from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from './bed.ts';

/** A broker that answers the question as the test says. */
class AskedTransport extends ScriptedTransport {
  readonly asked: QueueSpec[] = [];
  readonly deleted: string[] = [];
  refusal: Error | undefined;

  override async declareQueue(spec?: QueueSpec): Promise<void> {
    if (spec !== undefined) this.asked.push(spec);
    if (this.refusal !== undefined) throw this.refusal;
  }
  override async deleteQueue(name?: string): Promise<void> {
    if (name !== undefined) this.deleted.push(name);
  }
}

function makeRight() {
  const env = fakeEnv();
  const transport = new AskedTransport();
  return { env, transport, right: new JsonRight(identity, transport, env.clock) };
}

const forbidden = new ContainerError('Forbidden', "access to exchange 'amq.default' refused");

describe('JsonRight', () => {
  test('is not known before the broker was asked', () => {
    expect(makeRight().right.isGranted).toBeUndefined();
  });

  test('asks by a queue of the container’s own that dead-letters to the default exchange, and removes it', async () => {
    const { transport, right } = makeRight();
    await right.ask();
    expect(right.isGranted).toBe(true);
    expect(transport.asked).toMatchObject([
      { name: 'fleet~inbox.shore~json', perEpoch: true, exclusive: true, deadLetterExchange: '' },
    ]);
    expect(transport.deleted).toEqual(['fleet~inbox.shore~json']);
  });

  test('is refused when the broker says Forbidden, and nothing else', async () => {
    const { transport, right } = makeRight();
    transport.refusal = forbidden;
    await right.ask();
    expect(right.isGranted).toBe(false);
    const other = makeRight();
    other.transport.refusal = new UnavailableError('no connection');
    await other.right.ask();
    expect(other.right.isGranted).toBe(true);
  });

  test('two who ask at once ask once', async () => {
    const { transport, right } = makeRight();
    await Promise.all([right.ask(), right.ask()]);
    expect(transport.asked).toHaveLength(1);
  });

  test('a refusal is believed for ten seconds, then it is not known', async () => {
    const { env, transport, right } = makeRight();
    transport.refusal = forbidden;
    await right.ask();
    await env.advance(9_999);
    expect(right.isGranted).toBe(false);
    await env.advance(1);
    expect(right.isGranted).toBeUndefined();
    expect(transport.asked).toHaveLength(1);
  });

  test('a right is asked for again after ten seconds on the side, and is gone if it was taken', async () => {
    const { env, transport, right } = makeRight();
    await right.ask();
    await env.advance(10_000);
    transport.refusal = forbidden;
    expect(right.isGranted).toBe(true);
    await right.ask();
    expect(transport.asked).toHaveLength(2);
    expect(right.isGranted).toBe(false);
  });
});
