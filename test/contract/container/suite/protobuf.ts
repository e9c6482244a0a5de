import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  BadRequestError,
  fromProto,
  type Handlers,
  type Interceptor,
  type Message,
  messageInfo,
  type ProtoOperation,
  protoService,
  ServiceProcess,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { type HelloReply, type HelloRequest, HelloService } from '../../../types/proto-hello.ts';
import type { UseSystem } from './runner.ts';

/** Notes what it is asked, and answers as the request says. */
class Hello extends ServiceProcess.for(HelloService) implements Handlers<typeof HelloService> {
  readonly requests: HelloRequest[] = [];

  op_SayHello(request: HelloRequest) {
    this.requests.push(request);
    if (request.name === 'liar') return { text: JSON.parse('5') };
    return {
      text: `Hello there, ${request.name}`,
      code: 'RESPONSE_CODE_ACCEPTED',
      times: this.requests.length,
    } as const;
  }
  op_ListGreeted() {
    return { times: Object.fromEntries(this.requests.map(({ name }) => [name, 1n])) };
  }
  op_Forget(): void {
    this.requests.length = 0;
  }
}

interface Port {
  name: string;
  berths: number;
}
interface Route {
  to?: Port;
  bearings: number[];
  id: bigint;
  further?: Route;
}
const Pilot = await fromProto<{
  Guide: ProtoOperation<Port, Route>;
  Follow: ProtoOperation<Port, Route, 'stream'>;
  Rest: ProtoOperation<null, null>;
}>(join(import.meta.dirname, '../../../unit/process/fixtures/proto/pilot.proto'), 'fleet.v1.Pilot');

class PilotService extends ServiceProcess.for(Pilot) implements Handlers<typeof Pilot> {
  op_Guide(to: Port) {
    return { to, bearings: [1.5], id: 2n ** 63n, further: { to: { name: 'sea' } } };
  }
  async *op_Follow(to: Port) {
    for (let id = 1; id <= to.berths; id += 1) yield id === 13 ? JSON.parse('{"id": "x"}') : { to, id };
  }
  op_Rest(): void {}
}

/** Two versions of one service; the older one stands in the middle and knows one field. */
const parcel = (fields: object) => ({ nested: { t: { nested: { Parcel: { fields: { ...fields } } } } } });
const to = { to: { type: 'string', id: 1 } };
const newer = { ...to, weight: { type: 'uint64', id: 2 }, inner: { type: '.t.Parcel', id: 3 } };
interface OldParcel {
  to: string;
}
interface NewParcel extends OldParcel {
  weight: bigint;
  inner?: NewParcel;
}
const types = (fields: object) => ({ types: JSON.parse(JSON.stringify(parcel(fields))) });
const pass = { content: 't.Parcel', result: 't.Parcel' };
const Older = protoService<{ Pass: ProtoOperation<OldParcel, OldParcel> }>({
  name: 't.Post',
  operations: { Pass: pass },
  ...types(to),
});
const Newer = protoService<{ Pass: ProtoOperation<NewParcel, NewParcel> }>({
  name: 't.Post',
  operations: { Pass: pass },
  ...types(newer),
});

class OlderPost extends ServiceProcess.for(Older) implements Handlers<typeof Older> {
  op_Pass(given: OldParcel) {
    return { ...given, to: `${given.to} by post` };
  }
}

/** Contracts of protobuf services, generated and not. */
export function describeProtobuf(useSystem: UseSystem): void {
  describe('protobuf', () => {
    const system = useSystem();

    /** The caller, the one who serves, and the messages that have passed the caller's interceptors. */
    async function pair(
      where: string,
      Class: new (...args: ConstructorParameters<typeof ServiceProcess>) => ServiceProcess,
    ) {
      const passed: Message[] = [];
      const interceptor: Interceptor = ({ message }, next) => {
        passed.push(message);
        next();
      };
      const caller = await system.current.container({ interceptors: [interceptor], systemEvents: 'off' });
      const host = where === 'here' ? caller : await system.current.container();
      const id = await host.processes.spawn(Class);
      return { caller, host, id, passed, process: host.processes.get(id) };
    }

    async function hello(where: string) {
      const { process, ...rest } = await pair(where, Hello);
      if (!(process instanceof Hello)) throw new Error('there is no hello service');
      return { ...rest, process };
    }

    test.each(['here', 'elsewhere'])(
      'row 49: content and result travel as protobuf, to %s',
      async (where) => {
        const { caller, passed, process } = await hello(where);
        const askedAt = new Date(1_760_000_000_123);
        const reply: HelloReply = await caller
          .client(HelloService)
          .SayHello({ name: 'you', mood: 'MOOD_STORMY', askedAt });
        expect(reply).toEqual({ text: 'Hello there, you', code: 'RESPONSE_CODE_ACCEPTED', times: 1n });
        expect(process.requests).toEqual([{ name: 'you', mood: 'MOOD_STORMY', companions: [], askedAt }]);
        const [request, answer] = [passed[0], passed.at(-1)];
        expect(request?.content).toBeInstanceOf(Uint8Array);
        expect(request?.headers).toMatchObject({
          encoding: 'protobuf',
          format: 'ioncore.example.v1.HelloRequest',
        });
        expect(answer?.content).toBeInstanceOf(Uint8Array);
        expect(answer?.headers).toMatchObject({
          encoding: 'protobuf',
          format: 'ioncore.example.v1.HelloReply',
        });
      },
    );

    test.each(['here', 'elsewhere'])(
      'ION 24: an unset field reports not set, an unknown attribute raises, enums are there, set fields are listed, to %s',
      async (where) => {
        const { caller, passed, process } = await hello(where);
        const client = caller.client(HelloService);
        await client.SayHello({ name: 'you', nickname: '' });
        const info = messageInfo(process.requests[0]);
        expect(info?.isSet('mood')).toBe(false);
        expect(info?.isSet('askedAt')).toBe(false);
        expect(info?.setFields).toEqual(['name', 'nickname']);
        expect(info?.enumOf('mood')).toEqual({ MOOD_UNSPECIFIED: 0, MOOD_CALM: 1, MOOD_STORMY: 2 });
        expect(() => info?.isSet('moood')).toThrow("did you mean 'mood'?");
        passed.length = 0;
        const misspelt = client.SayHello(JSON.parse('{"nme": "you"}'));
        await expect(misspelt).rejects.toBeInstanceOf(BadRequestError);
        await expect(misspelt).rejects.toThrow(
          "content.nme: 'nme' is no field of ioncore.example.v1.HelloRequest; did you mean 'name'?",
        );
        // It was noticed at the sender.
        expect(passed).toEqual([]);
      },
    );

    test.each(['here', 'elsewhere'])(
      'ION 25: a message arrives as an instance with its type; ACCEPTED and body are preserved; OK with empty content, from %s',
      async (where) => {
        const { caller, passed, process } = await hello(where);
        const client = caller.client(HelloService);
        const reply = await client.SayHello({ name: 'you' });
        expect(messageInfo(process.requests[0])?.type).toBe('ioncore.example.v1.HelloRequest');
        expect(messageInfo(reply)?.type).toBe('ioncore.example.v1.HelloReply');
        expect(reply).toMatchObject({ code: 'RESPONSE_CODE_ACCEPTED', text: 'Hello there, you' });
        expect(messageInfo(reply)?.enumOf('code')).toMatchObject({ RESPONSE_CODE_ACCEPTED: 202 });
        expect(await client.Forget()).toBeNull();
        const answer = passed.at(-1);
        expect(answer).toMatchObject({
          performative: 'inform_result',
          content: new Uint8Array(0),
          headers: { encoding: 'protobuf', format: 'google.protobuf.Empty' },
        });
        expect(await client.ListGreeted()).toEqual({ times: {} });
      },
    );

    test.each(['here', 'elsewhere'])(
      'unknown fields survive a service that does not know them, %s',
      async (where) => {
        const { caller } = await pair(where, OlderPost);
        const inner = { to: 'you', weight: 2n ** 64n - 1n };
        expect(await caller.client(Newer).Pass({ ...inner, inner })).toEqual({
          ...inner,
          to: 'you by post',
          inner,
        });
      },
    );

    test.each(['here', 'elsewhere'])(
      'a caller without protobuf is answered without, from %s',
      async (where) => {
        const { caller, passed, process, id } = await hello(where);
        for (const receiver of [id, 'ioncore.example.v1.HelloService']) {
          const given = { name: 'you', askedAt: new Date(5), mood: 2 };
          const answer = await caller.call(receiver, 'SayHello', given);
          expect(answer.content).toMatchObject({ text: 'Hello there, you', code: 'RESPONSE_CODE_ACCEPTED' });
          expect(answer.headers?.encoding).toBeUndefined();
        }
        expect(passed.at(-1)?.content).toMatchObject({ times: '2' });
        // It is checked and completed like any other.
        expect(process.requests[1]).toEqual({
          name: 'you',
          mood: 'MOOD_STORMY',
          companions: [],
          askedAt: new Date(5),
        });
        await expect(caller.rpcSend(id, 'SayHello', { nme: 'you' })).rejects.toThrow("did you mean 'name'?");
        await expect(caller.rpcSend(id, 'SayHello')).rejects.toMatchObject({ code: 'BadRequest' });
        expect(await caller.rpcSend(id, 'Forget')).toBeNull();
      },
    );

    test('a JSON peer is answered in JSON', async () => {
      const host = await system.current.container({ exchange: { jsonReplyTo: ['replies'] } });
      await host.processes.spawn(Hello);
      const stranger = await system.current.stranger();
      const replies: unknown[] = [];
      await stranger.declareQueue({ name: 'replies', durable: false, exclusive: true, autoDelete: false });
      await stranger.consume({
        queue: 'replies',
        prefetch: 0,
        noAck: true,
        onDelivery: ({ body }) => replies.push(JSON.parse(Buffer.from(body).toString())),
      });
      for (const body of ['{"name": "you", "askedAt": {"$date": "2026-01-01T00:00:00Z"}}', '{"name": 5}']) {
        stranger.publish({
          exchange: host.sysname,
          routingKey: 'ioncore.example.v1.HelloService',
          body: new TextEncoder().encode(body),
          properties: { contentType: 'application/json', type: 'SayHello', replyTo: 'replies' },
        });
      }
      await eventually(() => replies.length === 2);
      expect(replies[0]).toEqual({ text: 'Hello there, you', code: 'RESPONSE_CODE_ACCEPTED', times: '1' });
      expect(replies[1]).toMatchObject({
        code: 'BadRequest',
        message: 'content.name: expected a well-formed string, found number 5',
      });
    });

    test.each(['here', 'elsewhere'])(
      'bytes that are no message are BadRequest and harm nobody, to %s',
      async (where) => {
        const { caller, process, id } = await hello(where);
        const encoding = 'protobuf';
        const format = 'ioncore.example.v1.HelloRequest';
        const bad: [unknown, Record<string, string>][] = [
          [Uint8Array.of(0x0a, 0xff), { encoding, format }],
          [new Uint8Array(5000).fill(0x0b), { encoding }],
          [new Uint8Array(0), { encoding, format: 'ioncore.example.v1.HelloReply' }],
          [new Uint8Array(0), { encoding: 'avro', format }],
          ['text', { encoding, format }],
          [Uint8Array.of(0x0a, 0), {}],
        ];
        for (const [content, headers] of bad) {
          await expect(caller.rpcSend(id, 'SayHello', content, { headers })).rejects.toBeInstanceOf(
            BadRequestError,
          );
        }
        expect(process.requests).toEqual([]);
        expect(await caller.rpcSend(id, 'Forget')).toBeNull();
      },
    );

    test.each(['here', 'elsewhere'])('a result that does not fit is Internal, from %s', async (where) => {
      const { caller, id } = await hello(where);
      const words = /operation 'SayHello' returned what its contract does not allow: result\.text: expected/;
      for (const answer of [
        caller.client(HelloService).SayHello({ name: 'liar' }),
        caller.rpcSend(id, 'SayHello', { name: 'liar' }),
      ]) {
        await expect(answer).rejects.toMatchObject({
          code: 'Internal',
          message: expect.stringMatching(words),
        });
      }
    });

    test.each(['here', 'elsewhere'])('a contract without generation does the same, %s', async (where) => {
      const { caller } = await pair(where, PilotService);
      const client = caller.client(Pilot);
      expect(await client.Guide({ name: 'Oslo', berths: 3 })).toEqual({
        to: { name: 'Oslo', berths: 3 },
        bearings: [1.5],
        id: 2n ** 63n,
        further: { to: { name: 'sea', berths: 0 }, bearings: [], id: 0n },
      });
      expect(await client.Rest()).toBeNull();
    });

    test.each(['here', 'elsewhere'])('a stream of messages, %s', async (where) => {
      const { caller, passed } = await pair(where, PilotService);
      const client = caller.client(Pilot);
      const routes: Route[] = [];
      for await (const route of client.Follow({ name: 'Oslo', berths: 3 })) routes.push(route);
      expect(routes.map(({ id, to: port }) => [id, port?.name])).toEqual([
        [1n, 'Oslo'],
        [2n, 'Oslo'],
        [3n, 'Oslo'],
      ]);
      expect(
        passed.filter(({ headers }) => headers?.format === 'fleet.v1.Route').length,
      ).toBeGreaterThanOrEqual(3);
      const lying = client.Follow({ berths: 20 });
      const read = async (): Promise<void> => {
        for await (const route of lying) expect(route.id).toBeLessThan(13n);
      };
      await expect(read()).rejects.toMatchObject({
        code: 'Internal',
        message: expect.stringContaining('result.id: expected'),
      });
    });
  });
}
