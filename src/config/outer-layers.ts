import { ConfigurationError } from '../errors/index.ts';
import { FileProblems } from './file-problems.ts';
import { knownSettings, misfit, unknownPath } from './schema-check.ts';
import type { ConfigSection } from './section.ts';
import type { Origin, Setting } from './setting.ts';
import { parseYaml, toValue } from './yaml-document.ts';

/** Begins the variable of every setting: `rpc.timeoutMs` is `IONCORE_CONFIG_RPC_TIMEOUT_MS`. */
export const variablePrefix = 'IONCORE_CONFIG_';

/** The environment variable that sets `path`. */
export function variableOf(path: string): string {
  return (
    variablePrefix +
    path
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('.', '_')
      .toUpperCase()
  );
}

/**
 * The settings that environment variables make.
 *
 * @throws ConfigurationError for a variable with our prefix that sets nothing, and for a value that does not fit
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  sections: readonly ConfigSection[],
): readonly Setting[] {
  const paths = new Map(knownSettings(sections).map(({ path }) => [variableOf(path), path]));
  const settings: Setting[] = [];
  for (const [name, text] of Object.entries(variables)) {
    if (!name.startsWith(variablePrefix) || text === undefined) continue;
    const path = paths.get(name);
    if (path === undefined) {
      throw new ConfigurationError(
        `environment: ${unknownPath(name, [...paths.keys()]).replace('key', 'variable')}`,
      );
    }
    settings.push(readSetting(path, text, { layer: 'environment', source: name }, sections));
  }
  return settings;
}

/**
 * The settings of `--set path=value` options, in their order; `by` is the option, or the variable in its place.
 *
 * @throws ConfigurationError for one without `=`, an unknown path, and a value that does not fit
 */
export function readAssignments(
  assignments: readonly string[],
  sections: readonly ConfigSection[],
  by = '--set',
): readonly Setting[] {
  return assignments.map((assignment) => {
    const at = assignment.indexOf('=');
    if (at < 1) {
      throw new ConfigurationError(`${by} ${assignment}: expected path=value, such as rpc.timeoutMs=5000`);
    }
    const path = assignment.slice(0, at).trim();
    const origin = { layer: 'command line', source: `${by} ${path}` } as const;
    return readSetting(path, assignment.slice(at + 1), origin, sections);
  });
}

/** A value is YAML (so numbers, true, [a, b]); where that does not fit but text is allowed, it is the text. */
function readSetting(
  path: string,
  text: string,
  origin: Origin,
  sections: readonly ConfigSection[],
): Setting {
  const known = knownSettings(sections);
  const setting = known.find((candidate) => candidate.path === path);
  const where = origin.source ?? origin.layer;
  if (setting === undefined) {
    const paths = known.map((candidate) => candidate.path);
    throw new ConfigurationError(`${where}: ${unknownPath(path, paths)}`);
  }
  for (const value of [parseValue(text), text]) {
    if (misfit(setting.schema, value) === undefined) return { path, value, origin };
  }
  throw new ConfigurationError(`${where}: expected ${misfit(setting.schema, text)}, found '${text}'`);
}

function parseValue(text: string): unknown {
  const problems = new FileProblems('value', text);
  const node = parseYaml(text, problems);
  return node === undefined || problems.length > 0 ? text : toValue(node);
}
