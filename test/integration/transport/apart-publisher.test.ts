import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { eventually } from '../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { AmqpTransport } from '../../../src/transport/amqp/index.ts';
import type { OutboundMessage } from '../../../src/transport/index.ts';
import { type Env, systemEnv } from '../../../src/util/index.ts';
import { makeAmqpTransport } from '../../support/amqp.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';

/** Names of direct reply-to that RabbitMQ's cluster does not know: for each it closes the connection that publishes there (3.10). */
const unknown = [
  'amq.rabbitmq.reply-to.forged.key',
  // Of a node that is not, or no longer, in the cluster.
  'amq.rabbitmq.reply-to.g1h2AA9yZXBseUAxMTExNDY5MDEAAAK8AAAAAGsCLZ4=.X89nxZTYoJhhFSfOM79XUQ==',
];

/** Each rabbitmqctl starts an Erlang machine. */
const slowMs = 120_000;

let vhost: TestVhost;
const transports: AmqpTransport[] = [];
const strangers: ChannelModel[] = [];

beforeAll(async () => {
  vhost = await makeTestVhost('apart');
});
afterEach(async () => {
  for (const stranger of strangers.splice(0)) await stranger.close();
  for (const transport of transports.splice(0)) await transport.close();
});
afterAll(() => vhost.dispose());

/** A connected transport, what it logs, and `idle()`, which lets it find that a minute went by without use. */
async function open() {
  const logger = recordingLogger();
  const { lines } = logger;
  const own = systemEnv();
  const long = new Set<() => void>();
  let aheadMs = 0;
  const env: Env = {
    ...own,
    clock: {
      now: () => own.clock.now() + aheadMs,
      wall: () => own.clock.wall(),
      timer: (ms, fn) => {
        if (ms < 30_000) return own.clock.timer(ms, fn);
        long.add(fn);
        return { cancel: () => void long.delete(fn) };
      },
    },
  };
  const idle = () => {
    aheadMs += 60_000;
    for (const fire of [...long]) fire();
  };
  const clientName = vhost.name('client');
  const transport = makeAmqpTransport(vhost.url, { env, clientName, logger });
  transports.push(transport);
  await transport.connect();
  return { transport, clientName, idle, unplanned: () => lines.filter(({ level }) => level === 'warn') };
}

/** A client that waits for answers by direct reply-to: the name by which it is answered, and what it was told. */
async function asker(): Promise<{ readonly name: string; readonly answers: string[] }> {
  const stranger = await connect(vhost.url);
  strangers.push(stranger);
  const channel = await stranger.createChannel();
  const answers: string[] = [];
  await channel.consume('amq.rabbitmq.reply-to', (message) => void answers.push(String(message?.content)), {
    noAck: true,
  });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.sendToQueue(queue, Buffer.from('?'), { replyTo: 'amq.rabbitmq.reply-to' });
  const asked = await eventually(() => channel.get(queue, { noAck: true }));
  if (asked === false) throw new Error('nothing came');
  return { name: String(asked.properties.replyTo), answers };
}

function answer(routingKey: string, text: string): OutboundMessage {
  return { exchange: '', routingKey, body: new TextEncoder().encode(text), properties: {} };
}

/** What the connections of `clientName` are for. */
async function connections(clientName: string): Promise<string[]> {
  const listed = (await vhost.ctl?.('list_connections', 'client_properties')) ?? '';
  return [...listed.matchAll(new RegExp(`"${clientName} (\\w+)"`, 'g'))].map(([, role = '']) => role).sort();
}

describe('AmqpTransport#publishApart()', () => {
  test('publishes in order, what waits for the connection first', async () => {
    const { transport } = await open();
    const { name, answers } = await asker();
    for (const text of ['1', '2', '3']) expect(transport.publishApart(answer(name, text))).toBe(true);
    await eventually(() => answers.length === 3);
    transport.publishApart(answer(name, '4'));
    await eventually(() => answers.length === 4);
    expect(answers).toEqual(['1', '2', '3', '4']);
    expect(transport.stats.published).toBe(4);
  });

  test.each(unknown)('costs nobody else anything when RabbitMQ closes the connection: %s', async (name) => {
    const { transport, unplanned } = await open();
    const other = await asker();
    transport.publishApart(answer(name, 'forged'));
    await eventually(() => unplanned().length === 1);
    expect(unplanned()[0]).toMatchObject({ fields: { error: { code: 541 } } });
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
    await expect(transport.publishConfirmed(answer('nobody', 'x'))).resolves.toBe('confirmed');
    transport.publishApart(answer(other.name, 'genuine'));
    await eventually(() => other.answers.length === 1);
    expect(other.answers).toEqual(['genuine']);
    expect(transport.status).toMatchObject({ type: 'connected', epoch: 1 });
  });

  test('without it the whole container would lose its connection', async () => {
    const { transport } = await open();
    transport.publish(answer('amq.rabbitmq.reply-to.forged.key', 'x'));
    await eventually(() => transport.status.type === 'connected' && transport.status.epoch === 2);
  });

  const withCtl = process.env.IONCORE_TEST_RABBITMQCTL === undefined ? test.skip : test;
  withCtl(
    'opens its connection when it is needed, and closes it when it is not',
    async () => {
      const { transport, clientName, idle, unplanned } = await open();
      const { name, answers } = await asker();
      expect(await connections(clientName)).toEqual(['consume', 'publish']);
      transport.publishApart(answer(name, 'first'));
      await eventually(() => answers.length === 1);
      expect(await connections(clientName)).toEqual(['apart', 'consume', 'publish']);
      idle();
      await eventually(async () => (await connections(clientName)).length === 2, { withinMs: 20_000 });
      transport.publishApart(answer(name, 'second'));
      await eventually(() => answers.length === 2);
      expect(unplanned()).toEqual([]);
    },
    slowMs,
  );

  test('is false while there is no connection, and throws for what AMQP cannot carry', async () => {
    const { transport } = await open();
    expect(() => transport.publishApart(answer('k'.repeat(256), 'x'))).toThrow('255 bytes');
    await transport.close();
    expect(transport.publishApart(answer('k', 'x'))).toBe(false);
    expect(transport.stats.droppedWhileDisconnected).toBe(1);
  });

  test('close() while the connection opens leaves nothing behind', async () => {
    const { transport, unplanned } = await open();
    transport.publishApart(answer('nobody', 'x'));
    await transport.close();
    expect(transport.status).toEqual({ type: 'closed' });
    expect(unplanned()).toEqual([]);
  });
});
