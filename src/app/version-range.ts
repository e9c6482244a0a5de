import satisfies from 'semver/functions/satisfies.js';
import validVersion from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';

/** What messages call a range that will do. */
export const RANGE_FORM = "a range of versions such as '^1.2'";

/** Whether a text is a range of semantic versioning as npm has it: `^1.2`, `1.2.0`, `>=1.2 <2`, `1.x || 2.x`. */
export function isVersionRange(text: string): boolean {
  return text.trim() !== '' && validRange(text) !== null;
}

/**
 * What is wrong with a version, in words, where one of `range` is needed; undefined if nothing is. A pre-release is in a range only if the range
 * names one of the same `x.y.z`: `1.2.0-rc.2` is in `^1.2.0-rc.1`, not in `^1.1`.
 */
export function versionMisfit(version: string | undefined, range: string): string | undefined {
  if (version === undefined) return 'no version';
  if (validVersion(version) === null) return `version '${version}', which semantic versioning does not know`;
  return satisfies(version, range) ? undefined : `version '${version}'`;
}
