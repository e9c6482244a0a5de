import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SenderClocks } from '../../../src/exchange/sender-clocks.ts';
import type { Clock } from '../../../src/util/index.ts';

const hourMs = 3_600_000;

/** A clock whose wall time the test sets. */
function wallClock(wallAt: number): Clock & { wallAt: number; nowAt: number } {
  const clock = {
    wallAt,
    nowAt: 0,
    now: () => clock.nowAt,
    wall: () => clock.wallAt,
    timer: () => ({ cancel: () => undefined }),
  };
  return clock;
}

describe('SenderClocks#waitedMs()', () => {
  test.each([0, 5 * hourMs, -5 * hourMs])(
    'finds the wait although the sender’s clock is %d ms off',
    (off) => {
      const clock = wallClock(1_000_000_000);
      const clocks = new SenderClocks(clock);
      expect(clocks.waitedMs('ship', 1_000_000_000 + off)).toBe(0);
      clock.wallAt += 400;
      expect(clocks.waitedMs('ship', 1_000_000_000 + 150 + off)).toBe(250);
    },
  );

  test('takes a quicker frame as the better measure from then on', () => {
    const clock = wallClock(10_000);
    const clocks = new SenderClocks(clock);
    expect(clocks.waitedMs('ship', 9_000)).toBe(0);
    expect(clocks.waitedMs('ship', 9_990)).toBe(0);
    expect(clocks.waitedMs('ship', 9_000)).toBe(990);
  });

  test('keeps senders apart', () => {
    const clock = wallClock(10_000);
    const clocks = new SenderClocks(clock);
    clocks.waitedMs('ship', 10_000);
    expect(clocks.waitedMs('shore', 2_000)).toBe(0);
    expect(clocks.waitedMs('ship', 9_700)).toBe(300);
  });

  test('a jump ahead of the sender’s clock, or back of ours, never counts as a wait', () => {
    const clock = wallClock(10_000);
    const clocks = new SenderClocks(clock);
    clocks.waitedMs('ship', 10_000);
    expect(clocks.waitedMs('ship', 10_000 + hourMs)).toBe(0);
    clock.wallAt -= hourMs;
    expect(clocks.waitedMs('ship', 10_000 + hourMs)).toBe(0);
  });

  test('forgets the sender known longest when there are 4096 others, and learns it again', () => {
    const clock = wallClock(10_000);
    const clocks = new SenderClocks(clock);
    clocks.waitedMs('first', 10_000);
    clocks.waitedMs('second', 10_000);
    for (let index = 2; index < 4096; index += 1) clocks.waitedMs(`s${index}`, 10_000);
    expect(clocks.waitedMs('first', 9_000)).toBe(1_000);
    clocks.waitedMs('one more', 10_000);
    expect(clocks.waitedMs('second', 9_000)).toBe(1_000);
    expect(clocks.waitedMs('first', 9_000)).toBe(0);
  });

  test('our own clock set ahead never counts as a wait', () => {
    const clock = wallClock(10_000);
    const clocks = new SenderClocks(clock);
    expect(clocks.waitedMs('ship', 10_000)).toBe(0);
    clock.wallAt += 20_000;
    expect(clocks.waitedMs('ship', 10_000)).toBe(0);
    expect(clocks.waitedMs('ship', 9_700)).toBe(300);
  });

  test('a sender’s clock set back, or one frame from the future, is believed after two spans of ten seconds', () => {
    const clock = wallClock(100_000);
    const clocks = new SenderClocks(clock);
    const pass = (ms: number) => {
      clock.nowAt += ms;
      clock.wallAt += ms;
    };
    clocks.waitedMs('ship', 100_000 + hourMs);
    expect(clocks.waitedMs('ship', 100_000)).toBe(hourMs);
    pass(10_000);
    expect(clocks.waitedMs('ship', 110_000)).toBe(hourMs);
    pass(10_000);
    expect(clocks.waitedMs('ship', 120_000)).toBe(0);
    expect(clocks.waitedMs('ship', 119_600)).toBe(400);
  });

  test('is never negative, and never more than the real wait, whatever the clocks show', () => {
    const frame = fc.record({ transitMs: fc.nat(5_000), pauseMs: fc.nat(5_000) });
    fc.assert(
      fc.property(
        fc.integer({ min: -hourMs, max: hourMs }),
        fc.array(frame, { minLength: 1 }),
        (off, frames) => {
          const clock = wallClock(0);
          const clocks = new SenderClocks(clock);
          let sentAt = hourMs * 2;
          let quickest = Number.POSITIVE_INFINITY;
          for (const { transitMs, pauseMs } of frames) {
            sentAt += pauseMs;
            clock.nowAt += sentAt + transitMs - clock.wallAt;
            clock.wallAt = sentAt + transitMs;
            quickest = Math.min(quickest, transitMs);
            const waitedMs = clocks.waitedMs('ship', sentAt + off);
            expect(waitedMs).toBeGreaterThanOrEqual(0);
            expect(waitedMs).toBeLessThanOrEqual(transitMs - quickest);
          }
        },
      ),
    );
  });
});
