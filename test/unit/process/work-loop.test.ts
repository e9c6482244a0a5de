import { describe, expect, test } from '@jest/globals';
import { turns } from '../../../src/testing/eventually.ts';
import type { arrival } from '../exchange/bed.ts';
import { failure, makeLoop, request, shared } from './work-loop-bed.ts';

describe('WorkLoop, of operations that limit themselves', () => {
  test('never begins more of one than it says, while others go on, in their own order', async () => {
    const { loop, process, open } = makeLoop({ concurrency: 3, mailboxLimit: 20 });
    for (const [op, content] of [
      ['crane', 'c1'],
      ['crane', 'c2'],
      ['quick', 'q1'],
      ['crane', 'c3'],
      ['quick', 'q2'],
      ['quick', 'q3'],
    ] as const)
      loop.take(request(op, content));
    expect(process.begun).toEqual(['c1', 'q1', 'q2']);
    await open('crane');
    expect(process.begun).toEqual(['c1', 'q1', 'q2', 'c2']);
    await open('quick');
    expect(process.begun).toEqual(['c1', 'q1', 'q2', 'c2', 'q3']);
    await open('crane');
    expect(process.begun.at(-1)).toBe('c3');
    await open('crane');
    await open('quick');
    expect(loop.load).toBe(0);
    expect(loop.handled).toBe(6);
  });
});

describe('WorkLoop, of what comes again', () => {
  test('a request that still runs or waits is not begun again, nor answered twice', async () => {
    const { loop, process, sent, open } = makeLoop({ mailboxLimit: 10 });
    const [runs, waits] = [{ conversationId: 'runs' }, { conversationId: 'waits' }];
    loop.take(request('again', 1, {}, runs));
    loop.take(request('again', 2, {}, waits));
    for (const fields of [runs, waits]) {
      const { one, delivery } = shared('again', 3, { redelivered: true }, fields);
      loop.take(one);
      expect(delivery.acks).toBe(1);
      loop.take(request('again', 4, {}, { ...fields, attempt: 2 }));
    }
    await open('again');
    await open('again');
    expect(process.begun).toEqual([1, 2]);
    expect(sent).toHaveLength(2);
  });

  test('one-way messages are all handled, however alike they look', async () => {
    const { loop, process, open } = makeLoop({ mailboxLimit: 10 });
    const oneWay = { performative: 'none', conversationId: '' };
    loop.take(shared('quick', 1, {}, oneWay).one);
    loop.take(shared('quick', 2, { redelivered: true }, oneWay).one);
    loop.take(shared('quick', 3, { redelivered: true }, oneWay).one);
    for (let count = 0; count < 3; count += 1) await open('quick');
    expect(process.begun).toEqual([1, 2, 3]);
  });

  test('JSON peers who chose the same correlation id each get their answer', async () => {
    const { loop, process, sent, open } = makeLoop({ mailboxLimit: 10 });
    const peer = (replyTo: string, content: number, redelivered = false) =>
      request(
        'again',
        content,
        { origin: '', redelivered, replyRoute: { replyTo, correlationId: '1' } },
        { sender: '', conversationId: '1' },
      );
    loop.take(peer('amq.gen-a', 1));
    loop.take(peer('amq.gen-b', 2));
    loop.take(peer('amq.gen-c', 3, true));
    loop.take(peer('amq.gen-b', 4, true));
    for (let count = 0; count < 4; count += 1) await open('again');
    expect(process.begun).toEqual([1, 2, 'redelivered']);
    expect(sent).toHaveLength(3);
  });

  test.each<[string, Parameters<typeof arrival>[1], object]>([
    ['the broker says so', { redelivered: true }, {}],
    ['who handed it back says so', {}, { headers: { resent: true } }],
  ])('a request that may have run is not run again: %s', async (_name, facts, fields) => {
    const { loop, process, sent, open } = makeLoop();
    loop.take(shared('quick', 1, facts, fields).one);
    await turns();
    expect(process.begun).toEqual([]);
    expect(sent).toMatchObject([failure('Unavailable', { executed: 'unknown' })]);
    loop.take(shared('again', 2, facts, fields).one);
    await open('again');
    expect(process.begun).toEqual(['redelivered']);
  });

  test('whatever it is refused for, nobody is told that nothing ran', async () => {
    const { loop, sent } = makeLoop({ mailboxLimit: 1 });
    loop.take(request('slow'));
    const facts = { redelivered: true };
    loop.take(shared('slow', null, { ...facts, deadlineAt: 0 }).one);
    loop.take(request('quick'));
    loop.take(request('slow', null, facts));
    expect(sent).toMatchObject([
      failure('Overloaded', { executed: 'unknown' }),
      failure('Overloaded', { executed: 'unknown' }),
    ]);
  });
});

describe('WorkLoop, of a request that is given up', () => {
  test('takes it out of the mailbox, and acknowledges its frame', async () => {
    const { loop, process, open } = makeLoop();
    loop.take(request('slow', 1));
    const { one, delivery } = shared('slow', 2, {}, { conversationId: 'gone' });
    loop.take(one);
    expect(loop.cancel('gone', 'mallory', 'why')).toBe(false);
    expect(loop.cancel('gone', 'ship', 'why')).toBe(true);
    expect(delivery.acks).toBe(1);
    await open('slow');
    expect(process.begun).toEqual([1]);
    expect(loop.cancel('gone', 'ship', 'why')).toBe(false);
  });

  test('answers nothing when its handler ends', async () => {
    const { loop, sent, open } = makeLoop();
    loop.take(request('slow', 1, {}, { conversationId: 'gone' }));
    expect(loop.cancel('gone', 'ship', new Error('why'))).toBe(true);
    await open('slow');
    expect(sent).toEqual([]);
    expect(loop.load).toBe(0);
  });
});

describe('WorkLoop#passOnWaiting()', () => {
  test('gives everything that waits to others, in its order', () => {
    const { loop, passed } = makeLoop({ concurrency: 2, mailboxLimit: 10 });
    for (const [op, content] of [
      ['crane', 1],
      ['slow', 2],
      ['crane', 3],
      ['slow', 4],
      ['crane', 5],
    ] as const)
      loop.take(request(op, content));
    loop.passOnWaiting();
    const of = (op: string) =>
      passed.filter((one) => one.message.op === op).map((one) => one.message.content);
    expect([of('crane'), of('slow')]).toEqual([[3, 5], [4]]);
    expect(loop.load).toBe(2);
  });
});
