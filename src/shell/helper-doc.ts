/** What TAB offers for an argument of a helper. */
export type ArgumentKind =
  /** A service's name or a process id. */
  | 'receiver'
  /** A process of this container. */
  | 'process'
  /** An operation of the receiver in the argument before. */
  | 'operation'
  /** What the operation takes: shown, not offered. */
  | 'content'
  | 'app'
  | 'running app'
  | 'config path'
  | 'log path'
  | 'log level'
  /** What `help` knows. */
  | 'topic';

/** What `help` shows of a helper. */
export interface HelperDoc {
  readonly name: string;
  /** As it is typed, with the names of its arguments; `?` marks those that may be left out. */
  readonly signature: string;
  /** One line. */
  readonly summary: string;
  /** Whatever else one should know: results, units, defaults, errors. */
  readonly details?: string;
  /** Lines to be typed. */
  readonly examples: readonly string[];
  /** For TAB, by position. */
  readonly completes?: readonly ArgumentKind[];
  /** The functions of a helper that is an object: `config.explain`. */
  readonly members?: readonly HelperDoc[];
}

/** Every documented name: helpers and, for those that are objects, their functions instead. */
export function allDocs(helpers: readonly HelperDoc[]): readonly HelperDoc[] {
  return helpers.flatMap((helper) => helper.members ?? [helper]);
}
