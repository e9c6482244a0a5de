import { isDeepStrictEqual } from 'node:util';

/** How arguments have changed (OTP's `config_change`). */
export interface ConfigChange {
  /** The new values of those that were there before and are others now. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly added: Readonly<Record<string, unknown>>;
  readonly removed: readonly string[];
}

/** How `after` differs from `before`; values are compared all the way down. */
export function configChange(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ConfigChange {
  const entries = Object.entries(after);
  return Object.freeze({
    changed: Object.fromEntries(
      entries.filter(([key, value]) => Object.hasOwn(before, key) && !isDeepStrictEqual(before[key], value)),
    ),
    added: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(before, key))),
    removed: Object.keys(before).filter((key) => !Object.hasOwn(after, key)),
  });
}

/** The names of the arguments that differ. Values may be secret; names go into logs. */
export function changedNames({ changed, added, removed }: ConfigChange): readonly string[] {
  return [...Object.keys(changed), ...Object.keys(added), ...removed];
}
