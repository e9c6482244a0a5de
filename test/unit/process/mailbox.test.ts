import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Arrival, FrameTicket } from '../../../src/exchange/index.ts';
import { Mailbox } from '../../../src/process/mailbox.ts';
import { arrival, frameDelivery, message } from '../exchange/bed.ts';

const shared = (content: unknown) =>
  arrival({ content }, { ticket: new FrameTicket(frameDelivery([message()]), 1) });

const isOf =
  (conversationId: string, origin: string) =>
  ({ message: other, origin: from }: Arrival): boolean =>
    other.conversationId === conversationId && from === origin;

function contentsOf(mailbox: Mailbox): unknown[] {
  const contents: unknown[] = [];
  for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift())
    contents.push(next.message.content);
  return contents;
}

describe('Mailbox', () => {
  test('keeps the order of messages; system messages overtake the others and keep theirs', () => {
    const mailbox = new Mailbox(10);
    mailbox.push(arrival({ content: 1 }));
    mailbox.pushSystem(arrival({ content: 'a' }));
    mailbox.push(arrival({ content: 2 }));
    mailbox.pushSystem(arrival({ content: 'b' }));
    expect(mailbox.length).toBe(4);
    expect(contentsOf(mailbox)).toEqual(['a', 'b', 1, 2]);
    expect(mailbox.length).toBe(0);
    expect(mailbox.shift()).toBeUndefined();
  });

  test('takes no more than its limit, and again when there is room', () => {
    const mailbox = new Mailbox(2);
    expect([1, 2, 3].map((content) => mailbox.push(arrival({ content })))).toEqual([true, true, false]);
    mailbox.shift();
    expect(mailbox.push(arrival({ content: 4 }))).toBe(true);
    expect(contentsOf(mailbox)).toEqual([2, 4]);
  });

  test('always takes system messages, and what a prefetch bounds already', () => {
    const mailbox = new Mailbox(1);
    mailbox.push(arrival({ content: 1 }));
    mailbox.pushSystem(arrival({ content: 'system' }));
    expect(mailbox.push(shared(2))).toBe(true);
    expect(mailbox.push(shared(3))).toBe(true);
    expect(mailbox.push(arrival({ content: 4 }))).toBe(false);
    expect(contentsOf(mailbox)).toEqual(['system', 1, 2, 3]);
  });

  test('system messages take no room from others', () => {
    const mailbox = new Mailbox(1);
    for (const content of ['a', 'b', 'c']) mailbox.pushSystem(arrival({ content }));
    expect(mailbox.push(arrival({ content: 1 }))).toBe(true);
  });

  test('#drain() takes out everything, in the order of handling', () => {
    const mailbox = new Mailbox(5);
    mailbox.push(arrival({ content: 1 }));
    mailbox.pushSystem(arrival({ content: 'a' }));
    expect(mailbox.drain().map((one) => one.message.content)).toEqual(['a', 1]);
    expect(mailbox.length).toBe(0);
    expect(mailbox.push(arrival({ content: 2 }))).toBe(true);
    expect(contentsOf(mailbox)).toEqual([2]);
  });

  test('is two queues and a bound, whatever comes when', () => {
    const step = fc.constantFrom('user', 'shared', 'system', 'shift', 'drain');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const mailbox = new Mailbox(limit);
        let [system, user]: [number[], number[]] = [[], []];
        for (const [index, kind] of steps.entries()) {
          if (kind === 'system') {
            mailbox.pushSystem(arrival({ content: index }));
            system.push(index);
          } else if (kind === 'shift') {
            expect(mailbox.shift()?.message.content).toBe(system.length > 0 ? system.shift() : user.shift());
          } else if (kind === 'drain') {
            expect(mailbox.drain().map((one) => one.message.content)).toEqual([...system, ...user]);
            [system, user] = [[], []];
          } else {
            const isTaken = mailbox.push(kind === 'shared' ? shared(index) : arrival({ content: index }));
            expect(isTaken).toBe(kind === 'shared' || user.length < limit);
            if (isTaken) user.push(index);
          }
          expect(mailbox.length).toBe(system.length + user.length);
        }
      }),
    );
  });

  test('system messages from outside are bounded as others are; this container’s own always have room', () => {
    const mailbox = new Mailbox(2);
    const outside = () => mailbox.pushSystem(arrival({}, { local: false }));
    expect([outside(), outside(), outside()]).toEqual([true, true, false]);
    expect(mailbox.pushSystem(arrival({}, { local: true }))).toBe(true);
    mailbox.shift();
    mailbox.shift();
    expect(outside()).toBe(true);
  });

  test('what waits for a busy operation is overtaken by others, and goes first when it is free again', () => {
    const mailbox = new Mailbox(10);
    for (const [op, content] of [
      ['slow', 1],
      ['slow', 2],
      ['quick', 3],
      ['slow', 4],
      ['quick', 5],
    ] as const)
      mailbox.push(arrival({ op, content }));
    const isSlow = (op: string) => op === 'slow';
    const none = () => false;
    expect(mailbox.shift(isSlow)?.message.content).toBe(3);
    expect(mailbox.shift(isSlow)?.message.content).toBe(5);
    expect(mailbox.shift(isSlow)).toBeUndefined();
    expect(mailbox.length).toBe(3);
    mailbox.push(arrival({ op: 'quick', content: 6 }));
    expect([1, 2, 3, 4].map(() => mailbox.shift(none)?.message.content)).toEqual([1, 2, 4, 6]);
  });

  test('what waits for a busy operation takes room from the limit', () => {
    const mailbox = new Mailbox(2);
    mailbox.push(arrival({ op: 'slow', content: 1 }));
    mailbox.push(arrival({ op: 'slow', content: 2 }));
    expect(mailbox.shift(() => true)).toBeUndefined();
    expect(mailbox.push(arrival({ op: 'quick', content: 3 }))).toBe(false);
  });

  test.each([false, true])('#has() and #remove() know container and conversation, parked: %p', (isParked) => {
    const mailbox = new Mailbox(10);
    for (const [conversationId, origin] of [
      ['k#1', 'ship'],
      ['k#1', 'boat'],
      ['k#2', 'ship'],
    ] as const)
      mailbox.push(
        arrival(
          { op: 'slow', conversationId, sender: `${origin}.1`, content: `${origin}/${conversationId}` },
          { origin },
        ),
      );
    if (isParked) expect(mailbox.shift(() => true)).toBeUndefined();
    expect(mailbox.has(isOf('k#2', 'boat'))).toBe(false);
    expect(mailbox.has(isOf('k#1', 'boat'))).toBe(true);
    expect(mailbox.remove('k#2', 'boat')).toBeUndefined();
    expect(mailbox.remove('k#1', 'boat')?.message.content).toBe('boat/k#1');
    expect(mailbox.has(isOf('k#1', 'boat'))).toBe(false);
    expect(mailbox.length).toBe(2);
    expect(contentsOf(mailbox)).toEqual(isParked ? [] : ['ship/k#1', 'ship/k#2']);
    expect(mailbox.drain().map((one) => one.message.content)).toEqual(
      isParked ? ['ship/k#1', 'ship/k#2'] : [],
    );
  });

  test('with busy operations: the order of each is kept, nothing is lost, the bound holds, and nobody waits who could run', () => {
    const op = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('user', 'shared'), op }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('shift'), busy: fc.subarray(['a', 'b', 'c']) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('system') }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), index: fc.nat(80) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain') }) },
    );
    type Step = { kind: string; op?: string; busy?: readonly string[]; index?: number };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array<Step>(step, { maxLength: 80, size: 'max' }),
        (limit, steps) => {
          const mailbox = new Mailbox(limit);
          const system: number[] = [];
          /** What waits, by operation. */
          const waiting = new Map<string, number[]>();
          const lane = (name: string) => waiting.get(name) ?? [];
          const count = () => [...waiting.values()].reduce((sum, one) => sum + one.length, 0);
          for (const [content, { kind, op: name = '', busy = [], index = 0 }] of steps.entries()) {
            const one = { op: name, content, conversationId: `k#${content}` };
            if (kind === 'system') {
              mailbox.pushSystem(arrival(one));
              system.push(content);
            } else if (kind === 'shift') {
              const next = mailbox.shift((other) => busy.includes(other));
              const free = [...waiting].filter(([other, left]) => left.length > 0 && !busy.includes(other));
              if (system.length > 0) {
                expect(next?.message.content).toBe(system.shift());
              } else if (free.length === 0) {
                expect(next).toBeUndefined();
              } else {
                const from = next?.message.op ?? '';
                expect(busy).not.toContain(from);
                expect(next?.message.content).toBe(lane(from).shift());
              }
            } else if (kind === 'remove') {
              const holder = [...waiting.values()].find((left) => left.includes(index));
              expect(mailbox.has((other) => other.message.content === index)).toBe(holder !== undefined);
              const removed = mailbox.remove(`k#${index}`, 'ship');
              expect(removed?.message.content).toBe(holder === undefined ? undefined : index);
              holder?.splice(holder.indexOf(index), 1);
            } else if (kind === 'drain') {
              const left = mailbox.drain();
              expect(left.slice(0, system.length).map(({ message }) => message.content)).toEqual(system);
              system.length = 0;
              for (const [other, expected] of waiting) {
                const own = left.filter(({ message }) => message.op === other);
                expect(own.map(({ message }) => message.content)).toEqual(expected);
              }
              waiting.clear();
            } else {
              const isShared = kind === 'shared';
              const ticket = new FrameTicket(frameDelivery([message()]), 1);
              const isTaken = mailbox.push(arrival(one, isShared ? { ticket } : {}));
              expect(isTaken).toBe(isShared || count() < limit);
              if (isTaken) waiting.set(name, [...lane(name), content]);
            }
            expect(mailbox.length).toBe(system.length + count());
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
