/**
 * What the end of a started app means for its container (OTP's start types): `permanent`, the container stops; `transient`, it stops if the
 * app ended abnormally; `temporary`, nothing. `load`: it is read and its module imported, not started; `none`: neither.
 */
export type ReleaseStartType = (typeof releaseStartTypes)[number];
export const releaseStartTypes = ['permanent', 'transient', 'temporary', 'load', 'none'] as const;

/** One app of a release: an item of `apps` in the `.rel` file. It has either `name` or `file`. */
export interface ReleaseEntry {
  /** Looked up beside the `.rel` file, then in the app directories. */
  readonly name: string | undefined;
  /** The path of the `.app` file, relative to the `.rel` file. */
  readonly file: string | undefined;
  /** The version that the app must have, to the letter, as in OTP's releases. */
  readonly version: string | undefined;
  /** Settings of the container, over those of the app files. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Arguments of the app; they go over those of the app file. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Whether it starts although an instance of the app runs already. */
  readonly mult: boolean;
  /** Default `permanent`, as in OTP. */
  readonly startType: ReleaseStartType | undefined;
  /** Its boot level, as it is written. */
  readonly level: number | undefined;
}

/** What a `.rel` file says, checked and frozen all the way down. */
export interface ReleaseDefinition {
  /** The file it was read from, as it was named. */
  readonly file: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** The version of this package that it is for, to the letter. */
  readonly ioncore: string | undefined;
  /** As they are written; {@link bootOrder} tells the order of starting. */
  readonly apps: readonly ReleaseEntry[];
}

/**
 * The places of entries in `apps` in the order of starting: by boot level, lowest first, then as written. An entry without a level
 * has that of the one written before it (the first one 0), so it stays where it stands.
 */
export function bootOrder(
  apps: readonly Pick<ReleaseEntry, 'level'>[],
): readonly { readonly index: number; readonly level: number }[] {
  let level = 0;
  const levels = apps.map((entry, index) => {
    level = entry.level ?? level;
    return { index, level };
  });
  return levels.toSorted((a, b) => a.level - b.level);
}
