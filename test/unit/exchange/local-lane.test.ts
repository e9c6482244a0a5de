import { describe, expect, test } from '@jest/globals';
import { LocalLane } from '../../../src/exchange/local-lane.ts';
import { arrival } from './bed.ts';

/** A lane whose turns of the event loop begin when the test says so. */
function makeLane(
  onDelivery: (content: unknown, push: (content: unknown) => void) => void = () => undefined,
) {
  const delivered: unknown[] = [];
  let turns: (() => void)[] = [];
  const scheduler = { soon: (fn: () => void) => void turns.push(fn) };
  const lane = new LocalLane(scheduler, ({ message: { content } }) => {
    delivered.push(content);
    onDelivery(content, push);
  });
  function push(content: unknown): void {
    lane.push(arrival({ content }));
  }
  return {
    delivered,
    push,
    /** Microtasks run; no new turn begins. */
    microtasks: async () => {
      for (let round = 0; round < 3; round += 1) await Promise.resolve();
    },
    /** The next turn, with its microtasks. */
    turn: async () => {
      const due = turns;
      turns = [];
      for (const fn of due) fn();
      for (let round = 0; round < 3; round += 1) await Promise.resolve();
      return due.length;
    },
  };
}

describe('LocalLane', () => {
  test('#push() never delivers inside the call, and delivers before a new turn begins', async () => {
    const lane = makeLane();
    lane.push(1);
    lane.push(2);
    expect(lane.delivered).toEqual([]);
    await lane.microtasks();
    expect(lane.delivered).toEqual([1, 2]);
  });

  test('what is pushed during a delivery comes after what waits, not inside it', async () => {
    const inside: unknown[][] = [];
    const lane = makeLane((content, push) => {
      if (content !== 'first') return;
      push('answer');
      inside.push([...lane.delivered]);
    });
    lane.push('first');
    lane.push('second');
    await lane.microtasks();
    expect(inside).toEqual([['first']]);
    expect(lane.delivered).toEqual(['first', 'second', 'answer']);
  });

  test('keeps the order over pauses and turns', async () => {
    const lane = makeLane();
    const contents = Array.from({ length: 3500 }, (_, index) => index);
    for (const content of contents.slice(0, 2500)) lane.push(content);
    await lane.microtasks();
    for (const content of contents.slice(2500)) lane.push(content);
    while (lane.delivered.length < contents.length) expect(await lane.turn()).toBeGreaterThan(0);
    expect(lane.delivered).toEqual(contents);
  });

  test('an exchange that never ends gets 1000 deliveries per turn, so that sockets and timers get theirs', async () => {
    const lane = makeLane((content, push) => push(Number(content) + 1));
    lane.push(0);
    await lane.microtasks();
    expect(lane.delivered).toHaveLength(1000);
    await lane.turn();
    expect(lane.delivered).toHaveLength(2000);
    await lane.turn();
    expect(lane.delivered).toHaveLength(3000);
  });

  test('an exchange over microtasks that never ends is paused too', async () => {
    const lane = makeLane((content, push) => void Promise.resolve().then(() => push(Number(content) + 1)));
    lane.push(0);
    for (let round = 0; round < 20_000; round += 1) await Promise.resolve();
    expect(lane.delivered).toHaveLength(1000);
    await lane.turn();
    for (let round = 0; round < 20_000; round += 1) await Promise.resolve();
    expect(lane.delivered).toHaveLength(2000);
  });

  test('goes on after exactly 1000 deliveries with nothing left, and asks for no turn when it rests', async () => {
    const lane = makeLane();
    for (let index = 0; index < 1000; index += 1) lane.push(index);
    await lane.microtasks();
    expect(lane.delivered).toHaveLength(1000);
    lane.push('next');
    await lane.turn();
    expect(lane.delivered.at(-1)).toBe('next');
    await lane.turn();
    expect(await lane.turn()).toBe(0);
    lane.push('much later');
    await lane.microtasks();
    expect(lane.delivered.at(-1)).toBe('much later');
  });
});
