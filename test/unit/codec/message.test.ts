import { describe, expect, test } from '@jest/globals';
import {
  convSeqOf,
  extension,
  ionHeaders,
  ionHeaderTable,
  makeMessage,
  performatives,
  protocolOf,
  replyToOf,
  statusOf,
} from '../../../src/codec/index.ts';

const addressed = { receiver: 'hello', sender: 'ship.1' };

describe('Message', () => {
  test('has every member in the same order, whatever it is made of', () => {
    const least = makeMessage({ ...addressed, performative: 'none' });
    const most = makeMessage({
      headers: { trace: 'x' },
      attempt: 2,
      budgetMs: 5,
      content: 1,
      op: 'hello',
      conversationId: 'c.1',
      ...addressed,
      performative: 'request',
    });
    expect(Object.keys(least)).toEqual(Object.keys(most));
    expect(least).toMatchObject({ conversationId: '', op: '', content: null, budgetMs: 0, attempt: 1 });
  });

  test.each([
    ['none', '', 'OK', 1],
    ['request', '', 'OK', 1],
    ['agree', 'result', 'OK', 2],
    ['refuse', 'result', 'ERROR', 2],
    ['inform_result', 'result', 'OK', 2],
    ['inform_progress', 'result', 'OK', 2],
    ['failure', 'result', 'ERROR', 2],
    ['cancel', '', 'OK', 1],
  ] as const)(
    'with performative %s has op %p, status %s and conv-seq %d',
    (performative, op, status, sequence) => {
      const message = makeMessage({ ...addressed, performative });
      expect([message.op, statusOf(message), convSeqOf(message)]).toEqual([op, status, sequence]);
    },
  );

  test('takes conv-seq, protocol and reply-to from its extensions, if they have the type', () => {
    const headers = { 'conv-seq': 3, protocol: 'request', 'reply-to': 'ship.9' };
    const given = makeMessage({ ...addressed, performative: 'request', headers });
    expect([convSeqOf(given), protocolOf(given), replyToOf(given)]).toEqual([3, 'request', 'ship.9']);
    const wrong = { 'conv-seq': '3', protocol: 1, 'reply-to': null };
    const odd = makeMessage({ ...addressed, performative: 'request', headers: wrong, conversationId: 'c.1' });
    expect([convSeqOf(odd), protocolOf(odd), replyToOf(odd)]).toEqual([1, 'rpc', 'ship.1']);
    expect(protocolOf(makeMessage({ ...addressed, performative: 'none' }))).toBe('none');
  });
});

describe('extension()', () => {
  test('does not take what every object inherits for a header', () => {
    const message = makeMessage({ ...addressed, performative: 'none', headers: { a: 1 } });
    expect([extension(message, 'a'), extension(message, 'constructor')]).toEqual([1, undefined]);
  });
});

describe('ionHeaders()', () => {
  test('shows ION’s names with their defaults', () => {
    expect(
      ionHeaders(makeMessage({ ...addressed, performative: 'request', op: 'hello', conversationId: 'c.1' })),
    ).toEqual({
      sender: 'ship.1',
      receiver: 'hello',
      'reply-to': 'ship.1',
      op: 'hello',
      performative: 'request',
      protocol: 'rpc',
      'conv-id': 'c.1',
      'conv-seq': 1,
      status: 'OK',
      'user-id': 'ANONYMOUS',
    });
  });

  test('passes extensions through, but not over what positions carry', () => {
    const headers = { 'user-id': 'ada', ours: [1], sender: 'ship.99', status: 'OK' };
    const message = makeMessage({ ...addressed, performative: 'failure', headers });
    expect(ionHeaders(message)).toMatchObject({
      'user-id': 'ada',
      ours: [1],
      sender: 'ship.1',
      status: 'ERROR',
    });
  });

  test('has every name of the table that is sent or derived by default', () => {
    const names = Object.keys(ionHeaders(makeMessage({ ...addressed, performative: 'none' })));
    const expected = Object.entries(ionHeaderTable)
      .filter(([, entry]) => entry.carried !== 'frame' && entry.default !== 'absent')
      .map(([name]) => name);
    expect(names.sort()).toEqual(expected.sort());
  });
});

test('performatives keep their numbers', () => {
  expect(performatives.indexOf('failure')).toBe(6);
});
