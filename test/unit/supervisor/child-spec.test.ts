import { describe, expect, test } from '@jest/globals';
import { Process } from '../../../src/process/index.ts';
import {
  resolveChildSpec,
  resolveSupervisorFlags,
  resolveSupervisorSpec,
  supervisor,
} from '../../../src/supervisor/index.ts';
import { children, start } from './specs.ts';

/** What untyped callers may hand over: `.app` files, JavaScript. */
const untyped = (value: unknown) => JSON.parse(JSON.stringify(value));
const a = { id: 'a', start };
const aStart = 'a class that extends Process, or a function';
const aTimer = 'at most 2147483647 milliseconds, which is what a timer can take';
class Worker extends Process {}

describe('resolveChildSpec()', () => {
  test('fills in the defaults of OTP', () => {
    expect(resolveChildSpec(a)).toEqual({
      id: 'a',
      start,
      options: {},
      startTimeoutMs: 60_000,
      restart: 'permanent',
      shutdown: 5_000,
      significant: false,
      type: 'worker',
      restartDelay: undefined,
    });
  });

  test('waits for a supervisor as long as it takes', () => {
    expect(resolveChildSpec({ ...a, type: 'supervisor' }).shutdown).toBe('infinity');
    expect(resolveChildSpec({ ...a, type: 'supervisor', shutdown: 7 }).shutdown).toBe(7);
  });

  test('takes a class of supervisors for one, and others for workers', () => {
    const start = supervisor({ children: [] });
    expect(resolveChildSpec({ id: 'a', start })).toMatchObject({ type: 'supervisor', shutdown: 'infinity' });
    expect(resolveChildSpec({ id: 'a', start, type: 'worker' })).toMatchObject({
      type: 'worker',
      shutdown: 5_000,
    });
    expect(resolveChildSpec({ id: 'a', start: Worker }).type).toBe('worker');
  });

  test('gives a function of a supervisor all the time it needs', () => {
    expect(resolveChildSpec({ ...a, type: 'supervisor' }).startTimeoutMs).toBe(Number.POSITIVE_INFINITY);
    expect(resolveChildSpec({ ...a, type: 'supervisor', startTimeoutMs: 7 }).startTimeoutMs).toBe(7);
  });

  test('freezes what it answers', () => {
    expect(Object.isFrozen(resolveChildSpec(a))).toBe(true);
  });

  test('lets a transient or temporary child be significant where that means something', () => {
    expect(
      resolveChildSpec({ ...a, restart: 'transient', significant: true }, 'any_significant').significant,
    ).toBe(true);
    expect(
      resolveChildSpec({ ...a, restart: 'temporary', significant: true }, 'all_significant').significant,
    ).toBe(true);
  });

  test.each([
    [untyped([]), 'child spec: it must be an object, not a list'],
    [{ start, ...untyped({ id: 7 }) }, 'child spec: id must be text that is not empty, not 7'],
    [{ start, id: '' }, "child spec: id must be text that is not empty, not ''"],
    [untyped({ id: 'a' }), `child spec 'a': start must be ${aStart}, not undefined`],
    [
      Object.assign(untyped({ id: 'a' }), { start: class Strange {} }),
      `child spec 'a': start must be ${aStart}, not class Strange`,
    ],
    [
      { ...a, options: {} },
      "child spec 'a': options must be left out, as start is a function, not an object",
    ],
    [
      { id: 'a', start: Worker, ...untyped({ options: 7 }) },
      "child spec 'a': options must be a map of spawn options, not 7",
    ],
    [
      { id: 'a', start: Worker, startTimeoutMs: 5 },
      "child spec 'a': startTimeoutMs must be left out, as start is a class: options.startTimeoutMs is for those, not 5",
    ],
    [
      { ...a, startTimeoutMs: 0 },
      "child spec 'a': startTimeoutMs must be milliseconds above 0, or Infinity, not 0",
    ],
    [{ ...a, startTimeoutMs: 2 ** 31 }, `child spec 'a': startTimeoutMs must be ${aTimer}, not 2147483648`],
    [{ ...a, shutdown: 2 ** 31 }, `child spec 'a': shutdown must be ${aTimer}, not 2147483648`],
    [
      { ...a, restartDelay: { maxMs: 2 ** 31 } },
      `child spec 'a', restartDelay: maxMs must be ${aTimer}, not 2147483648`,
    ],
    [
      { ...a, ...untyped({ restart: 'always' }) },
      "child spec 'a': restart must be 'permanent' or 'transient' or 'temporary', not 'always'",
    ],
    [
      { ...a, ...untyped({ type: 'boss' }) },
      "child spec 'a': type must be 'worker' or 'supervisor', not 'boss'",
    ],
    [
      { ...a, shutdown: -1 },
      "child spec 'a': shutdown must be whole milliseconds from 0 on, 'brutal_kill' or 'infinity', not -1",
    ],
    [
      { ...a, shutdown: 0.5 },
      "child spec 'a': shutdown must be whole milliseconds from 0 on, 'brutal_kill' or 'infinity', not 0.5",
    ],
    [
      { ...a, ...untyped({ shutdown: 'later' }) },
      "child spec 'a': shutdown must be whole milliseconds from 0 on, 'brutal_kill' or 'infinity', not 'later'",
    ],
    [
      { ...a, ...untyped({ significant: 'yes' }) },
      "child spec 'a': significant must be true or false, not 'yes'",
    ],
    [
      { ...a, ...untyped({ restrat: 'transient' }) },
      "child spec: a key must be 'restart' (did you mean that?), not 'restrat'",
    ],
    [
      { ...a, restartDelay: { initialMs: 0 } },
      "child spec 'a', restartDelay: initialMs must be milliseconds above 0, not 0",
    ],
  ])('refuses %j', (spec, message) => {
    expect(() => resolveChildSpec(spec)).toThrow(
      expect.objectContaining({ code: 'ConfigurationError', message }),
    );
  });

  test('refuses a significant child of a supervisor that never ends by itself', () => {
    expect(() => resolveChildSpec({ ...a, restart: 'transient', significant: true })).toThrow(
      "child spec 'a': significant must be false, as the supervisor's autoShutdown is 'never', not true",
    );
  });

  test('refuses a significant permanent child', () => {
    expect(() => resolveChildSpec({ ...a, significant: true }, 'any_significant')).toThrow(
      "child spec 'a': significant must be false, as restart is 'permanent', not true",
    );
  });
});

describe('resolveSupervisorFlags()', () => {
  test('fills in the defaults of OTP, and back-off', () => {
    expect(resolveSupervisorFlags()).toEqual({
      strategy: 'one_for_one',
      intensity: 1,
      periodMs: 5_000,
      autoShutdown: 'never',
      restartDelay: { initialMs: 100, maxMs: 10_000, factor: 2, jitter: 0.5, resetAfterMs: undefined },
    });
  });

  test.each([
    [{ intensity: -1 }, 'supervisor flags: intensity must be a whole number from 0 on, not -1'],
    [{ intensity: 1.5 }, 'supervisor flags: intensity must be a whole number from 0 on, not 1.5'],
    [{ periodMs: 0 }, 'supervisor flags: periodMs must be milliseconds above 0, not 0'],
    [{ periodMs: Number.NaN }, 'supervisor flags: periodMs must be milliseconds above 0, not NaN'],
    [
      untyped({ strategy: 'one_for_some' }),
      "supervisor flags: strategy must be 'one_for_one' or 'one_for_all' or 'rest_for_one' or 'simple_one_for_one', not 'one_for_some'",
    ],
    [
      untyped({ autoShutdown: 'always' }),
      "supervisor flags: autoShutdown must be 'never' or 'any_significant' or 'all_significant', not 'always'",
    ],
    [untyped({ period: 5 }), "supervisor flags: a key must be 'periodMs' (did you mean that?), not 'period'"],
    [
      untyped({ shutdown: 5 }),
      "supervisor flags: a key must be one of strategy, intensity, periodMs, autoShutdown, restartDelay, not 'shutdown'",
    ],
    [
      { restartDelay: { initialMs: 50, maxMs: 10 } },
      'supervisor flags, restartDelay: maxMs must be milliseconds, at least initialMs (50), not 10',
    ],
    [
      { restartDelay: { jitter: 2 } },
      'supervisor flags, restartDelay: jitter must be a number between 0 and 1, not 2',
    ],
    [
      { restartDelay: { factor: 0.5 } },
      'supervisor flags, restartDelay: factor must be a number from 1 on, not 0.5',
    ],
  ])('refuses %j', (flags, message) => {
    expect(() => resolveSupervisorFlags(flags)).toThrow(
      expect.objectContaining({ code: 'ConfigurationError', message }),
    );
  });
});

describe('resolveSupervisorFlags(), flags that are there but undefined', () => {
  test('have their defaults, as in child specs', () => {
    const flags: Record<string, undefined> = {
      strategy: undefined,
      intensity: undefined,
      periodMs: undefined,
      autoShutdown: undefined,
    };
    expect(resolveSupervisorFlags(flags)).toEqual(resolveSupervisorFlags());
  });
});

describe('resolveSupervisorSpec()', () => {
  test('refuses two children with one id', () => {
    expect(() => resolveSupervisorSpec({}, children('a', 'b', 'a'))).toThrow(
      "supervisor, child spec 'a': id must be an id that no child before it has, not 'a'",
    );
  });

  test('refuses simple_one_for_one without just one template', () => {
    for (const specs of [children(), children('a', 'b')]) {
      expect(() => resolveSupervisorSpec({ strategy: 'simple_one_for_one' }, specs)).toThrow(
        `supervisor: children must be one child spec, the template, as strategy is 'simple_one_for_one', not '${specs.length} of them'`,
      );
    }
  });

  test('tells programs what it told people', () => {
    expect(() => resolveSupervisorSpec({ intensity: -1 }, [], "app 'tides'")).toThrow(
      expect.objectContaining({
        details: { action: "app 'tides'", key: 'intensity', wanted: 'a whole number from 0 on', got: '-1' },
      }),
    );
  });
});
