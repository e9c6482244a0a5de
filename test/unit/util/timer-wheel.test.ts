import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { type Clock, type Timer, TimerWheel, WheelEntry } from '../../../src/util/index.ts';

/** A clock whose time moves synchronously; `latenessMs` delays every timer, a negative one makes them early as Node's may be. */
class StepClock implements Clock {
  readonly armed = new Set<{ at: number; fn: () => void }>();
  longestMs = 0;
  wakes = 0;
  latenessMs = 0;
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  timer(delayMs: number, fn: () => void): Timer {
    this.longestMs = Math.max(this.longestMs, delayMs);
    const timer = { at: this.#now + Math.max(1, delayMs + this.latenessMs), fn };
    this.armed.add(timer);
    return { cancel: () => void this.armed.delete(timer) };
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.armed].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.armed.delete(due);
      this.#now = Math.max(this.#now, due.at);
      this.wakes += 1;
      due.fn();
    }
    this.#now = until;
  }
}

class Entry extends WheelEntry {
  readonly #action: (entry: Entry) => void;

  constructor(action: (entry: Entry) => void = () => {}) {
    super();
    this.#action = action;
  }

  override onTimer(): void {
    this.#action(this);
  }
}

const HOUR_MS = 3_600_000;

describe('TimerWheel#arm()', () => {
  test('fires once, not before the delay and within a tick after it', () => {
    const clock = new StepClock(3.7);
    const wheel = new TimerWheel(clock);
    const firedAt: number[] = [];
    wheel.arm(new Entry(() => firedAt.push(clock.now())), 25);
    clock.advance(24.9);
    expect(firedAt).toEqual([]);
    clock.advance(HOUR_MS);
    expect(firedAt).toHaveLength(1);
    expect(firedAt[0]).toBeLessThan(3.7 + 25 + 10 + 1);
  });

  test.each([0, -5])('with a delay of %p fires in the next tick, not synchronously', (delayMs) => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const action = jest.fn();
    wheel.arm(new Entry(action), delayMs);
    expect(action).not.toHaveBeenCalled();
    clock.advance(10);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('moves an armed entry, earlier and later', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const firedAt: number[] = [];
    const entry = new Entry(() => firedAt.push(clock.now()));
    wheel.arm(entry, 5_000);
    wheel.arm(entry, 100);
    wheel.arm(entry, 200);
    expect(wheel.size).toBe(1);
    clock.advance(10_000);
    expect(firedAt).toEqual([200]);
  });

  test('takes delays beyond what Node’s timers hold, without long sleeps or many wakes', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const firedAt: number[] = [];
    const delayMs = 2 ** 31 + 12_340;
    wheel.arm(new Entry(() => firedAt.push(clock.now())), 2 ** 32 + 7);
    wheel.arm(new Entry(() => firedAt.push(clock.now())), delayMs);
    clock.advance(2 ** 33);
    expect(firedAt).toEqual([Math.ceil(delayMs / 10) * 10, Math.ceil((2 ** 32 + 7) / 10) * 10]);
    expect(clock.longestMs).toBeLessThan(2 ** 31);
    expect(clock.wakes).toBeLessThan(20);
  });

  test('lets entries hours away cost nothing per tick', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    for (let hours = 1; hours <= 100; hours += 1) wheel.arm(new Entry(), hours * HOUR_MS);
    clock.advance(HOUR_MS / 2);
    expect(clock.wakes).toBeLessThan(10);
    clock.advance(100 * HOUR_MS);
    expect(wheel.size).toBe(0);
    expect(clock.wakes).toBeLessThan(1_000);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 41])('refuses a delay of %p', (delayMs) => {
    const wheel = new TimerWheel(new StepClock());
    expect(() => wheel.arm(new Entry(), delayMs)).toThrow(RangeError);
    expect(wheel.size).toBe(0);
  });

  test('goes on after a long uptime', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const action = jest.fn();
    wheel.arm(new Entry(action), 10 * 365 * 24 * HOUR_MS);
    clock.advance(10 * 365 * 24 * HOUR_MS);
    wheel.arm(new Entry(action), 15_000);
    clock.advance(15_000);
    expect(action).toHaveBeenCalledTimes(2);
  });
});

describe('TimerWheel#armAt()', () => {
  test('fires at that moment of the clock or within a tick after it, after a long uptime too', () => {
    const clock = new StepClock(3.7);
    const wheel = new TimerWheel(clock);
    const firedAt: number[] = [];
    clock.advance(30 * HOUR_MS);
    const at = clock.now() + 25;
    wheel.armAt(new Entry(() => firedAt.push(clock.now())), at);
    clock.advance(24.9);
    expect(firedAt).toEqual([]);
    clock.advance(HOUR_MS);
    expect(firedAt).toHaveLength(1);
    expect((firedAt[0] ?? 0) - at).toBeLessThan(10 + 1);
  });

  test('for a moment that has passed fires once in the next wake, not synchronously, though it is armed again each time', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    clock.advance(HOUR_MS);
    const action = jest.fn((entry: Entry) => wheel.armAt(entry, 0));
    wheel.armAt(new Entry(action), 0);
    expect(action).not.toHaveBeenCalled();
    const wakes = clock.wakes;
    clock.advance(10);
    expect(action).toHaveBeenCalled();
    expect(action.mock.calls.length).toBeLessThanOrEqual(clock.wakes - wakes);
  });

  test('refuses what is no moment, and takes the longest delay at any time', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    clock.advance(HOUR_MS);
    wheel.arm(new Entry(), 2 ** 40);
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 42])
      expect(() => wheel.armAt(new Entry(), at)).toThrow(RangeError);
  });
});

describe('TimerWheel', () => {
  test('holds one timer of the clock, and none when empty', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const entries = [5_000, 20, 300_000].map((delayMs) => {
      const entry = new Entry();
      wheel.arm(entry, delayMs);
      expect(clock.armed.size).toBe(1);
      return entry;
    });
    for (const entry of entries) wheel.disarm(entry);
    for (const entry of entries) wheel.disarm(entry);
    expect([wheel.size, clock.armed.size]).toEqual([0, 0]);
    wheel.arm(new Entry(), 20);
    clock.advance(30);
    expect([wheel.size, clock.armed.size]).toEqual([0, 0]);
  });

  test('close() disarms everything and can be used again', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const action = jest.fn();
    for (const delayMs of [10, 1_000, HOUR_MS]) wheel.arm(new Entry(action), delayMs);
    wheel.close();
    expect([wheel.size, clock.armed.size]).toEqual([0, 0]);
    clock.advance(2 * HOUR_MS);
    expect(action).not.toHaveBeenCalled();
    wheel.arm(new Entry(action), 10);
    clock.advance(20);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('an onTimer may arm itself, arm others and disarm its neighbour', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const log: string[] = [];
    const neighbour = new Entry(() => log.push('neighbour'));
    const periodic = new Entry((entry) => {
      log.push(`periodic ${clock.now()}`);
      wheel.disarm(neighbour);
      if (log.length < 3) wheel.arm(entry, 0);
      else wheel.arm(new Entry(() => log.push(`other ${clock.now()}`)), 700);
    });
    wheel.arm(periodic, 10);
    wheel.arm(neighbour, 10);
    clock.advance(2_000);
    expect(log).toEqual(['periodic 10', 'periodic 20', 'periodic 30', 'other 730']);
    expect([wheel.size, clock.armed.size]).toEqual([0, 0]);
  });

  test('an onTimer may close the wheel', () => {
    const clock = new StepClock();
    const wheel = new TimerWheel(clock);
    const action = jest.fn();
    wheel.arm(new Entry(() => wheel.close()), 10);
    wheel.arm(new Entry(action), 10);
    wheel.arm(new Entry(action), 10_000);
    clock.advance(HOUR_MS);
    expect(action).not.toHaveBeenCalled();
    expect(clock.armed.size).toBe(0);
  });

  test('reports what an onTimer throws and fires the others', () => {
    const clock = new StepClock();
    const errors: unknown[] = [];
    const wheel = new TimerWheel(clock, 10, (error) => errors.push(error));
    const action = jest.fn();
    wheel.arm(
      new Entry(() => {
        throw new RangeError('broken');
      }),
      10,
    );
    wheel.arm(new Entry(action), 10);
    wheel.arm(new Entry(action), 20);
    clock.advance(20);
    expect(errors).toEqual([new RangeError('broken')]);
    expect(action).toHaveBeenCalledTimes(2);
  });

  test.each([0, 0.5, Number.NaN])('refuses a tick of %p ms', (tickMs) => {
    expect(() => new TimerWheel(new StepClock(), tickMs)).toThrow(RangeError);
  });

  test('fires in order, never early and at most a tick late, like a naive list of deadlines', () => {
    const delay = fc.oneof(
      fc.integer({ min: -1, max: 50 }),
      fc.integer({ min: 0, max: 3_000 }),
      fc.integer({ min: 0, max: HOUR_MS }),
      fc.integer({ min: 0, max: 2 ** 33 }),
    );
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('arm' as const), id: fc.nat(15), ms: delay }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('disarm' as const), id: fc.nat(15), ms: fc.constant(0) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('advance' as const), id: fc.constant(0), ms: delay }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(1, 10, 16),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: -3, max: 40 }),
        (steps, tickMs, startAt, latenessMs) => {
          const clock = new StepClock(startAt);
          clock.latenessMs = latenessMs;
          const errors: unknown[] = [];
          const wheel = new TimerWheel(clock, tickMs, (error) => errors.push(error));
          const model = new Map<number, { dueTick: number; dueAt: number; order: number }>();
          let order = 0;
          let last = { dueTick: 0, order: -1 };
          const entries = Array.from(
            { length: 16 },
            (_, id) =>
              new Entry(() => {
                const due = model.get(id) ?? { dueTick: Number.NaN, dueAt: Number.NaN, order: Number.NaN };
                model.delete(id);
                expect(clock.now()).toBeGreaterThanOrEqual(due.dueAt);
                // A clock that is early must be asked twice, at its grain of 1 ms.
                const allowedMs = tickMs + Math.max(latenessMs, 0) + (latenessMs < 0 ? 2 : 0);
                expect(clock.now() - due.dueAt).toBeLessThanOrEqual(allowedMs);
                const isInOrder =
                  due.dueTick > last.dueTick || (due.dueTick === last.dueTick && due.order > last.order);
                expect(isInOrder).toBe(true);
                last = due;
              }),
          );
          const tickOf = (at: number) => Math.ceil((at - startAt) / tickMs);
          for (const { do: action, id, ms } of steps) {
            const entry = entries[id];
            if (entry === undefined) continue;
            if (action === 'advance') clock.advance(Math.max(0, ms));
            else if (action === 'disarm') {
              wheel.disarm(entry);
              model.delete(id);
            } else {
              wheel.arm(entry, ms);
              const nextTick = Math.floor((clock.now() - startAt) / tickMs) + 1;
              const dueTick = Math.max(tickOf(clock.now() + ms), nextTick);
              model.set(id, { dueTick, dueAt: clock.now() + Math.max(0, ms), order: order++ });
            }
            expect(errors).toEqual([]);
            expect(wheel.size).toBe(model.size);
            expect(clock.armed.size).toBe(model.size === 0 ? 0 : 1);
          }
          clock.advance(2 ** 34);
          expect(errors).toEqual([]);
          expect([wheel.size, model.size, clock.armed.size]).toEqual([0, 0, 0]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
