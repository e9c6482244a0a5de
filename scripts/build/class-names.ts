/** A class at the top level of a file. */
const topLevelClass = /^(?:export )?(?:default )?(?:abstract )?class (\w+)/gm;

/**
 * A source whose classes keep the names that their authors gave them, which errors, logs and `ps()` show. In a bundle, a class that mentions
 * itself is called `_Name`, and the second of two that have one name `Name2`.
 *
 * esbuild's `keepNames` does this for functions too, and for a closure each time that one is made: that takes 3 MB, a twentieth of the
 * time of a start, and some of the time of every message.
 */
export function withClassNames(source: string): string {
  const named = [...source.matchAll(topLevelClass)].map(
    // A line of a long text may look like a class.
    ([, name]) =>
      `if (typeof ${name} === 'function') Object.defineProperty(${name}, 'name', { value: '${name}' });`,
  );
  return named.length === 0 ? source : `${source}\n${named.join('\n')}\n`;
}
