import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec } from '../../../src/codec/index.ts';
import { NoReceiverError } from '../../../src/errors/index.ts';
import { outgoing, resolveAddress, type Wire } from '../../../src/exchange/index.ts';
import { JsonCalls } from '../../../src/exchange/json-calls.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { identity, jsonDelivery, message, ScriptedTransport } from './bed.ts';

function makeCalls(services: readonly string[] = [], served: readonly string[] = []) {
  const transport = new ScriptedTransport();
  const unsent: unknown[] = [];
  const calls = new JsonCalls({
    identity,
    codec: new Codec(),
    transport,
    clock: fakeEnv().clock,
    services,
    isServedHere: (service) => served.includes(service),
    onUnsent: (one) => void unsent.push(one),
  });
  return { calls, transport, unsent };
}

type Fields = Parameters<typeof message>[0];

/** Whether such a message is taken, and the message as it walks out. */
function walk(calls: JsonCalls, fields: Fields = {}, wire?: Wire, stays = false) {
  const out = outgoing(message({ conversationId: 'k#1', ...fields }), undefined, stays, wire);
  const address = resolveAddress(out.message.receiver, identity);
  return { out, address, taken: calls.take(out, address) };
}

function send(calls: JsonCalls, fields: Fields = {}) {
  const { out, address } = walk(calls, fields, 'json');
  calls.send(out, address);
  return out;
}

describe('JsonCalls#take()', () => {
  test('takes what its sender marks, or the configuration; the sender’s word goes before', () => {
    const { calls } = makeCalls(['depth']);
    expect(walk(calls, { receiver: 'hello' }).taken).toBe(false);
    expect(walk(calls, { receiver: 'hello' }, 'json').taken).toBe(true);
    expect(walk(calls, { receiver: 'depth' }).taken).toBe(true);
    expect(walk(calls, { receiver: 'fleet.depth' }).taken).toBe(true);
    expect(walk(calls, { receiver: 'depth' }, 'frames').taken).toBe(false);
    expect(walk(calls, { receiver: 'depth', performative: 'none' }).taken).toBe(true);
  });

  test('takes neither answers nor what stays here nor what is served here', () => {
    const { calls } = makeCalls(['depth'], ['depth']);
    expect(walk(calls, { receiver: 'ship.1', performative: 'inform_result' }).taken).toBe(false);
    expect(walk(calls, { receiver: 'hello' }, 'json', true).taken).toBe(false);
    expect(walk(calls, { receiver: 'depth' }, 'json').taken).toBe(false);
  });

  test.each(['ship.4', 'shore.log'])('refuses %s, which is no shared name', (receiver) => {
    expect(() => walk(makeCalls().calls, { receiver }, 'json')).toThrow('shared names');
  });

  test('takes a cancel to a name that was called so, and sends nothing', () => {
    const { calls, transport } = makeCalls();
    const cancel = { receiver: 'hello', performative: 'cancel' } as const;
    expect(walk(calls, cancel).taken).toBe(false);
    send(calls);
    const { out, address, taken } = walk(calls, cancel);
    expect(taken).toBe(true);
    calls.send(out, address);
    expect(transport.published).toHaveLength(1);
  });
});

describe('JsonCalls#send()', () => {
  test('publishes a request as one mandatory JSON message and says which way it took', () => {
    const { calls, transport } = makeCalls();
    transport.status = { type: 'connected', url: 'scripted:', epoch: 7 };
    const out = send(calls, {
      op: 'measure',
      content: { at: 'bow' },
      budgetMs: 1500.2,
      receiver: 'fleet.depth',
    });
    expect(transport.published).toEqual([
      {
        exchange: 'fleet',
        routingKey: 'depth',
        mandatory: true,
        body: new TextEncoder().encode('{"at":"bow"}'),
        properties: {
          contentType: 'application/json',
          type: 'measure',
          correlationId: 'k#1',
          replyTo: 'fleet~inbox.shore~7',
          expirationMs: 1501,
        },
      },
    ]);
    expect(out).toMatchObject({ remote: true, isJson: true, service: 'depth' });
  });

  test('while there is no connection a request is Unavailable', () => {
    const { calls, transport } = makeCalls();
    transport.status = { type: 'closed' };
    expect(() => send(calls)).toThrow(
      expect.objectContaining({ code: 'Unavailable', details: { executed: 'no' } }),
    );
  });

  test('what the transport does not take is unsent', () => {
    const { calls, transport, unsent } = makeCalls();
    transport.takes = false;
    const { message: one } = send(calls);
    expect(unsent).toEqual([one]);
  });

  test.each(['request', 'stream'])('refuses protocol %s', (protocol) => {
    const { calls, transport } = makeCalls();
    expect(() => send(calls, { headers: { protocol } })).toThrow('one answer');
    expect(transport.published).toEqual([]);
  });

  test('sends a one-way message persistent and confirmed, without a place for an answer', async () => {
    const { calls, transport } = makeCalls();
    await send(calls, { performative: 'none', conversationId: '', content: null }).confirmed;
    expect(transport.confirmed).toMatchObject([
      { mandatory: true, properties: { persistent: true, contentType: 'application/json' } },
    ]);
    expect(Object.keys(transport.confirmed[0]?.properties ?? {}).sort()).toEqual([
      'contentType',
      'persistent',
      'type',
    ]);
    transport.outcome = async () => 'unroutable';
    await expect(send(calls, { performative: 'none' }).confirmed).rejects.toBeInstanceOf(NoReceiverError);
  });

  test('gives headers that AMQP knows as they are, keeps the container’s own back, refuses others', () => {
    const { calls, transport } = makeCalls();
    const own = { 'user-id': 'captain', retry: true, protocol: 'rpc' };
    send(calls, { headers: { ...own, deck: 'upper', n: 3, dry: true } });
    expect(transport.published[0]?.properties.headers).toEqual({ deck: 'upper', n: 3, dry: true });
    send(calls, { headers: own });
    expect(transport.published[1]?.properties).not.toHaveProperty('headers');
    expect(() => send(calls, { headers: { at: new Date(0) } })).toThrow("'at'");
  });
});

describe('JsonCalls#returned()', () => {
  test('names the call that came back, and nothing else', () => {
    const { calls, transport } = makeCalls();
    send(calls, { receiver: 'depth', op: 'measure' });
    const [published] = transport.published;
    if (published === undefined) throw new Error('nothing was published');
    expect(calls.returned(published)).toMatchObject({
      performative: 'request',
      conversationId: 'k#1',
      receiver: 'depth',
      op: 'measure',
    });
    expect(calls.returned({ ...published, properties: { contentType: 'application/json' } })).toBeUndefined();
    const frame = { contentType: 'application/vnd.ioncore.v1+msgpack', correlationId: 'k#1' };
    expect(calls.returned({ ...published, properties: frame })).toBeUndefined();
  });
});

describe('JsonCalls#readAnswer()', () => {
  const words = ['OK', 'ERROR', 'failure', 'refuse', 'inform_result', 'error', ''];

  test('of anything with a correlation id is a result or a failure of that conversation; without one it is nothing', () => {
    const { calls } = makeCalls();
    const header = fc.oneof(fc.constantFrom(...words), fc.anything());
    const headers = fc.option(fc.record({ status: header, performative: header }, { requiredKeys: [] }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), headers, fc.string(), (text, given, correlationId) => {
        const delivery = jsonDelivery(text, { correlationId, ...(given && { headers: given }) });
        if (correlationId === '') {
          expect(() => calls.readAnswer(delivery)).toThrow(
            expect.objectContaining({ reason: 'no-correlation' }),
          );
          return;
        }
        const { message: answer, origin, replyRoute, wantsReply } = calls.readAnswer(delivery);
        expect({ origin, replyRoute, wantsReply }).toEqual({
          origin: '',
          replyRoute: undefined,
          wantsReply: false,
        });
        expect(answer).toMatchObject({
          conversationId: correlationId,
          sender: '',
          receiver: 'shore',
          op: 'result',
        });
        const isError =
          given?.status === 'ERROR' || given?.performative === 'failure' || given?.performative === 'refuse';
        if (isError) expect(answer.performative).toBe('failure');
        else if (answer.performative === 'failure') {
          expect(answer.content).toMatchObject({
            code: 'Internal',
            message: expect.stringContaining('cannot be read'),
          });
        } else {
          expect(answer.performative).toBe('inform_result');
        }
      }),
    );
  });
});

describe('JsonCalls#withoutQueue()', () => {
  test('a peer may have a queue of any name; a container may not', () => {
    const { calls } = makeCalls(['depth']);
    expect(calls.withoutQueue('depth')).toEqual({ messages: 0, consumers: 1 });
    expect(calls.withoutQueue('hello')).toBeUndefined();
    send(calls, { receiver: 'hello' });
    expect(calls.withoutQueue('hello')).toBeDefined();
  });
});
