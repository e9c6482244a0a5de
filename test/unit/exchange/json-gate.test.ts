import { describe, expect, test } from '@jest/globals';
import { Codec, UndecodableError } from '../../../src/codec/index.ts';
import { ContainerError } from '../../../src/errors/index.ts';
import { outgoing } from '../../../src/exchange/index.ts';
import { JsonGate } from '../../../src/exchange/json-gate.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { identity, jsonDelivery, message, primed, ScriptedTransport } from './bed.ts';

function makeGate(allowed: readonly string[] = []) {
  const env = fakeEnv();
  const transport = new ScriptedTransport();
  const gate = new JsonGate(identity, new Codec(), transport, env, allowed);
  const answers = () =>
    transport.published.map(({ body, ...rest }) => ({
      ...rest,
      content: JSON.parse(Buffer.from(body).toString()),
    }));
  return { env, gate, transport, answers };
}

/** Why `action` is refused. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UndecodableError) return error.reason;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('JsonGate#takes()', () => {
  test.each([undefined, '', 'application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'content type %j',
    (contentType) => expect(makeGate().gate.takes(contentType)).toBe(true),
  );

  test.each([
    'text/plain',
    'application/jsonp',
    'application/vnd.ioncore.v1+msgpack',
    'x application/json',
    'json',
  ])('not content type %j', (contentType) => expect(makeGate().gate.takes(contentType)).toBe(false));
});

describe('JsonGate#replyRoute()', () => {
  test.each([undefined, ''])('reply_to %j wants no answer', (replyTo) => {
    const delivery = jsonDelivery('1', replyTo === undefined ? {} : { replyTo });
    expect(makeGate().gate.replyRoute(delivery)).toBeUndefined();
  });

  test.each(['amq.gen-JzTY20BRgKO-HjmUJj0wLg', 'amq.rabbitmq.reply-to.g2dkABByZXBseUAx', 'replies'])(
    'answers at %s, with the correlation id as given',
    (replyTo) => {
      const { gate } = makeGate(['replies']);
      expect(gate.replyRoute(jsonDelivery('1', { replyTo, correlationId: 'ä/7' }))).toEqual({
        replyTo,
        correlationId: 'ä/7',
      });
      expect(gate.replyRoute(jsonDelivery('1', { replyTo }))).toEqual({ replyTo, correlationId: undefined });
    },
  );

  test.each([
    'fleet.hello',
    'fleet~inbox.shore~1',
    'fleet',
    'replies2',
    'Replies',
    'amq.topic',
    'amq.gen',
    'amq.rabbitmq.reply-to',
    'amq.rabbitmq.trace',
    'x.amq.gen-1',
    'AMQ.gen-1',
    '\namq.gen-1',
    '__proto__',
    'constructor',
    '*',
  ])('refuses %j, which the broker did not name and nobody allowed', (replyTo) => {
    const { gate } = makeGate(['replies']);
    expect(refusal(() => gate.replyRoute(jsonDelivery('1', { replyTo })))).toBe('reply-to');
    expect(refusal(() => gate.read(jsonDelivery('1', { replyTo }), 'hello', undefined))).toBe('reply-to');
  });

  test('allows nothing by default', () => {
    expect(refusal(() => makeGate().gate.replyRoute(jsonDelivery('1', { replyTo: 'replies' })))).toBe(
      'reply-to',
    );
  });
});

describe('JsonGate#read()', () => {
  test('makes a request of a message that wants an answer', async () => {
    const { env, gate } = makeGate();
    await env.advance(1000);
    const delivery = jsonDelivery('{"depth": 2}', {
      type: 'measure',
      replyTo: 'amq.gen-1',
      correlationId: 'c1',
      expirationMs: 500,
      userId: 'captain',
    });
    expect(gate.read(delivery, 'depth', undefined)).toMatchObject({
      origin: '',
      local: false,
      deadlineAt: 1500,
      redelivered: false,
      replyRoute: { replyTo: 'amq.gen-1', correlationId: 'c1' },
      wantsReply: true,
      message: {
        performative: 'request',
        conversationId: 'c1',
        sender: '',
        receiver: 'depth',
        op: 'measure',
        content: { depth: 2 },
        budgetMs: 500,
        headers: undefined,
      },
    });
  });

  test('makes a one-way message of one without reply_to, that never expires without expiration', () => {
    const { gate } = makeGate();
    const one = gate.read(jsonDelivery('null', { correlationId: 'ignored' }), 'hello', undefined);
    expect(one).toMatchObject({
      wantsReply: false,
      replyRoute: undefined,
      deadlineAt: Number.POSITIVE_INFINITY,
      message: { performative: 'none', conversationId: '', budgetMs: 0 },
    });
  });

  test('takes nothing of the sender’s own headers but the operation', () => {
    const { gate } = makeGate();
    const headers = { op: 'measure', 'user-id': 'admin', sender: 'shore.1', receiver: 'shore.2' };
    const one = gate.read(jsonDelivery('1', { type: '', headers }), 'hello', undefined);
    expect(one.message).toMatchObject({ op: 'measure', sender: '', receiver: 'hello', headers: undefined });
  });

  test.each([
    ['{"broken', {}, 'bad-json'],
    ['1', { type: '' }, 'no-operation'],
    ['1', { type: '', headers: { op: 7 } }, 'no-operation'],
  ])('refuses %j with %j', (text, properties, reason) => {
    expect(refusal(() => makeGate().gate.read(jsonDelivery(text, properties), 'hello', undefined))).toBe(
      reason,
    );
  });
});

describe('JsonGate#answer()', () => {
  const route = { replyTo: 'amq.gen-1', correlationId: 'c1' };

  test('publishes a result through the default exchange, as JSON with ION’s header names', () => {
    const { gate, answers } = makeGate();
    const content = { at: new Date(0), bytes: Uint8Array.of(1) };
    gate.answer(outgoing(message({ performative: 'inform_result', content })), route);
    expect(answers()).toEqual([
      {
        exchange: '',
        routingKey: 'amq.gen-1',
        properties: {
          contentType: 'application/json',
          type: 'result',
          correlationId: 'c1',
          headers: { performative: 'inform_result', status: 'OK', 'response-code': 200 },
        },
        content: { at: { $date: '1970-01-01T00:00:00.000Z' }, bytes: { $bytes: 'AQ==' } },
      },
    ]);
  });

  test.each([
    ['failure', { code: 'NotFound', message: 'no' }, 404],
    ['refuse', { code: 'Forbidden', message: 'no' }, 403],
    ['failure', { code: 'OutOfStock', message: 'no', status: 409 }, 409],
    ['failure', 'not an error at all', 500],
  ] as const)('gives a %s of %j the response code %d', (performative, content, code) => {
    const { gate, answers } = makeGate();
    gate.answer(outgoing(message({ performative, content })), { ...route, correlationId: undefined });
    expect(answers()).toMatchObject([
      { properties: { headers: { performative, status: 'ERROR', 'response-code': code } }, content },
    ]);
    expect(answers()[0]?.properties).not.toHaveProperty('correlationId');
  });

  test('an error keeps status ERROR whatever status a peer gives it', () => {
    const { gate, answers } = makeGate();
    const content = { code: 'Odd', message: 'no', status: 200 };
    gate.answer(outgoing(message({ performative: 'failure', content })), route);
    expect(answers()).toMatchObject([
      { properties: { headers: { performative: 'failure', status: 'ERROR' } } },
    ]);
  });

  test('throws for content that cannot travel, and publishes nothing', () => {
    const { gate, answers } = makeGate();
    expect(() =>
      gate.answer(outgoing(message({ performative: 'inform_result', content: new Map() })), route),
    ).toThrow('cannot be sent');
    expect(answers()).toEqual([]);
  });
});

describe('JsonGate#refuse()', () => {
  test('answers with code, message and response code of the error', () => {
    const { gate, answers } = makeGate();
    gate.refuse(new UndecodableError('bad-json', 'the body is not JSON'), {
      replyTo: 'q',
      correlationId: 'c1',
    });
    expect(answers()).toMatchObject([
      {
        routingKey: 'q',
        properties: {
          correlationId: 'c1',
          headers: { performative: 'failure', status: 'ERROR', 'response-code': 400 },
        },
        content: { code: 'BadRequest', message: 'the body is not JSON' },
      },
    ]);
  });
});

describe('JsonGate, answers to direct reply-to', () => {
  test('go apart, since RabbitMQ may close the connection for them; others do not', () => {
    const { gate, transport } = makeGate();
    const result = outgoing(message({ performative: 'inform_result' }));
    for (const replyTo of ['amq.rabbitmq.reply-to.a.b', 'amq.gen-1'])
      gate.answer(result, { replyTo, correlationId: undefined });
    expect(transport.apart.map(({ routingKey }) => routingKey)).toEqual(['amq.rabbitmq.reply-to.a.b']);
    expect(transport.published.map(({ routingKey }) => routingKey)).toEqual(['amq.gen-1']);
  });
});

describe('JsonGate#whenKnown()', () => {
  const wanting = (text: string) => jsonDelivery(text, { replyTo: 'amq.gen-1' });

  test('waits for the broker’s word once; what comes meanwhile keeps its order, one-way messages too', async () => {
    const { gate, transport } = makeGate();
    let answer = (): void => undefined;
    transport.declareQueue = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const order: unknown[] = [];
    gate.whenKnown(jsonDelivery('0'), (is) => order.push([0, is]));
    expect(order).toEqual([[0, true]]);
    for (const [index, delivery] of [wanting('1'), jsonDelivery('2'), wanting('3')].entries()) {
      gate.whenKnown(delivery, (is) => order.push([index + 1, is]));
    }
    expect(order).toHaveLength(1);
    answer();
    await primed(gate);
    expect(order).toEqual([0, 1, 2, 3].map((number) => [number, true]));
    gate.whenKnown(wanting('4'), () => order.push('at once'));
    expect(order.at(-1)).toBe('at once');
  });

  test('without the right to answer only one-way messages can be taken', async () => {
    const { gate, transport } = makeGate();
    transport.declareQueue = async () => {
      throw new ContainerError('Forbidden', "access to exchange 'amq.default' refused");
    };
    const order: unknown[] = [];
    gate.whenKnown(wanting('1'), (is) => order.push(is));
    gate.whenKnown(jsonDelivery('2'), (is) => order.push(is));
    await primed(gate);
    expect(order).toEqual([false, true]);
  });

  test('refuses a reply_to that nobody allowed before it asks anybody', () => {
    const { gate } = makeGate();
    expect(refusal(() => gate.whenKnown(jsonDelivery('1', { replyTo: 'fleet.x' }), () => undefined))).toBe(
      'reply-to',
    );
  });
});
