import { describe, expect, test } from '@jest/globals';
import type { CallPath, Headers } from '../../../src/codec/index.ts';
import { budgetOf, oneWayMessage, requestMessage } from '../../../src/interact/call-request.ts';
import { type Cause, inheritedHeaders, reservedHeader } from '../../../src/interact/cause.ts';
import { message } from '../exchange/bed.ts';

const path: CallPath = [{ process: 'shore.1', service: '', instances: 1, isBlocked: true }];

function cause(headers?: Headers, over: Partial<Cause> = {}): Cause {
  return {
    message: message({ headers }),
    bindingUntil: Number.POSITIVE_INFINITY,
    abortedBy: undefined,
    path,
    attach: () => undefined,
    detach: () => undefined,
    ...over,
  };
}

describe('inheritedHeaders()', () => {
  test.each([
    ['user-id', 'ada'],
    ['expiry', '1767225600000'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['tracestate', 'a=b'],
    ['baggage', 'k=v'],
  ])('hands on %s', (name, value) => {
    expect(inheritedHeaders(cause({ [name]: value }), undefined)).toEqual({ [name]: value });
  });

  test.each(['quiet', 'retry', 'credit', 'protocol', 'conv-seq', 'reply-to', 'mine'])(
    'keeps %s to its own message',
    (name) => {
      expect(inheritedHeaders(cause({ [name]: 'x' }), undefined)).toBeUndefined();
      expect(inheritedHeaders(cause({ [name]: 'x' }), { own: 1 })).toEqual({ own: 1 });
    },
  );

  test('a header of one’s own goes before an inherited one', () => {
    const given = inheritedHeaders(cause({ 'user-id': 'ada', baggage: 'k=v' }), { 'user-id': 'riggs' });
    expect(given).toEqual({ 'user-id': 'riggs', baggage: 'k=v' });
  });

  test.each([
    ['baggage', 'x'.repeat(8193)],
    ['traceparent', ['x']],
    ['tracestate', { a: 'x' }],
  ])('what no %s can be is not carried on', (name, value) => {
    expect(inheritedHeaders(cause({ [name]: value }), undefined)).toBeUndefined();
  });

  test('without a cause they are one’s own', () => {
    expect(inheritedHeaders(undefined, undefined)).toBeUndefined();
    expect(inheritedHeaders(undefined, { mine: 1 })).toEqual({ mine: 1 });
  });

  test('members that every object inherits are no headers', () => {
    const headers: Headers = Object.create({ 'user-id': 'root' });
    expect(inheritedHeaders(cause(headers), undefined)).toBeUndefined();
  });
});

describe('reservedHeader()', () => {
  test.each(['user-id', 'expiry', 'protocol'])('names %s', (name) => {
    expect(reservedHeader({ mine: 1, [name]: 'x' })).toBe(name);
  });

  test('finds none among others', () => {
    expect(reservedHeader({ mine: 1, traceparent: 'x', quiet: true })).toBeUndefined();
  });
});

describe('requestMessage()', () => {
  const target = { sender: 'shore.1', receiver: 'hello', op: 'hello', content: null };
  const facts = { conversationId: 'c#1', protocol: 'rpc', budgetMs: 100 } as const;

  test('carries the way it has come', () => {
    expect(requestMessage(target, {}, cause(), facts).callPath).toBe(path);
    expect(requestMessage(target, {}, undefined, facts).callPath).toEqual([]);
  });

  test('a one-way message, for which nobody waits, does not', () => {
    expect(oneWayMessage(target, {}, cause()).callPath).toEqual([]);
  });
});

describe('budgetOf(), while a message is handled', () => {
  const target = { sender: 'shore.1', receiver: 'hello', op: 'hello', content: null };

  test.each([
    ['its own time, if that ends first', { timeoutMs: 100 }, 1000, 100],
    ['what is left of the message’s', { timeoutMs: 60_000 }, 1000, 800],
    ['the container’s own, if nobody says less', {}, Number.POSITIVE_INFINITY, 15_000],
  ])('is %s', (_name, options, bindingUntil, expected) => {
    expect(budgetOf(target, options, cause(undefined, { bindingUntil }), 200, 15_000)).toBe(expected);
  });

  test('nothing is called when the message’s time is over, or its caller has given up', () => {
    expect(() => budgetOf(target, {}, cause(undefined, { bindingUntil: 200 }), 200, 15_000)).toThrow(
      expect.objectContaining({ code: 'Timeout', details: { executed: 'no' } }),
    );
    expect(() =>
      budgetOf(target, {}, cause(undefined, { abortedBy: new Error('enough') }), 0, 15_000),
    ).toThrow(expect.objectContaining({ code: 'Cancelled', details: { executed: 'no' } }));
  });
});
