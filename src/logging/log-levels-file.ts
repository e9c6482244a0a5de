import { lstat } from 'node:fs/promises';
import { FileProblems, parseYaml, readTextFile, show, type YamlNode } from '../config/index.ts';
import {
  isLogThreshold,
  type LogLevelEntries,
  type LogThreshold,
  levelProblem,
  pathProblem,
} from './log-levels.ts';

/** Where levels are looked for, below the working directory; entries of a later file overlay those of an earlier one. */
export const logLevelFiles: readonly string[] = Object.freeze([
  'res/logging/loglevels.yaml',
  'res/logging/loglevels.local.yaml',
]);

/**
 * Reads the levels of rooms from `paths`; of entries for the same path the one of the last file holds. A file that is not there is passed over.
 *
 * @throws ConfigurationError as {@link parseLogLevels} does; also when a file is there and cannot be read, is over 1 MiB or not UTF-8
 */
export async function readLogLevels(paths: readonly string[] = logLevelFiles): Promise<LogLevelEntries> {
  const layers: LogLevelEntries[] = [];
  for (const path of paths) {
    if (await isThere(path)) layers.push(parseLogLevels(await readTextFile(path), path));
  }
  return Object.freeze(Object.assign({}, ...layers));
}

/**
 * Reads the text of a file of levels: a YAML map of path to level. A text without content has no entries. `path` names the file in messages.
 *
 * @throws ConfigurationError whose message names file, line, column, what was found and what was expected; `details.problems` lists
 * every problem that was found
 */
export function parseLogLevels(text: string, path: string): LogLevelEntries {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const problems = new FileProblems(path, plain);
  const root = parseYaml(plain, problems);
  problems.throwIfAny();
  const entries: [string, LogThreshold][] = [];
  if (root?.kind === 'map') {
    for (const [key, { keyOffset, value }] of root.entries) {
      const problem = pathProblem(key);
      if (problem !== undefined) problems.add(keyOffset, problem, { key });
      const level = readLevel(key, value, problems);
      if (level !== undefined) entries.push([key, level]);
    }
  } else if (root !== undefined) {
    const expected = "a map of room to level, such as 'exchange: debug'";
    const found = describe(root);
    problems.add(root.offset, `expected ${expected}, found ${found}`, { found, expected });
  }
  problems.throwIfAny();
  return Object.freeze(Object.fromEntries(entries));
}

function readLevel(key: string, node: YamlNode, problems: FileProblems): LogThreshold | undefined {
  const found = describe(node);
  if (node.kind === 'scalar') {
    if (isLogThreshold(node.value)) return node.value;
    problems.add(node.offset, `${key}: ${levelProblem(found, node.source)}`, { key, found });
    return undefined;
  }
  const [below] = node.kind === 'map' ? node.entries.keys() : [];
  const remedy = below === undefined ? '' : `; maps are not nested: write '${key}.${below}: …'`;
  problems.add(node.offset, `${key}: expected a level, found ${found}${remedy}`, { key, found });
  return undefined;
}

function describe(node: YamlNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  if (typeof node.value === 'string') return show(node.value);
  return node.value === null ? 'nothing' : `the ${typeof node.value} ${node.source}`;
}

/** A link that leads nowhere is there: whoever made it wants it read. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    // Anything else is for the reader to tell.
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
