import { checkKeys, checkTimer, refusal } from './refusal.ts';

/** How the waits before a child's restarts grow. OTP has none: a child that fails at once uses up its restarts within microseconds. */
export interface RestartDelayOptions {
  /** The wait before the second restart in a row, before jitter, milliseconds; above 0. Default 100. */
  readonly initialMs?: number;
  /** No wait is longer, milliseconds; at least `initialMs`. Default 10 000, or `initialMs` if that is more. */
  readonly maxMs?: number;
  /** Each wait is this many times the one before; at least 1. Default 2. */
  readonly factor?: number;
  /** The share of a wait that chance may take away, 0 to 1. Default 0.5. */
  readonly jitter?: number;
  /** A child that has run this long, milliseconds, begins anew: its next restart is at once. Default: the supervisor's `periodMs`. */
  readonly resetAfterMs?: number;
}

/** {@link RestartDelayOptions}, checked, with every default in its place. */
export interface ResolvedRestartDelay {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  readonly jitter: number;
  /** `undefined`: the supervisor's `periodMs`. */
  readonly resetAfterMs: number | undefined;
}

/** The defaults of {@link RestartDelayOptions}; that of `resetAfterMs` is the supervisor's. */
export const restartDelayDefaults = { initialMs: 100, maxMs: 10_000, factor: 2, jitter: 0.5 } as const;

const keys = ['initialMs', 'maxMs', 'factor', 'jitter', 'resetAfterMs'];

/** @throws ConfigurationError that names the action, the key, what is wanted and what was found */
export function resolveRestartDelay(
  options: false | RestartDelayOptions,
  action: string,
): ResolvedRestartDelay | false {
  if (options === false) return false;
  const where = `${action}, restartDelay`;
  checkKeys(where, options, keys);
  const initialMs = options.initialMs ?? restartDelayDefaults.initialMs;
  const maxMs = options.maxMs ?? Math.max(restartDelayDefaults.maxMs, initialMs);
  const {
    factor = restartDelayDefaults.factor,
    jitter = restartDelayDefaults.jitter,
    resetAfterMs,
  } = options;
  const check = (key: string, value: unknown, holds: (number: number) => boolean, wanted: string) => {
    if (typeof value !== 'number' || !Number.isFinite(value) || !holds(value)) {
      throw refusal(where, key, wanted, value);
    }
  };
  check('initialMs', initialMs, (ms) => ms > 0, 'milliseconds above 0');
  check('maxMs', maxMs, (ms) => ms >= initialMs, `milliseconds, at least initialMs (${initialMs})`);
  checkTimer(where, 'maxMs', maxMs);
  check('factor', factor, (times) => times >= 1, 'a number from 1 on');
  check('jitter', jitter, (share) => share >= 0 && share <= 1, 'a number between 0 and 1');
  if (resetAfterMs !== undefined) check('resetAfterMs', resetAfterMs, (ms) => ms > 0, 'milliseconds above 0');
  return Object.freeze({ initialMs, maxMs, factor, jitter, resetAfterMs });
}

/**
 * The wait before a restart, milliseconds. `before` is how many restarts in a row the child has had already: the first is at once. `chance` is
 * uniform in [0, 1) and only shortens.
 */
export function restartDelayMs(delay: ResolvedRestartDelay, before: number, chance: number): number {
  if (before < 1) return 0;
  const { initialMs, maxMs, factor, jitter } = delay;
  return Math.min(initialMs * factor ** (before - 1), maxMs) * (1 - jitter * chance);
}
