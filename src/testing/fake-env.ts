import {
  type Clock,
  type Env,
  makeIds,
  type Random,
  type Scheduler,
  systemEnv,
  type Timer,
} from '../util/index.ts';
import { turns } from './eventually.ts';

/** How a {@link FakeEnv} starts. */
export interface FakeEnvOptions {
  /** Seed of everything random. Default 1. */
  readonly seed?: number;
  /** Wall-clock time at the start. Default 2026-01-01T00:00:00Z. */
  readonly wallAt?: number;
  /** Default `testhost`. */
  readonly hostname?: string;
  /** Default 4242. */
  readonly osPid?: number;
  /** Replaces the real turns of the event loop (`setImmediate`) behind `scheduler.soon`. */
  readonly soon?: (fn: () => void) => void;
}

/**
 * An {@link Env} for tests: time stands still until {@link FakeEnv.advance} moves it, chance comes from a seed, and
 * `scheduler.soon` is the real `setImmediate` unless told otherwise.
 *
 * @example
 * const env = fakeEnv();
 * env.clock.timer(1_000, () => fired.push('second'));
 * await env.advance(999);  // nothing yet
 * await env.advance(1);    // fired
 */
export interface FakeEnv extends Env {
  /**
   * Moves the clock by `ms`. Timers fire in the order of their moments (ties: in the order of arming), each at its own moment; before the
   * first, between any two and after the last, a few turns of the event loop pass, so that whatever a timer sets off (new timers inside
   * the span included) has happened when the promise resolves.
   */
  advance(ms: number): Promise<void>;
  /** Armed timers: 0 shows that nothing was left behind. */
  pendingTimers(): number;
}

/** Makes a {@link FakeEnv}. Containers that share one share its clock, its chance and the host's name, so give each an id. */
export function fakeEnv(options: FakeEnvOptions = {}): FakeEnv {
  const { seed = 1, wallAt = Date.UTC(2026, 0, 1), hostname = 'testhost', osPid = 4242 } = options;
  const clock = new FakeClock(wallAt);
  const random = seededRandom(seed);
  const scheduler: Scheduler = { soon: options.soon ?? systemEnv().scheduler.soon };
  return {
    clock,
    random,
    scheduler,
    ids: makeIds(random.fork('ids'), hostname, osPid),
    advance: (ms) => clock.advance(ms),
    pendingTimers: () => clock.pendingTimers(),
  };
}

/** A repeatable {@link Random} (mulberry32). A fork depends on the seed and its label only, not on what was drawn before. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
    fork: (label) => seededRandom(hash(`${seed}/${label}`)),
  };
}

interface ArmedTimer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

class FakeClock implements Clock {
  readonly #wallAt: number;
  readonly #armed = new Set<ArmedTimer>();
  #now = 0;
  #order = 0;

  constructor(wallAt: number) {
    this.#wallAt = wallAt;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallAt + this.#now;
  }

  timer(delayMs: number, fn: () => void): Timer {
    const armed: ArmedTimer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, fn };
    this.#armed.add(armed);
    // As on the system clock, a timer that is due at once fires without anybody moving time.
    if (armed.at === this.#now) systemEnv().scheduler.soon(() => this.#fire(armed));
    return { cancel: () => void this.#armed.delete(armed) };
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turns();
    for (let due = this.#earliest(until); due !== undefined; due = this.#earliest(until)) {
      this.#now = Math.max(this.#now, due.at);
      this.#fire(due);
      await turns();
    }
    this.#now = until;
  }

  pendingTimers(): number {
    return this.#armed.size;
  }

  #fire(timer: ArmedTimer): void {
    if (this.#armed.delete(timer)) timer.fn();
  }

  #earliest(until: number): ArmedTimer | undefined {
    let first: ArmedTimer | undefined;
    for (const timer of this.#armed) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
