import type { Observer } from './observer.ts';

/** What was measured in one run: figures by name. Each contestant of a case gives the same names, and more if it likes. */
export type Measurement = Readonly<Record<string, number>>;

/** One way to measure a case: a number of calls under way, a size, a number of processes … */
export interface Variant {
  /** As it stands in the table: `100 in flight, 16 B`. */
  readonly label: string;
  /** What workers are asked for. Words, separated by spaces. */
  readonly command: string;
  /** The figure that is compared. */
  readonly figure: FigureName;
}

/** The names of the figures that are compared. */
export type FigureName =
  /** Per second; more is better. */
  | 'rate'
  /** Median, milliseconds. */
  | 'p50Ms'
  /** Milliseconds. */
  | 'ms'
  /** Bytes. */
  | 'bytes';

/** What a variant is expected to reach. */
export interface Target {
  readonly variant: string;
  readonly contestant: string;
  /** The contestant that it is compared with; none: the figure itself counts. */
  readonly against?: string;
  /** Another of its figures than the variant's. */
  readonly figure?: string;
  /** Of the figures' ratio, or of the figure. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Somebody who does what a case asks. */
export interface Contestant {
  readonly name: string;
  /** Versions and settings, for whoever reads the figures. */
  readonly settings: string;
  /** Variants that it is not asked for, since they would take it far too long; its settings say so. Default: none. */
  readonly skips?: (variant: Variant) => boolean;
  /** Gets ready; what it has started is gone after `close()`. `observer`: who looks into its programs. Default: nobody. */
  open(broker: string, observer?: Observer): Promise<OpenContestant>;
}

export interface OpenContestant {
  run(variant: Variant): Promise<Measurement>;
  close(): Promise<void>;
}

/** A question, and those who are asked. */
export interface Case {
  /** By this `--cases` names it. */
  readonly name: string;
  /** What is done, checked and counted. */
  readonly description: string;
  readonly needsBroker: boolean;
  readonly contestants: readonly Contestant[];
  readonly variants: readonly Variant[];
  /** For `--smoke`: fewer, and short. */
  readonly smokeVariants: readonly Variant[];
  /** The label of the variant that `--profile` runs, of `smokeVariants` the first. Default: of all the first. */
  readonly profiled?: string;
  readonly targets: readonly Target[];
  /** The contestant that all others are compared with in the table. */
  readonly reference: string;
}
