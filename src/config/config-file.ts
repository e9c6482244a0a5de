import { FileProblems } from './file-problems.ts';
import { type KnownSetting, knownSettings, misfit, unknownPath } from './schema-check.ts';
import type { ConfigSection } from './section.ts';
import type { LayerName, Setting } from './setting.ts';
import { readTextFile } from './text-file.ts';
import { parseYaml, toValue, type YamlMap, type YamlNode } from './yaml-document.ts';

/**
 * Reads a configuration file: a YAML map of sections, each a map of the members that its room declares.
 *
 * @throws ConfigurationError naming file, line, column, key, what was found and expected; `details.problems` lists every problem
 */
export async function readConfigFile(
  path: string,
  layer: LayerName,
  sections: readonly ConfigSection[],
): Promise<readonly Setting[]> {
  return parseConfigFile(await readTextFile(path), path, layer, sections);
}

/** As {@link readConfigFile}, of a text. An empty text sets nothing. */
export function parseConfigFile(
  text: string,
  path: string,
  layer: LayerName,
  sections: readonly ConfigSection[],
): readonly Setting[] {
  const problems = new FileProblems(path, text);
  const root = parseYaml(text, problems);
  problems.throwIfAny();
  if (root === undefined) return [];
  const settings = readSections(root, '', sections, problems);
  problems.throwIfAny();
  return settings.map(({ path: key, value, offset }) => ({
    path: key,
    value,
    origin: { layer, file: path, line: problems.positionOf(offset).line },
  }));
}

/** A setting and its place in the text. */
export interface FoundSetting {
  readonly path: string;
  readonly value: unknown;
  readonly offset: number;
}

/**
 * The settings of a map of sections. What is wrong goes to `problems`. `key` is the key that the map stands at in a file of another kind,
 * for messages: `config`; '' where the map is the whole file.
 */
export function readSections(
  node: YamlNode,
  key: string,
  sections: readonly ConfigSection[],
  problems: FileProblems,
): readonly FoundSetting[] {
  return new SectionsReader(key, sections, problems).read(node);
}

class SectionsReader {
  readonly #key: string;
  readonly #sections: readonly ConfigSection[];
  readonly #known: ReadonlyMap<string, KnownSetting>;
  readonly #problems: FileProblems;

  constructor(key: string, sections: readonly ConfigSection[], problems: FileProblems) {
    this.#key = key;
    this.#sections = sections;
    this.#known = new Map(knownSettings(sections).map((setting) => [setting.path, setting]));
    this.#problems = problems;
  }

  read(root: YamlNode): readonly FoundSetting[] {
    if (root.kind !== 'map') {
      this.#refuse(root, '', "a map of sections such as 'rpc:'");
      return [];
    }
    const found: FoundSetting[] = [];
    for (const [name, { keyOffset, value }] of root.entries) {
      if (!this.#sections.some((section) => section.name === name)) {
        const names = this.#sections.map((section) => section.name);
        this.#refuseUnknown(keyOffset, name, names);
      } else if (value.kind === 'map') {
        found.push(...this.#readSection(name, value));
      } else if (value.kind === 'list' || value.value !== null) {
        this.#refuse(value, name, 'a map');
      }
    }
    return found;
  }

  #readSection(name: string, map: YamlMap): readonly FoundSetting[] {
    const found: FoundSetting[] = [];
    for (const [key, { keyOffset, value: node }] of map.entries) {
      const path = `${name}.${key}`;
      const known = this.#known.get(path);
      if (known === undefined) {
        const siblings = [...this.#known.keys()].filter((other) => other.startsWith(`${name}.`));
        this.#refuseUnknown(keyOffset, path, siblings);
        continue;
      }
      const value = toValue(node);
      const expected = misfit(known.schema, value);
      if (expected === undefined) found.push({ path, value, offset: keyOffset });
      else this.#refuse(node, path, expected);
    }
    return found;
  }

  #refuseUnknown(offset: number, path: string, known: readonly string[]): void {
    const where = this.#key === '' ? '' : `${this.#key}: `;
    this.#problems.add(offset, `${where}${unknownPath(path, known)}`, { key: this.#within(path) });
  }

  #refuse(node: YamlNode, path: string, expected: string): void {
    const found = describe(node);
    const key = this.#within(path);
    const message = `${key === '' ? 'the file' : key}: expected ${expected}, found ${found}`;
    this.#problems.add(node.offset, message, { ...(key !== '' && { key }), found, expected });
  }

  #within(path: string): string {
    return [this.#key, path].filter((part) => part !== '').join('.');
  }
}

function describe(node: YamlNode): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  return node.value === null
    ? 'nothing'
    : `${typeof node.value === 'string' ? 'the text ' : ''}${node.source}`;
}
