import { describe, expect, test } from '@jest/globals';
import { type Container, defineService, NoReceiverError, operation, Type } from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { Delivery, MessageProperties, Transport } from '../../../../src/transport/index.ts';
import { Echo } from './processes.ts';
import type { UseSystem } from './runner.ts';

const Depth = defineService({
  name: 'depth',
  version: '1.0.0',
  wire: 'json',
  operations: {
    measure: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.Number(),
      errors: { Aground: Type.Object({ at: Type.String() }) },
      idempotent: true,
    }),
  },
});

const json = { wire: 'json' } as const;

/** What a peer in another language sees and does, played by a transport that knows nothing of containers. */
class Peer {
  readonly requests: Delivery[] = [];
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A program that takes what is addressed to `name` from a queue called `queue`. */
  static async serving(
    transport: Transport,
    { sysname }: Container,
    name: string,
    queue = `${sysname}.${name}`,
  ): Promise<Peer> {
    const peer = new Peer(transport);
    await transport.declareQueue({ name: queue, durable: true, exclusive: false, autoDelete: true });
    await transport.bind({ exchange: sysname, queue, routingKey: name });
    await transport.consume({
      queue,
      prefetch: 0,
      onDelivery: (delivery) => {
        delivery.ack();
        peer.requests.push(delivery);
      },
    });
    return peer;
  }

  /** The request of that number, from 1 on, when it has come. */
  async request(number: number): Promise<Delivery> {
    const request = await eventually(() => this.requests[number - 1]);
    if (request === undefined) throw new Error('no request');
    return request;
  }

  /** Answers as a program would that knows AMQP's properties and no more, unless `properties` say otherwise. */
  answer(
    { properties: { replyTo = '', correlationId = '' } }: Delivery,
    body: string,
    properties: MessageProperties = {},
  ): void {
    this.#transport.publish({
      exchange: '',
      routingKey: replyTo,
      body: new TextEncoder().encode(body),
      properties: { correlationId, ...properties },
    });
  }
}

/** Names that programs of other languages serve, called with plain JSON. */
export function describeJsonPeers(useSystem: UseSystem): void {
  describe('JSON peers', () => {
    const system = useSystem();

    async function two(options: Parameters<typeof system.current.container>[0] = {}) {
      const caller = await system.current.container(options);
      const stranger = await system.current.stranger();
      const peer = await Peer.serving(stranger, caller, 'depth');
      return { caller, stranger, peer };
    }

    function content({ body }: Delivery): unknown {
      return JSON.parse(Buffer.from(body).toString());
    }

    test('row 21: a call is one AMQP message: operation, conversation, our own queue, what is left of its time', async () => {
      const { caller, peer } = await two();
      const call = caller.rpcSend(
        'depth',
        'measure',
        { at: 'bow', $bytes: Uint8Array.of(1), on: new Date(0) },
        { ...json, timeoutMs: 5000 },
      );
      const request = await peer.request(1);
      expect(request).toMatchObject({ exchange: caller.sysname, routingKey: 'depth' });
      expect(request.properties).toMatchObject({
        contentType: 'application/json',
        type: 'measure',
        expirationMs: 5000,
        replyTo: `${caller.sysname}~inbox.${caller.id}~1`,
        correlationId: expect.stringMatching(/^[\w-]{11,}#1$/),
      });
      expect(request.properties).not.toHaveProperty('headers');
      expect(content(request)).toEqual({
        at: 'bow',
        $bytes: { $bytes: 'AQ==' },
        on: { $date: '1970-01-01T00:00:00.000Z' },
      });
      peer.answer(request, '{"depth": 12.5, "on": {"$date": "1970-01-01T00:00:01Z"}}');
      expect(await call).toEqual({ depth: 12.5, on: new Date(1000) });
    });

    test.each([
      ['neither header', {}],
      [
        'ours of success',
        { type: 'result', headers: { status: 'OK', performative: 'inform_result', 'response-code': 200 } },
      ],
      ['others', { contentType: 'application/json; charset=utf-8', headers: { status: 7, x: 'y' } }],
    ])('an answer with %s is a success', async (_name, properties) => {
      const { caller, peer } = await two();
      const call = caller.rpcSend('depth', 'measure', null, json);
      peer.answer(await peer.request(1), '"deep"', properties);
      expect(await call).toBe('deep');
      expect(caller.info().conversations).toMatchObject({ pending: 0, forgedReplies: 0 });
    });

    test('an answer without a body is null', async () => {
      const { caller, peer } = await two();
      const call = caller.rpcSend('depth', 'measure', null, json);
      peer.answer(await peer.request(1), '');
      expect(await call).toBeNull();
    });

    test.each([
      [
        { headers: { status: 'ERROR' } },
        '{"code": "NotFound", "message": "no such place"}',
        { code: 'NotFound', status: 404, message: 'no such place' },
      ],
      [
        { headers: { performative: 'failure' } },
        '{"code": "Fog", "message": "nothing", "status": 503, "details": {"metres": 3}}',
        { code: 'Fog', status: 503, details: { metres: 3 } },
      ],
      [
        { headers: { performative: 'refuse' } },
        '{"code": "Forbidden", "message": "not you"}',
        { code: 'Forbidden', status: 403 },
      ],
      [
        { headers: { status: 'ERROR' } },
        '"some text"',
        { code: 'Internal', details: { content: 'some text' } },
      ],
      [{}, '{"broken', { code: 'Internal', message: expect.stringContaining('cannot be read') }],
    ])('an answer with %j and %s is an error', async (properties, body, error) => {
      const { caller, peer } = await two();
      const call = caller.rpcSend('depth', 'measure', null, json);
      peer.answer(await peer.request(1), body, properties);
      await expect(call).rejects.toMatchObject(error);
    });

    test('a contract with wire json: typed both ways, its declared errors by their classes', async () => {
      const { caller, peer } = await two();
      const depth = caller.client(Depth);
      const good = depth.measure({ at: 'bow' });
      peer.answer(await peer.request(1), '12.5');
      expect(await good).toBe(12.5);
      const wrong = depth.measure({ at: 'stern' });
      peer.answer(await peer.request(2), '"deep"');
      await expect(wrong).rejects.toMatchObject({ code: 'Internal' });
      const declared = depth.measure({ at: 'keel' });
      peer.answer(
        await peer.request(3),
        '{"code": "Aground", "message": "ouch", "details": {"at": "keel"}}',
        {
          headers: { status: 'ERROR' },
        },
      );
      await expect(declared).rejects.toBeInstanceOf(Depth.errors.Aground);
    });

    test('names in the configuration are called with JSON whoever calls them; a call may say otherwise', async () => {
      const { caller, peer } = await two({ exchange: { jsonServices: ['depth'] } });
      const call = caller.rpcSend('depth', 'measure', 1);
      const request = await peer.request(1);
      expect(request.properties.contentType).toBe('application/json');
      peer.answer(request, '2');
      expect(await call).toBe(2);
      const frames = caller.rpcSend('depth', 'measure', 1, { wire: 'frames', timeoutMs: 2000 });
      expect((await peer.request(2)).properties.contentType).toBe('application/vnd.ioncore.v1+msgpack');
      await expect(frames).rejects.toMatchObject({ code: 'Timeout' });
    });

    test('headers that are words or numbers travel, what concerns containers alone does not', async () => {
      const { caller, peer } = await two();
      const headers = { deck: 'upper', n: 3 };
      const call = caller.rpcSend('depth', 'measure', 1, { ...json, headers, actAs: 'captain' });
      const request = await peer.request(1);
      expect(request.properties.headers).toEqual({ deck: 'upper', n: 3 });
      peer.answer(request, '1');
      await call;
      const tooMuch = caller.rpcSend('depth', 'measure', 1, { ...json, headers: { deck: ['upper'] } });
      await expect(tooMuch).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining("'deck'"),
      });
      expect(caller.info().conversations.pending).toBe(0);
    });

    test('a one-way message is one AMQP message that waits for nobody’s answer; it is confirmed, or nobody has the name', async () => {
      const { caller, peer } = await two();
      await caller.send('depth', 'note', 'shoal', json);
      const request = await peer.request(1);
      expect(request.properties).toMatchObject({
        contentType: 'application/json',
        type: 'note',
        persistent: true,
      });
      expect(request.properties).not.toHaveProperty('replyTo');
      expect(request.properties).not.toHaveProperty('correlationId');
      await expect(caller.send('nobody', 'note', 1, json)).rejects.toBeInstanceOf(NoReceiverError);
    });

    test('nobody has the name: NoReceiver at once', async () => {
      const { caller } = await two();
      await expect(caller.rpcSend('nobody', 'measure', 1, json)).rejects.toMatchObject({
        code: 'NoReceiver',
        details: { receiver: 'nobody', executed: 'no' },
      });
    });

    test('a peer that does not answer: Timeout at the deadline; its late answer is counted', async () => {
      const { caller, peer } = await two();
      const call = caller.rpcSend('depth', 'measure', 1, { ...json, timeoutMs: 50 });
      await expect(call).rejects.toMatchObject({ code: 'Timeout' });
      peer.answer(await peer.request(1), '1');
      await eventually(() => caller.info().conversations.lateReplies === 1);
    });

    test('a peer may take its messages from a queue of any name: that is no missing instance', async () => {
      const caller = await system.current.container();
      const peer = await Peer.serving(await system.current.stranger(), caller, 'slow', 'a queue of its own');
      const call = caller.rpcSend('slow', 'think', 1, { ...json, timeoutMs: 1800 });
      await peer.request(1);
      await expect(call).rejects.toMatchObject({ code: 'Timeout' });
    });

    test('a peer that has ended and left its queue behind: Unavailable, no instance', async () => {
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      const queue = `${caller.sysname}.gone`;
      await stranger.declareQueue({ name: queue, durable: true, exclusive: false, autoDelete: false });
      await stranger.bind({ exchange: caller.sysname, queue, routingKey: 'gone' });
      await expect(caller.rpcSend('gone', 'measure', 1, json)).rejects.toMatchObject({
        code: 'Unavailable',
        details: { reason: 'no instance' },
      });
      await stranger.deleteQueue(queue);
    });

    test('giving a call up tells the peer nothing, and its answer is late', async () => {
      const { caller, peer } = await two();
      const given = new AbortController();
      const call = caller.rpcSend('depth', 'measure', 1, { ...json, signal: given.signal });
      const request = await peer.request(1);
      given.abort('changed my mind');
      await expect(call).rejects.toMatchObject({ code: 'Cancelled' });
      peer.answer(request, '1');
      await eventually(() => caller.info().conversations.lateReplies === 1);
      expect(peer.requests).toHaveLength(1);
    });

    test('a lost connection: Unavailable at once; an idempotent call is sent again and answered in the new queue', async () => {
      const { caller, peer } = await two();
      const once = caller.rpcSend('depth', 'sink', 1, json);
      const again = caller.client(Depth).measure({ at: 'bow' });
      await peer.request(2);
      system.current.cut(caller);
      await expect(once).rejects.toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
      const request = await peer.request(3);
      expect(request.properties.replyTo).toBe(`${caller.sysname}~inbox.${caller.id}~2`);
      expect(request.properties.correlationId).toBe(peer.requests[1]?.properties.correlationId);
      peer.answer(request, '3');
      expect(await again).toBe(3);
    });

    test('a JSON answer to a call that was none, or to nothing, is counted and changes nothing', async () => {
      const { caller, stranger, peer } = await two();
      const host = await system.current.container();
      const framed = await Peer.serving(stranger, caller, 'framed');
      const id = await host.processes.spawn(Echo);
      const calls = [
        caller.rpcSend('framed', 'wait', 1, { timeoutMs: 1500 }),
        caller.rpcSend('depth', 'measure', 1, json),
      ];
      const request = await peer.request(1);
      await framed.request(1);
      const conversation = request.properties.correlationId?.replace('#2', '#1') ?? '';
      peer.answer(request, '"forged"', { correlationId: conversation });
      peer.answer(request, '"forged"', { correlationId: 'guess' });
      peer.answer(request, '"to nothing"', { correlationId: '' });
      await eventually(() => caller.info().conversations.forgedReplies === 2);
      await eventually(() => caller.info().inbox.undecodable === 1);
      peer.answer(request, '"true"');
      expect(await calls[1]).toBe('true');
      await expect(calls[0]).rejects.toMatchObject({ code: 'Timeout' });
      expect(await caller.rpcSend(id, 'a')).toBe('a');
    });

    test('what a JSON peer cannot do is refused at the caller', async () => {
      const { caller, peer } = await two({ exchange: { jsonServices: ['depth'] } });
      const bad = { code: 'BadRequest' };
      await expect(caller.rpcSend('depth', 'measure', 1, { protocol: 'request' })).rejects.toMatchObject(bad);
      await expect(
        caller.rpcSend('depth', 'measure', 1, { onProgress: () => undefined }),
      ).rejects.toMatchObject(bad);
      await expect(caller.stream('depth', 'measure', 1).next()).rejects.toMatchObject(bad);
      await expect(caller.rpcSend('ship_1.4', 'measure', 1, json)).rejects.toMatchObject(bad);
      await expect(caller.send('ship_1.4', 'measure', 1, json)).rejects.toMatchObject(bad);
      await expect(caller.rpcSend('depth', 'measure', new Map(), json)).rejects.toMatchObject(bad);
      expect(peer.requests).toEqual([]);
      expect(caller.info().conversations.pending).toBe(0);
    });

    test('a name that this container serves itself is called here', async () => {
      const caller = await system.current.container();
      await caller.processes.spawn(Echo, { serviceName: 'depth' });
      expect(await caller.rpcSend('depth', 'echo', 'here', json)).toBe('here');
    });

    test('a container that is called with JSON says so at once, and runs nothing', async () => {
      const caller = await system.current.container();
      const host = await system.current.container();
      const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
      await expect(caller.rpcSend('echo', 'echo', 1, json)).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringContaining("without wire 'json'"),
      });
      expect(host.processes.get(id)).toMatchObject({ received: [] });
      await caller.send('echo', 'echo', 'one way', json);
      await eventually(() => (host.processes.get(id) as Echo).received.length === 1);
    });
  });
}
