/** A profile as `node --cpu-prof` writes it, narrowed to what is read here. Times are microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  /** Ids of the nodes that were on top of the stack, one per sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before; of the first one since `startTime`. */
  readonly timeDeltas: readonly number[];
}

/** A function on one path of calls. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    /** The file; empty for native functions and for what is no function, such as `(idle)`. */
    readonly url: string;
    /** Where the function begins, from 0. */
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
  /** The lines that were running, from 1, and how many samples met each. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}
