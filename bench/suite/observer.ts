/** Who looks into the programs of a contestant while they are measured. */
export interface Observer {
  /** Options of Node's that each of its Node programs is started with. */
  readonly nodeOptions: readonly string[];
  /** How long a program may take to end by itself; then it is killed. */
  readonly endsWithinMs: number;
  /** Calls what is measured of a run, and gives what it gives: without what is started for it, unless that is what is measured. */
  measure<T>(run: () => Promise<T>): Promise<T>;
}

/** Nobody does. */
export const nobody: Observer = { nodeOptions: [], endsWithinMs: 5_000, measure: (run) => run() };
