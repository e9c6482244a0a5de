import { type CallFrame, type CpuProfile, sampleMicroseconds, selfTimes } from './cpu-profile.ts';

/** Where the next sample is later than this, other programs had the processor: that time is no function's. */
const longestMicroseconds = 5 * sampleMicroseconds;

/** A stretch of time, microseconds of the clock of profiles. */
export interface Stretch {
  readonly fromAt: number;
  readonly untilAt: number;
}

/** What one function did itself: what it called is not in it. */
export interface FunctionTime {
  readonly name: string;
  readonly ms: number;
  /** Of the time in which anything was done. */
  readonly share: number;
}

/** What a program did in the stretches that were measured. */
export interface BusyTime {
  /** How many OS processes ran it then; their times are added up. */
  readonly processes: number;
  /** In which anything was done. */
  readonly busyMs: number;
  /** In which nothing was done. */
  readonly idleMs: number;
  /** Those that took most, the first one the longest. */
  readonly functions: readonly FunctionTime[];
}

/**
 * Who was on top of the stack longest in those stretches, by self time, in one or more profiles of a program. Waiting is left out; functions of the same name are
 * one.
 */
export function busiest(
  profiles: readonly CpuProfile[],
  stretches: readonly Stretch[],
  nameOf: (frame: CallFrame) => string,
  most = 10,
): BusyTime {
  const milliseconds = new Map<string, number>();
  let busyMs = 0;
  let idleMs = 0;
  let processes = 0;
  for (const profile of profiles) {
    const nodes = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
    if (stretches.some(({ fromAt, untilAt }) => fromAt < profile.endTime && profile.startTime < untilAt))
      processes += 1;
    for (const { fromAt, untilAt } of stretches) {
      for (const [id, microseconds] of selfTimes(profile, fromAt, untilAt, longestMicroseconds)) {
        const frame = nodes.get(id);
        const ms = microseconds / 1000;
        if (frame === undefined || frame.functionName === '(idle)') {
          idleMs += ms;
          continue;
        }
        busyMs += ms;
        const name = nameOf(frame);
        milliseconds.set(name, (milliseconds.get(name) ?? 0) + ms);
      }
    }
  }
  const functions = [...milliseconds]
    .sort(([, one], [, two]) => two - one)
    .slice(0, most)
    .map(([name, ms]) => ({ name, ms, share: ms / busyMs }));
  return { processes, busyMs, idleMs, functions };
}
