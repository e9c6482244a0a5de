import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import { IllegalStateError, UnavailableError } from '../../../src/errors/index.ts';
import { EventExchange } from '../../../src/exchange/event-exchange.ts';
import type { Outgoing } from '../../../src/exchange/index.ts';
import { Retries } from '../../../src/exchange/retries.ts';
import {
  EventPublisher,
  type EventToPublish,
  type PublishOptions,
} from '../../../src/interact/event-publisher.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { ExchangeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { identity, message, ScriptedTransport } from '../exchange/bed.ts';

/** Writes down what is declared; a declaration takes until it is let go, or is refused. */
class SlowTransport extends ScriptedTransport {
  readonly declared: (string | undefined)[] = [];
  gate: Promise<void> = Promise.resolve();
  override async declareExchange(exchange?: ExchangeSpec): Promise<void> {
    this.declared.push(exchange?.name);
    await this.gate;
  }
  override async declareQueue(queue?: QueueSpec): Promise<void> {
    this.declared.push(queue?.name);
    await this.gate;
  }
}

function makePublisher() {
  const transport = new SlowTransport();
  const parts = { identity, env: fakeEnv(), codec: new Codec(), logger: recordingLogger(), transport };
  const policy = { attempts: 3, delaysMs: [20] };
  const retries = new Retries({ ...parts, policy, reread: () => message(), onDead: () => undefined });
  const exchange = new EventExchange({
    ...parts,
    inbox: { takeEvent: () => undefined },
    retries,
    publishTimeoutMs: 1_000,
    trustedUsers: new Set(),
  });
  const walked: Outgoing[] = [];
  let closed: Error | undefined;
  const publisher = new EventPublisher({
    exchange,
    assertOpen: () => {
      if (closed !== undefined) throw closed;
    },
    walkOut: (outgoing) => {
      walked.push(outgoing);
      if (outgoing.publication !== undefined) exchange.publish(outgoing, outgoing.publication);
    },
  });
  return {
    transport,
    walked,
    close: (error: Error) => {
      closed = error;
    },
    publish: (content: unknown, event: Partial<EventToPublish> = {}, options: PublishOptions = {}) =>
      publisher.publish(
        {
          sender: 'shore.1',
          type: 'sensor.depth',
          origin: 'ship 7',
          content,
          guarantee: 'live',
          retention: undefined,
          ...event,
        },
        options,
        undefined,
      ),
    contents: () => walked.map((one) => one.message.content),
  };
}

describe('EventPublisher#publish()', () => {
  test('walks out as a message to the topic, of its type, from its sender', async () => {
    const { publish, walked } = makePublisher();
    expect(await publish({ m: 1 }, {}, { headers: { note: 'urgent' }, actAs: 'captain' })).toBe('sent');
    expect(walked).toMatchObject([
      {
        message: {
          performative: 'none',
          sender: 'shore.1',
          receiver: '~sensor.depth.ship_x20_7',
          op: 'sensor.depth',
          content: { m: 1 },
          headers: { note: 'urgent', 'user-id': 'captain' },
        },
        publication: { topic: 'sensor.depth.ship_x20_7', guarantee: 'live', isMandatory: false },
      },
    ]);
  });

  test('declares once what must be there before the first one, and waits for it', async () => {
    const { publish, transport, walked, contents } = makePublisher();
    let open = (): void => undefined;
    transport.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = [publish(1), publish(2)];
    await turns(2);
    expect(walked).toEqual([]);
    open();
    expect(await Promise.all(first)).toEqual(['sent', 'sent']);
    // From here on at once.
    void publish(3);
    expect(contents()).toEqual([1, 2, 3]);
    expect(transport.declared).toEqual(['fleet~events']);
  });

  test('declares the log of each replayed type, once', async () => {
    const { publish, transport } = makePublisher();
    for (const type of ['sensor.depth', 'sensor.wind', 'sensor.depth'])
      expect(await publish(1, { type, guarantee: 'replay' })).toBe('confirmed');
    const logs = transport.declared.filter((name) => name?.includes('~stream.'));
    expect(logs).toEqual(['fleet~stream.sensor.depth', 'fleet~stream.sensor.wind']);
  });

  test.each(['live', 'replay'] as const)(
    'nothing of a type (%s) overtakes what waits, whenever it comes',
    async (guarantee) => {
      const { publish, transport, contents } = makePublisher();
      let open = (): void => undefined;
      transport.gate = new Promise((resolve) => {
        open = resolve;
      });
      const all = [publish(0, { guarantee }), publish(1, { guarantee })];
      await turns(2);
      open();
      for (let number = 2; number < 40; number += 1) {
        await Promise.resolve();
        all.push(publish(number, { guarantee }));
      }
      await Promise.all(all);
      expect(contents()).toEqual(Array.from({ length: 40 }, (_, number) => number));
    },
  );

  test('what is refused may be published when the broker takes it', async () => {
    const { publish, transport, walked } = makePublisher();
    const lost = new UnavailableError('lost');
    transport.gate = Promise.reject(lost);
    await expect(publish(1)).rejects.toBe(lost);
    transport.gate = Promise.resolve();
    expect(await publish(2)).toBe('sent');
    transport.gate = Promise.reject(lost);
    await expect(publish(3, { guarantee: 'replay' })).rejects.toBe(lost);
    transport.gate = Promise.resolve();
    expect(await publish(4, { guarantee: 'replay' })).toBe('confirmed');
    expect(walked).toHaveLength(2);
  });

  test('rejects, and never throws, for what cannot be published', async () => {
    const { publish, walked, close } = makePublisher();
    for (const isFirst of [true, false]) {
      if (!isFirst) await publish(0);
      await expect(publish(1, { type: 'sensor.*' })).rejects.toMatchObject({ code: 'BadRequest' });
      await expect(publish(1, { origin: '' })).rejects.toMatchObject({ code: 'BadRequest' });
      await expect(publish(1, {}, { headers: { expiry: 5 } })).rejects.toThrow(
        "the header 'expiry' is set by",
      );
      await expect(publish(() => 1)).rejects.toMatchObject({ code: 'BadRequest' });
    }
    walked.length = 0;
    const stopped = new IllegalStateError('stopped');
    close(stopped);
    await expect(publish(1)).rejects.toBe(stopped);
    expect(walked).toEqual([]);
  });

  test('remembers topics, and not without end', async () => {
    const { publish, walked } = makePublisher();
    for (let number = 0; number < 20_005; number += 1)
      void publish(number, { origin: `ship${number % 10_001}` });
    await publish('last', { origin: 'ship0' });
    const wrong = walked.filter(
      ({ message: { content, receiver } }) =>
        typeof content === 'number' && receiver !== `~sensor.depth.ship${content % 10_001}`,
    );
    expect(wrong).toEqual([]);
    expect(walked.at(-1)?.message.receiver).toBe('~sensor.depth.ship0');
  });
});
