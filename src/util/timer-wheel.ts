import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, longestTimerMs, type Timer } from './env.ts';

/** The longest delay that {@link TimerWheel#arm} takes: 34 years. */
const MAX_DELAY_MS = 2 ** 40;
const SLOTS = 64;
/** 64^8 = 2^48 ticks: more than MAX_DELAY_MS and any uptime need. */
const LEVELS = 8;
/** Ticks that one slot of a level spans. */
const SPANS: readonly number[] = Array.from({ length: LEVELS }, (_, level) => SLOTS ** level);

/**
 * Something with a deadline. The owner extends this class (or carries its four members), so that arming allocates nothing.
 * An entry belongs to one wheel at a time; the `wheel…` members are the wheel's.
 */
export abstract class WheelEntry {
  /** @internal */
  wheelNext: WheelEntry | null = null;
  /** @internal */
  wheelPrevious: WheelEntry | null = null;
  /** @internal */
  wheelTick = 0;

  /** Called by the wheel once per arming, when the delay is over. The entry is no longer armed and may be armed again. */
  abstract onTimer(): void;
}

/** The head of one slot's ring of entries. */
class Slot extends WheelEntry {
  override wheelNext: WheelEntry = this;
  override wheelPrevious: WheelEntry = this;
  override onTimer(): void {}
}

/**
 * Many deadlines on one timer of the clock: a hierarchical timer wheel.
 *
 * Arming and disarming are O(1) and allocate nothing. An entry never fires early, and late by at most one tick plus the
 * lateness of the clock. Entries fire in the order of their ticks, within a tick in the order of arming. The wheel does not tick:
 * it sleeps until the next occupied slot, and an entry hours away is moved at most once per level on its way. The clock's timer
 * exists only while entries do.
 *
 * `onTimer` runs in the async context in which the wheel was made; owners that need theirs restore it.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #originAt: number;
  /** Levels are made on first use. An entry lies in the lowest level whose block it shares with `#tick`. */
  readonly #levels: Slot[][] = [];
  /** The wheel wakes outside the async context of whoever armed it. */
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #onWake = (): void => this.#wake();
  /** How far the wheel has turned; never beyond the clock. */
  #tick = 0;
  /** The last tick of which the entries have fired, or are firing. */
  #firedTick = 0;
  #size = 0;
  #timer: Timer | undefined;
  #wakeTick = 0;
  #isRunning = false;

  /**
   * @param tickMs The wheel's grain, at least 1. Default 10.
   * @param onError Told what an `onTimer` threw; the others fire all the same. By default it is thrown in a microtask, where Node
   * treats it as uncaught.
   */
  constructor(clock: Clock, tickMs: number = 10, onError: (error: unknown) => void = throwLater) {
    if (!(tickMs >= 1 && tickMs <= longestTimerMs)) {
      throw new RangeError(`TimerWheel: tickMs must be a number of at least 1, not ${tickMs}`);
    }
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#onError = onError;
    this.#originAt = clock.now();
  }

  /** How many entries are armed. */
  get size(): number {
    return this.#size;
  }

  /**
   * Calls `entry.onTimer()` after `delayMs`, never synchronously; 0 or less means the next tick. An armed entry is moved.
   *
   * @throws {RangeError} when `delayMs` is not a number or above 2^40.
   */
  arm(entry: WheelEntry, delayMs: number): void {
    if (!(delayMs <= MAX_DELAY_MS)) {
      throw new RangeError(`TimerWheel: delayMs must be a number of at most 2^40, not ${delayMs}`);
    }
    this.armAt(entry, this.#clock.now() + Math.max(0, delayMs));
  }

  /**
   * As {@link arm}, for a moment on the wheel's clock, which it does not have to ask then; what has passed means the next tick.
   *
   * @throws {RangeError} when `at` is not a number or more than 2^41 ms after the wheel was made.
   */
  armAt(entry: WheelEntry, at: number): void {
    const ms = at - this.#originAt;
    // A long delay, after a long uptime.
    if (!(ms <= 2 * MAX_DELAY_MS)) {
      throw new RangeError(`TimerWheel: a moment must be a number of at most 2^41 from the start, not ${ms}`);
    }
    if (entry.wheelNext === null) this.#size += 1;
    else unlink(entry);
    entry.wheelTick = Math.max(Math.ceil(ms / this.#tickMs), this.#firedTick + 1);
    this.#place(entry);
    if (!this.#isRunning && (this.#timer === undefined || entry.wheelTick < this.#wakeTick)) {
      this.#sleepUntil(entry.wheelTick);
    }
  }

  /** Takes `entry` off the wheel; harmless when it is not armed. */
  disarm(entry: WheelEntry): void {
    if (entry.wheelNext === null) return;
    unlink(entry);
    this.#size -= 1;
    if (this.#size === 0) this.#stopTimer();
  }

  /** Disarms every entry; none of them fires. The wheel can be used again. */
  close(): void {
    for (const level of this.#levels) {
      for (const slot of level) {
        for (let entry = slot.wheelNext; entry !== slot; entry = slot.wheelNext) unlink(entry);
      }
    }
    this.#size = 0;
    this.#stopTimer();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#isRunning = true;
    // The clock may have been early, by rounding or because the sleep was capped; then nothing is due.
    const nowTick = Math.floor((this.#clock.now() - this.#originAt) / this.#tickMs);
    // What is armed meanwhile for a moment that has passed fires in the next wake, not once for each tick of this one.
    this.#firedTick = nowTick;
    let nextTick = this.#turn(nowTick);
    while (nextTick <= nowTick) nextTick = this.#turn(nowTick);
    this.#tick = nowTick;
    this.#isRunning = false;
    if (this.#size > 0) this.#sleepUntil(nextTick);
  }

  /** Empties the next occupied slot if it begins by `nowTick`; returns the tick at which that slot begins. */
  #turn(nowTick: number): number {
    for (let level = 0; level < this.#levels.length; level += 1) {
      const span = spanOf(level);
      const slots = this.#levels[level] ?? [];
      const block = Math.floor(this.#tick / (span * SLOTS)) * SLOTS;
      for (let index = Math.floor(this.#tick / span) - block; index < SLOTS; index += 1) {
        const slot = slots[index];
        if (slot === undefined || slot.wheelNext === slot) continue;
        const slotTick = (block + index) * span;
        if (slotTick <= nowTick) {
          this.#tick = slotTick;
          if (level === 0) this.#fire(slot);
          else this.#cascade(slot);
        }
        return slotTick;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  #fire(slot: Slot): void {
    // Taken one by one: an onTimer may disarm or move its neighbours.
    for (let entry = slot.wheelNext; entry !== slot; entry = slot.wheelNext) {
      unlink(entry);
      this.#size -= 1;
      try {
        entry.onTimer();
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(error);
    } catch (reportError) {
      throwLater(reportError);
    }
  }

  /** Hands a slot's entries down: the wheel has come to the slot's first tick. */
  #cascade(slot: Slot): void {
    for (let entry = slot.wheelNext; entry !== slot; entry = slot.wheelNext) {
      unlink(entry);
      this.#place(entry);
    }
  }

  #place(entry: WheelEntry): void {
    let level = 0;
    while (
      Math.floor(entry.wheelTick / (spanOf(level) * SLOTS)) !==
      Math.floor(this.#tick / (spanOf(level) * SLOTS))
    ) {
      level += 1;
    }
    const slot = this.#slotsOf(level)[Math.floor(entry.wheelTick / spanOf(level)) % SLOTS];
    if (slot !== undefined) append(slot, entry);
  }

  #slotsOf(level: number): Slot[] {
    for (let made = this.#levels.length; made <= level; made += 1) {
      this.#levels.push(Array.from({ length: SLOTS }, () => new Slot()));
    }
    return this.#levels[level] ?? [];
  }

  #sleepUntil(tick: number): void {
    this.#timer?.cancel();
    this.#wakeTick = tick;
    // Rounded up: Node cuts fractions off and would wake us too early.
    const delayMs = Math.ceil(this.#originAt + tick * this.#tickMs - this.#clock.now());
    const sleepMs = Math.max(0, Math.min(delayMs, longestTimerMs));
    this.#timer = this.#outside(() => this.#clock.timer(sleepMs, this.#onWake));
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

function spanOf(level: number): number {
  return SPANS[level] ?? Number.POSITIVE_INFINITY;
}

function append(slot: Slot, entry: WheelEntry): void {
  const last = slot.wheelPrevious;
  last.wheelNext = entry;
  entry.wheelPrevious = last;
  entry.wheelNext = slot;
  slot.wheelPrevious = entry;
}

function unlink(entry: WheelEntry): void {
  const { wheelNext: next, wheelPrevious: previous } = entry;
  if (next === null || previous === null) return;
  previous.wheelNext = next;
  next.wheelPrevious = previous;
  entry.wheelNext = null;
  entry.wheelPrevious = null;
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
