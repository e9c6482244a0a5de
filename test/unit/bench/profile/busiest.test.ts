import { describe, expect, test } from '@jest/globals';
import { busiest } from '../../../../bench/profile/busiest.ts';
import type { CallFrame, CpuProfile } from '../../../../bench/profile/cpu-profile.ts';

/** A profile that begins at 0 and whose samples, names of functions, each hold for a millisecond. */
function profileOf(...names: readonly string[]): CpuProfile {
  const functions = [...new Set(names)];
  return {
    startTime: 0,
    endTime: names.length * 1_000,
    samples: names.map((name) => functions.indexOf(name)),
    timeDeltas: names.map((_, index) => (index === 0 ? 0 : 1_000)),
    nodes: functions.map((functionName, id) => ({
      id,
      callFrame: { functionName, url: '', lineNumber: 0, columnNumber: 0 },
    })),
  };
}

const nameOf = ({ functionName }: CallFrame): string => functionName;
const all = [{ fromAt: 0, untilAt: 1_000_000 }];

describe('busiest()', () => {
  test('gives self times and shares, the longest first, without waiting', () => {
    const profile = profileOf('add', '(idle)', 'take', 'add', '(idle)', 'add', 'end');

    expect(busiest([profile], all, nameOf, 2)).toEqual({
      processes: 1,
      busyMs: 5,
      idleMs: 2,
      functions: [
        { name: 'add', ms: 3, share: 0.6 },
        { name: 'take', ms: 1, share: 0.2 },
      ],
    });
  });

  test('looks only at the stretches that were measured', () => {
    const profile = profileOf('load', 'load', 'add', 'warm', 'add', 'end', 'end');
    const stretches = [
      { fromAt: 2_500, untilAt: 3_000 },
      { fromAt: 4_000, untilAt: 5_500 },
    ];

    const { busyMs, functions } = busiest([profile], stretches, nameOf);

    expect(busyMs).toBe(2);
    expect(functions).toEqual([
      { name: 'add', ms: 1.5, share: 0.75 },
      { name: 'end', ms: 0.5, share: 0.25 },
    ]);
  });

  test('adds up processes, and functions that people call the same', () => {
    const { processes, busyMs, functions } = busiest(
      [profileOf('writev', 'add'), profileOf('writeBuffer')],
      all,
      ({ functionName }) => functionName.replace(/^write.*/, 'writing'),
    );

    expect({ processes, busyMs }).toEqual({ processes: 2, busyMs: 3 });
    expect(functions.map(({ name, ms }) => [name, ms])).toEqual([
      ['writing', 2],
      ['add', 1],
    ]);
  });

  test('leaves out a process that had ended before', () => {
    const stretches = [{ fromAt: 2_000, untilAt: 4_000 }];

    expect(busiest([profileOf('add', 'add')], stretches, nameOf)).toEqual({
      processes: 0,
      busyMs: 0,
      idleMs: 0,
      functions: [],
    });
  });

  test('does not charge a function with the time that other programs had the processor', () => {
    const profile = { ...profileOf('add', 'end'), timeDeltas: [0, 30_000], endTime: 30_500 };

    expect(busiest([profile], all, nameOf).functions.map(({ name, ms }) => [name, ms])).toEqual([
      ['add', 1],
      ['end', 0.5],
    ]);
  });
});
