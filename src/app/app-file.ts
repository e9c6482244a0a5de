import {
  FileProblems,
  parseYaml,
  readTextFile,
  show,
  toRecord,
  toValue,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from '../config/index.ts';
import { closest } from '../util/index.ts';
import type { AppDefinition, AppModuleSpec } from './app-definition.ts';

const KEYS = [
  'type',
  'name',
  'version',
  'description',
  'mod',
  'modules',
  'registered',
  'applications',
  'config',
  'args',
] as const;

type Key = (typeof KEYS)[number];

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const NAME_FORM = 'a name of letters, digits, _ and -, in parts with dots between them';
const NO_VALUES: readonly never[] = Object.freeze([]);
const NO_MEMBERS: Readonly<Record<string, unknown>> = Object.freeze({});
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/**
 * Reads a `.app` file.
 *
 * @throws ConfigurationError as {@link parseAppFile} does; also when there is no such file, it cannot be read, is over 1 MiB or not
 * UTF-8
 */
export async function readAppFile(path: string): Promise<AppDefinition> {
  return parseAppFile(await readTextFile(path), path);
}

/**
 * Reads the text of a `.app` file: YAML, of which JSON is a part, with `#` comments. `path` names the file in messages and in the result.
 *
 * @throws ConfigurationError whose message names file, line, column, key, what was found and what was expected; `details.problems`
 * lists every problem that was found
 */
export function parseAppFile(text: string, path: string): AppDefinition {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const problems = new FileProblems(path, plain);
  const root = parseYaml(plain, problems);
  problems.throwIfAny();
  if (root?.kind !== 'map') {
    const found = root === undefined ? 'nothing' : describe(root);
    const expected = "a map of keys such as 'type: application'";
    problems.add(root?.offset ?? 0, `expected ${expected}, found ${found}`, { found, expected });
    throw problems.toError();
  }
  const definition = new AppFileReader(root, problems).read(path);
  problems.throwIfAny();
  return definition;
}

/** Reads each key of one file; what is wrong is noted, and something harmless stands in for it. */
class AppFileReader {
  readonly #root: YamlMap;
  readonly #problems: FileProblems;

  constructor(root: YamlMap, problems: FileProblems) {
    this.#root = root;
    this.#problems = problems;
  }

  read(file: string): AppDefinition {
    this.#refuseUnknownKeys();
    this.#readType();
    return Object.freeze({
      file,
      name: this.#readName(),
      version: this.#readVersion(),
      description: this.#optional('description', (node) => this.#text(node, 'description')),
      mod: this.#readMod(),
      modules: this.#readList('modules', (node, path) => this.#text(node, path)),
      registered: this.#readList('registered', (node, path) => this.#name(node, path)),
      applications: this.#readList('applications', (node, path) => this.#name(node, path)),
      config: this.#optional('config', (node) => this.#record(node, 'config')) ?? NO_MEMBERS,
      args: this.#optional('args', (node) => this.#record(node, 'args')) ?? NO_MEMBERS,
    });
  }

  #refuseUnknownKeys(): void {
    for (const [key, { keyOffset }] of this.#root.entries) {
      if (KEYS.some((known) => known === key)) continue;
      const meant = closest(key, KEYS);
      const remedy = meant === undefined ? `expected one of ${KEYS.join(', ')}` : `did you mean '${meant}'?`;
      this.#problems.add(keyOffset, `unknown key ${show(key)}; ${remedy}`, { key });
    }
  }

  #readType(): void {
    const node = this.#required('type', "'application'");
    if (node === undefined || (node.kind === 'scalar' && node.value === 'application')) return;
    this.#refuse(node, 'type', "'application'");
  }

  #readName(): string {
    const node = this.#required('name', 'the name of the app');
    return (node === undefined ? undefined : this.#name(node, 'name')) ?? '';
  }

  #readVersion(): string | undefined {
    return this.#optional('version', (node) => {
      const version = this.#text(node, 'version', "text such as '1.2.3'");
      if (version !== undefined && !VERSION.test(version))
        this.#refuse(node, 'version', "text such as '1.2.3'");
      return version;
    });
  }

  #readMod(): AppModuleSpec {
    const nothing = { module: '', positionalArgs: NO_VALUES, keywordArgs: NO_MEMBERS };
    const node = this.#required('mod', 'the module of the app');
    if (node === undefined) return nothing;
    if (node.kind !== 'list') {
      const module = this.#filled(
        node,
        'mod',
        'the module as text, or [module, [positional arguments], {keyword arguments}]',
      );
      return Object.freeze({ ...nothing, module: module ?? '' });
    }
    const [module, positional, keyword, superfluous] = node.items;
    if (module === undefined || superfluous !== undefined) {
      this.#refuse(
        node,
        'mod',
        '[module, [positional arguments], {keyword arguments}]',
        `a list of ${node.items.length}`,
      );
      return nothing;
    }
    return Object.freeze({
      module: this.#filled(module, 'mod[0]', 'the module as text') ?? '',
      positionalArgs: positional === undefined ? NO_VALUES : this.#values(positional, 'mod[1]'),
      keywordArgs: (keyword === undefined ? undefined : this.#record(keyword, 'mod[2]')) ?? NO_MEMBERS,
    });
  }

  #readList(key: Key, readItem: (node: YamlNode, path: string) => string | undefined): readonly string[] {
    const texts = new Set<string>();
    const node = this.#optional(key, (value) => value);
    if (node !== undefined && node.kind !== 'list') this.#refuse(node, key, 'a list');
    if (node?.kind !== 'list') return NO_VALUES;
    for (const [index, item] of node.items.entries()) {
      const path = `${key}[${index}]`;
      const text = readItem(item, path);
      if (text === undefined) continue;
      if (texts.has(text))
        this.#problems.add(item.offset, `${path}: ${show(text)} stands twice in the list`, { key: path });
      texts.add(text);
    }
    return Object.freeze([...texts]);
  }

  #required(key: Key, expected: string): YamlNode | undefined {
    const entry = this.#root.entries.get(key);
    if (entry === undefined) {
      this.#problems.add(this.#root.offset, `the key '${key}' is missing; expected ${expected}`, {
        key,
        found: 'nothing',
        expected,
      });
    }
    return entry?.value;
  }

  #optional<Value>(key: Key, read: (node: YamlNode) => Value): Value | undefined {
    const entry = this.#root.entries.get(key);
    return entry === undefined ? undefined : read(entry.value);
  }

  #text(node: YamlNode, path: string, expected = 'text'): string | undefined {
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
    this.#refuse(node, path, expected);
    return undefined;
  }

  #filled(node: YamlNode, path: string, expected: string): string | undefined {
    const text = this.#text(node, path, expected);
    if (text === undefined || text.trim() !== '') return text;
    this.#refuse(node, path, expected);
    return undefined;
  }

  #name(node: YamlNode, path: string): string | undefined {
    const text = this.#text(node, path, NAME_FORM);
    if (text === undefined || NAME.test(text)) return text;
    this.#refuse(node, path, NAME_FORM);
    return undefined;
  }

  #values(node: YamlNode, path: string): readonly unknown[] {
    if (node.kind === 'list') return Object.freeze(node.items.map(toValue));
    this.#refuse(node, path, 'a list');
    return NO_VALUES;
  }

  #record(node: YamlNode, path: string): Readonly<Record<string, unknown>> | undefined {
    if (node.kind === 'map') return toRecord(node);
    this.#refuse(node, path, 'a map');
    return undefined;
  }

  #refuse(node: YamlNode, key: string, expected: string, found = describe(node)): void {
    const isText = !expected.startsWith('a list') && !expected.startsWith('a map');
    const remedy = isText && isUnquoted(node) ? `; quote it: '${node.source}'` : '';
    this.#problems.add(node.offset, `${key}: expected ${expected}, found ${found}${remedy}`, {
      key,
      found,
      expected,
    });
  }
}

/** What messages call a node. */
function describe(node: YamlNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return `the text ${show(node.value)}`;
  return typeof node.value === 'number' ? `the number ${node.source}` : `the truth value ${node.source}`;
}

/** Whether quotes would make text of it. */
function isUnquoted(node: YamlNode): node is YamlScalar {
  return node.kind === 'scalar' && (typeof node.value === 'number' || typeof node.value === 'boolean');
}
