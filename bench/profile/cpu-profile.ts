/** A profile as `node --cpu-prof` writes it, narrowed to what is read here. Times are microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Ids of the nodes that were on top of the stack, one per sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before; of the first one since `startTime`. */
  readonly timeDeltas: readonly number[];
}

/** A function on one path of calls. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
  /** The lines that were running, from 1, and how many samples met each. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** A function, and where it begins. */
export interface CallFrame {
  readonly functionName: string;
  /** The file; empty for native functions, for code that was made at run time, and for what is no function, such as `(idle)`. */
  readonly url: string;
  /** From 0; -1 where there is no source. */
  readonly lineNumber: number;
  /** From 0; -1 where there is no source. */
  readonly columnNumber: number;
}

/** Microseconds between the samples of a profile: closer ones slow the program further and show no more. */
export const sampleMicroseconds = 200;

/** What stands on top of the stack and is no function: V8's name for it, and people's. */
export const outsideFunctions = {
  '(garbage collector)': 'garbage collector',
  '(program)': 'native code outside functions',
  '(idle)': 'waiting',
} as const;

/** A moment of the clock that profiles are stamped with. */
export function nowMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Microseconds that each node was on top of the stack between two moments. A sample holds from its moment until the next, or the end, but not longer than
 * `longest`; what is beyond is nobody's.
 */
export function selfTimes(
  profile: CpuProfile,
  fromAt: number,
  untilAt: number,
  longest = Number.POSITIVE_INFINITY,
): ReadonlyMap<number, number> {
  let at = profile.startTime;
  const moments = profile.samples.map((node, index) => {
    at += profile.timeDeltas[index] ?? 0;
    return { node, at };
  });
  // V8 may note samples out of order, with a negative time between them.
  moments.sort((a, b) => a.at - b.at);
  const times = new Map<number, number>();
  for (const [index, { node, at }] of moments.entries()) {
    const from = Math.max(fromAt, at);
    const to = Math.min(untilAt, at + longest, moments[index + 1]?.at ?? profile.endTime);
    if (to > from) times.set(node, (times.get(node) ?? 0) + to - from);
  }
  return times;
}
