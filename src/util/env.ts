/**
 * The outside world that a container reads on its own account: time, chance, identity and turns of the event loop.
 *
 * One `Env` belongs to one container and is handed down by constructors, never imported, so that a whole cluster
 * can run in one process on a virtual clock and from one seed.
 */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly ids: Ids;
}

/** Time. Durations and moments are milliseconds, with fractions where the source has them. */
export interface Clock {
  /** Monotonic time; only differences mean anything. */
  now(): number;
  /** Wall-clock time, milliseconds since the Unix epoch; it may jump. */
  wall(): number;
  /** Calls `fn` once after `delayMs`, at most {@link longestTimerMs}; a delay of 0 or less fires in a later turn, never synchronously. */
  timer(delayMs: number, fn: () => void): Timer;
}

/** The longest delay that a timer takes, as of Node: 24 days. */
export const longestTimerMs = 2 ** 31 - 1;

/** One armed timer of a {@link Clock}. */
export interface Timer {
  /** Disarms the timer; harmless when it has fired or was cancelled before. */
  cancel(): void;
}

/** A source of randomness; the system's is cryptographically strong. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** An independent source; the same label of the same seeded parent yields the same sequence. */
  fork(label: string): Random;
}

/** Turns of the event loop. */
export interface Scheduler {
  /** Calls `fn` once, after the present turn and its microtasks, before any timer armed later. In order of calls. */
  soon(fn: () => void): void;
}

/** What identifies this operating-system process to the outside. */
export interface Ids {
  readonly hostname: string;
  readonly osPid: number;
  /** A fresh URL-safe token that carries `bits` random bits (a multiple of 8). */
  token(bits: number): string;
}
