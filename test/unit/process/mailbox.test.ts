import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameTicket } from '../../../src/exchange/index.ts';
import { Mailbox } from '../../../src/process/mailbox.ts';
import { arrival, frameDelivery, message } from '../exchange/bed.ts';

const shared = (content: unknown) =>
  arrival({ content }, { ticket: new FrameTicket(frameDelivery([message()]), 1) });

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
});
