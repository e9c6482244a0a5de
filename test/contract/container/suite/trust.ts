import { describe, expect, test } from '@jest/globals';
import { Codec, ionHeaders, type MessageFields, makeMessage } from '../../../../src/codec/index.ts';
import { type Container, ContainerError } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { Delivery, Transport } from '../../../../src/transport/index.ts';
import { Echo, Failing, Stuck, Worker } from './processes.ts';
import type { UseSystem } from './runner.ts';

/** What strangers, broken peers and liars on the bus can and cannot do. */
export function describeTrust(useSystem: UseSystem): void {
  describe('trust', () => {
    const system = useSystem();

    test.each(['terminate', 'activate', 'sys_procexit'])(
      "'%s' is not taken from another container",
      async (op) => {
        const host = await system.current.container();
        const other = await system.current.container();
        const id = await host.processes.spawn(Echo);
        await expect(other.rpcSend(id, op)).rejects.toMatchObject({ code: 'Unauthorized', status: 401 });
        await other.send(id, op);
        expect(await other.rpcSend(id, 'a')).toBe('a');
        expect(host.processes.get(id)?.state).toBe('ACTIVE');
      },
    );

    test('a reply from a container that was not asked is ignored and counted', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      const id = await host.processes.spawn(Stuck);
      const call = caller.rpcSend(id, 'wait');
      const stuck = host.processes.get(id) as Stuck;
      await eventually(() => stuck.begun === 1);
      const [conversationId = ''] = stuck.conversations;
      publishFrame(stranger, 'mallory', caller, {
        performative: 'inform_result',
        conversationId,
        content: 'forged',
      });
      await eventually(() => caller.info().conversations.forgedReplies === 1);
      stuck.release();
      expect(await call).toBe('released');
    });

    test('an acting user is neither the caller’s to name nor a stranger’s to claim', async () => {
      const host = await system.current.container();
      const stranger = await system.current.stranger();
      const id = await host.processes.spawn(Echo);
      const headers = { 'user-id': 'ROOT' };
      await expect(host.rpcSend(id, 'echo', 1, { headers })).rejects.toMatchObject({ code: 'BadRequest' });
      await expect(host.send(id, 'echo', 1, { headers })).rejects.toMatchObject({ code: 'BadRequest' });
      const claim = { performative: 'none', op: 'echo', headers: { ...headers, mine: 'x' } } as const;
      publishFrame(stranger, 'mallory', host, { ...claim, receiver: id });
      const echo = host.processes.get(id) as Echo;
      await eventually(() => echo.received.length === 1);
      expect(echo.headers[0]?.headers).toEqual({ mine: 'x' });
      expect(
        ionHeaders(echo.headers[0] ?? makeMessage({ performative: 'none', sender: '', receiver: '' })),
      ).toMatchObject({
        'user-id': 'ANONYMOUS',
      });
    });

    test('a sender that cannot be answered harms nobody', async () => {
      const host = await system.current.container();
      const stranger = await system.current.stranger();
      const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
      const codec = new Codec();
      for (const sender of ['a'.repeat(250), 'ship.x.9', '#.1', '~.1']) {
        const message = makeMessage({
          performative: 'request',
          conversationId: 'x',
          sender,
          receiver: 'echo',
          op: 'a',
        });
        stranger.publish({
          exchange: host.sysname,
          routingKey: 'echo',
          body: codec.encodeFrame({ container: 'm', sysname: host.sysname, sentAt: 1 }, [
            codec.encodeEnvelope(message, 'm'),
          ]),
          properties: { contentType: 'application/vnd.ioncore.v1+msgpack' },
        });
      }
      await eventually(async () => (await stranger.inspectQueue(`${host.sysname}.echo`))?.messages === 0);
      expect(await host.rpcSend(id, 'a')).toBe('a');
      const caller = await system.current.container();
      expect(await caller.rpcSend('echo', 'a')).toBe('a');
    });

    test('a cancel runs nothing', async () => {
      const host = await system.current.container();
      const stranger = await system.current.stranger();
      const id = await host.processes.spawn(Echo);
      publishFrame(stranger, 'mallory', host, {
        performative: 'cancel',
        op: 'echo',
        receiver: id,
        content: 'cancelled',
      });
      publishFrame(stranger, 'mallory', host, {
        performative: 'none',
        op: 'echo',
        receiver: id,
        content: 'sent',
      });
      const echo = host.processes.get(id) as Echo;
      await eventually(() => echo.received.length > 0);
      expect(echo.received).toEqual(['sent']);
    });

    test('pings from outside are bounded as other messages are', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Stuck, { mailboxLimit: 3 });
      const stuck = host.processes.get(id) as Stuck;
      const call = caller.rpcSend(id, 'wait');
      await eventually(() => stuck.begun === 1);
      const pings = Array.from({ length: 10 }, () =>
        caller.rpcSend(id, 'ping').catch((error: unknown) => error),
      );
      await eventually(() => host.processes.list()[0]?.load === 4);
      stuck.release();
      const answers = await Promise.all(pings);
      expect(
        answers.filter((answer) => answer instanceof ContainerError && answer.code === 'Overloaded'),
      ).toHaveLength(7);
      expect(await call).toBe('released');
    });

    test('a reply to no open call is ignored and counted', async () => {
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      publishFrame(stranger, 'mallory', caller, {
        performative: 'inform_result',
        conversationId: 'guess#1',
        content: 1,
      });
      await eventually(() => caller.info().conversations.forgedReplies === 1);
    });

    test('row 17: what cannot be read is counted, settled and stops nothing', async () => {
      const host = await system.current.container();
      const stranger = await system.current.stranger();
      await host.processes.spawn(Worker);
      const frame = 'application/vnd.ioncore.v1+msgpack';
      const codec = new Codec();
      const good = codec.encodeFrame({ container: 'c', sysname: host.sysname, sentAt: 1 }, [
        codec.encodeEnvelope(
          makeMessage({ performative: 'none', sender: 'c.1', receiver: 'work', op: 'work' }),
          'c',
        ),
      ]);
      const foreign = codec.encodeFrame({ container: 'c', sysname: 'elsewhere', sentAt: 1 }, [
        codec.encodeEnvelope(
          makeMessage({ performative: 'none', sender: 'c.1', receiver: 'work', op: 'work' }),
          'c',
        ),
      ]);
      const bad: readonly (readonly [Uint8Array, string | undefined])[] = [
        [Uint8Array.of(), frame],
        [good.subarray(0, good.length - 1), frame],
        [Uint8Array.of(...good, 0), frame],
        [Uint8Array.from(good, (byte, index) => (index === 1 ? 2 : byte)), frame],
        [new Uint8Array(100).fill(0xdd), frame],
        [foreign, frame],
        [good, 'text/plain'],
        [text('{"text":'), 'application/json'],
        [text('['.repeat(100_000)), 'application/json'],
        [text('{}'), undefined],
      ];
      for (const routingKey of ['work', `~${host.id}`]) {
        for (const [body, contentType] of bad) {
          stranger.publish({
            exchange: host.sysname,
            routingKey,
            body,
            properties: { ...(contentType !== undefined && { contentType }) },
          });
        }
      }
      await eventually(() => host.info().inbox.undecodable === bad.length * 2);
      await eventually(async () => (await stranger.inspectQueue(`${host.sysname}.work`))?.messages === 0);
      const caller = await system.current.container();
      expect(await caller.rpcSend('work', 'work', 'on')).toBe('on');
    });

    test('row 21: plain JSON is a call like any other: operation in type, answer to reply_to', async () => {
      const { stranger, replies, host } = await jsonPeer();
      await host.processes.spawn(Echo, { serviceName: 'echo' });
      const ask = (body: string, properties: object) =>
        stranger.publish({
          exchange: host.sysname,
          routingKey: 'echo',
          body: text(body),
          properties: { contentType: 'application/json', replyTo: 'replies', ...properties },
        });
      ask('{"depth": 12.5, "$x": [null, true]}', { type: 'echo', correlationId: 'one' });
      ask('[1]', { headers: { op: 'echo' } });
      ask('[1]', { type: 'fly', correlationId: 'three' });
      ask('{"broken', { type: 'echo', correlationId: 'four' });
      ask('1', { correlationId: 'five' });
      await eventually(() => replies.length === 5);
      const byId = (id: string | undefined) => {
        const found = replies.find(({ properties }) => properties.correlationId === id);
        return {
          ...found?.properties,
          content: JSON.parse(Buffer.from(found?.body ?? []).toString() || 'null'),
        };
      };
      expect(byId('one')).toMatchObject({
        contentType: 'application/json',
        type: 'result',
        headers: { performative: 'inform_result', status: 'OK', 'response-code': 200 },
        content: { depth: 12.5, $x: [null, true] },
      });
      expect(byId(undefined)).toMatchObject({ headers: { status: 'OK' }, content: [1] });
      expect(byId('three')).toMatchObject({
        headers: { performative: 'failure', status: 'ERROR', 'response-code': 404 },
        content: { code: 'NotFound' },
      });
      expect(byId('four')).toMatchObject({
        headers: { status: 'ERROR', 'response-code': 400 },
        content: { code: 'BadRequest' },
      });
      expect(byId('five')).toMatchObject({
        headers: { 'response-code': 400 },
        content: { code: 'BadRequest' },
      });
    });

    test('a JSON message without reply_to is one way; errors of handlers cross as JSON', async () => {
      const { stranger, replies, host } = await jsonPeer();
      const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
      await host.processes.spawn(Failing, { serviceName: 'failing' });
      const properties = { contentType: 'application/json', type: 'echo' };
      stranger.publish({ exchange: host.sysname, routingKey: 'echo', body: text('"ahoy"'), properties });
      stranger.publish({ exchange: host.sysname, routingKey: `~${id}`, body: text('"by id"'), properties });
      const echo = host.processes.get(id) as Echo;
      await eventually(() => echo.received.length === 2);
      expect(new Set(echo.received)).toEqual(new Set(['ahoy', 'by id']));
      stranger.publish({
        exchange: host.sysname,
        routingKey: 'failing',
        body: text('null'),
        properties: { type: 'application', replyTo: 'replies' },
      });
      await eventually(() => replies.length === 1);
      expect(JSON.parse(Buffer.from(replies[0]?.body ?? []).toString())).toEqual({
        code: 'OutOfStock',
        message: 'no more pumps',
        status: 409,
        details: { left: 0 },
      });
    });

    test('a JSON message that wants its answer in somebody else’s queue is not run', async () => {
      const { stranger, host } = await jsonPeer();
      const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
      for (const replyTo of [
        `${host.sysname}.echo`,
        `${host.sysname}~inbox.${host.id}~1`,
        'somebody',
        'amq.topic',
      ]) {
        stranger.publish({
          exchange: host.sysname,
          routingKey: 'echo',
          body: text('1'),
          properties: { type: 'echo', replyTo },
        });
      }
      await eventually(() => host.info().inbox.undecodable === 4);
      expect((host.processes.get(id) as Echo).received).toEqual([]);
    });

    test('a JSON message cannot terminate a process', async () => {
      const { stranger, replies, host } = await jsonPeer();
      const id = await host.processes.spawn(Echo);
      stranger.publish({
        exchange: host.sysname,
        routingKey: `~${id}`,
        body: text('null'),
        properties: { type: 'terminate', replyTo: 'replies' },
      });
      await eventually(() => replies.length === 1);
      expect(JSON.parse(Buffer.from(replies[0]?.body ?? []).toString())).toMatchObject({
        code: 'Unauthorized',
      });
      expect(host.processes.get(id)?.state).toBe('ACTIVE');
    });

    async function jsonPeer(): Promise<{ stranger: Transport; replies: Delivery[]; host: Container }> {
      const host = await system.current.container({ exchange: { jsonReplyTo: ['replies'] } });
      const stranger = await system.current.stranger();
      const replies: Delivery[] = [];
      await stranger.declareQueue({ name: 'replies', durable: false, exclusive: true, autoDelete: false });
      await stranger.consume({
        queue: 'replies',
        prefetch: 0,
        noAck: true,
        onDelivery: (delivery) => replies.push(delivery),
      });
      return { stranger, replies, host };
    }
  });
}

function text(json: string): Uint8Array {
  return new TextEncoder().encode(json);
}

export function publishFrame(
  stranger: Transport,
  container: string,
  target: Container,
  fields: Partial<MessageFields> & Pick<MessageFields, 'performative'>,
): void {
  const codec = new Codec();
  const message = makeMessage({ receiver: `${target.id}.0`, ...fields, sender: `${container}.1` });
  stranger.publish({
    exchange: target.sysname,
    routingKey: `~${target.id}`,
    body: codec.encodeFrame({ container, sysname: target.sysname, sentAt: 1 }, [
      codec.encodeEnvelope(message, container),
    ]),
    properties: { contentType: 'application/vnd.ioncore.v1+msgpack' },
  });
}
