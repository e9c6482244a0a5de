import { closest } from '../util/index.ts';
import type { FileProblems } from './file-problems.ts';
import { show, toRecord, toValue, type YamlMap, type YamlNode, type YamlScalar } from './yaml-document.ts';

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const NAME_FORM = 'a name of letters, digits, _ and -, in parts with dots between them';
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const VERSION_FORM = "text such as '1.2.3'";

/** Stands in for a list that is not there. */
export const noValues: readonly never[] = Object.freeze([]);
/** Stands in for a map that is not there. */
export const noMembers: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Reads values out of one file. What is not as it should be is noted with its place, and `undefined` or something harmless stands in for
 * it, so that the author hears of everything at once. `path` is the key with its path, as messages show it.
 */
export class NodeReader {
  readonly #problems: FileProblems;

  constructor(problems: FileProblems) {
    this.#problems = problems;
  }

  refuseUnknownKeys(map: YamlMap, path: string, keys: readonly string[]): void {
    for (const [key, { keyOffset }] of map.entries) {
      if (keys.includes(key)) continue;
      const meant = closest(key, keys);
      const remedy = meant === undefined ? `expected one of ${keys.join(', ')}` : `did you mean '${meant}'?`;
      const where = path === '' ? '' : `${path}: `;
      this.#problems.add(keyOffset, `${where}unknown key ${show(key)}; ${remedy}`, {
        key: within(path, key),
      });
    }
  }

  /** The value of a key that must be there. */
  required(map: YamlMap, path: string, key: string, expected: string): YamlNode | undefined {
    const entry = map.entries.get(key);
    if (entry === undefined) {
      const where = path === '' ? '' : `${path}: `;
      this.#problems.add(map.offset, `${where}the key '${key}' is missing; expected ${expected}`, {
        key: within(path, key),
        found: 'nothing',
        expected,
      });
    }
    return entry?.value;
  }

  /** What `read` makes of the value of a key that may be there. */
  optional<Value>(
    map: YamlMap,
    path: string,
    key: string,
    read: (node: YamlNode, path: string) => Value,
  ): Value | undefined {
    const entry = map.entries.get(key);
    return entry === undefined ? undefined : read(entry.value, within(path, key));
  }

  /** The one value that `type` may have. False if it has another: then this is a file of another kind, whose keys mean other things. */
  isType(map: YamlMap, expected: string): boolean {
    const node = this.required(map, '', 'type', `'${expected}'`);
    if (node === undefined || (node.kind === 'scalar' && node.value === expected)) return true;
    this.refuse(node, 'type', `'${expected}'`);
    return false;
  }

  text(node: YamlNode, path: string, expected = 'text'): string | undefined {
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
    this.#refuseText(node, path, expected);
    return undefined;
  }

  /** A text that is not blank. */
  filled(node: YamlNode, path: string, expected: string): string | undefined {
    const text = this.text(node, path, expected);
    if (text === undefined || text.trim() !== '') return text;
    this.refuse(node, path, expected);
    return undefined;
  }

  /** A name as processes, services and apps have it. */
  name(node: YamlNode, path: string): string | undefined {
    const text = this.text(node, path, NAME_FORM);
    if (text === undefined || NAME.test(text)) return text;
    this.refuse(node, path, NAME_FORM);
    return undefined;
  }

  version(node: YamlNode, path: string): string | undefined {
    const version = this.text(node, path, VERSION_FORM);
    if (version === undefined || VERSION.test(version)) return version;
    this.refuse(node, path, VERSION_FORM);
    return undefined;
  }

  truth(node: YamlNode, path: string): boolean | undefined {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    this.refuse(node, path, 'true or false');
    return undefined;
  }

  /** One of some words. */
  word<Word extends string>(node: YamlNode, path: string, words: readonly Word[]): Word | undefined {
    const given = node.kind === 'scalar' ? node.value : undefined;
    const word = words.find((known) => known === given);
    if (word !== undefined) return word;
    const meant = typeof given === 'string' ? closest(given, words) : undefined;
    const expected = words.map((known) => `'${known}'`).join(' or ');
    const remedy = meant === undefined ? '' : `; did you mean '${meant}'?`;
    this.refuse(node, path, expected, describeNode(node), remedy);
    return undefined;
  }

  wholeNumber(node: YamlNode, path: string, least: number): number | undefined {
    const value = node.kind === 'scalar' ? node.value : undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    this.refuse(node, path, `a whole number of at least ${least}`);
    return undefined;
  }

  record(node: YamlNode, path: string): Readonly<Record<string, unknown>> | undefined {
    if (node.kind === 'map') return toRecord(node);
    this.refuse(node, path, 'a map');
    return undefined;
  }

  values(node: YamlNode, path: string): readonly unknown[] {
    return this.items(node, path)?.map(toValue) ?? noValues;
  }

  items(node: YamlNode, path: string, expected = 'a list'): readonly YamlNode[] | undefined {
    if (node.kind === 'list') return node.items;
    this.refuse(node, path, expected);
    return undefined;
  }

  /** A list of texts, each of them once. */
  set(
    node: YamlNode,
    path: string,
    readItem: (node: YamlNode, path: string) => string | undefined,
  ): readonly string[] {
    const texts = new Set<string>();
    for (const [index, item] of (this.items(node, path) ?? []).entries()) {
      const itemPath = `${path}[${index}]`;
      const text = readItem(item, itemPath);
      if (text === undefined) continue;
      if (texts.has(text)) this.note(item, itemPath, `${show(text)} stands twice in the list`);
      texts.add(text);
    }
    return Object.freeze([...texts]);
  }

  /** Notes what is wrong with a value. */
  note(node: YamlNode, path: string, message: string): void {
    this.#problems.add(node.offset, `${path}: ${message}`, { key: path });
  }

  /** Notes that a value is not what was expected. */
  refuse(node: YamlNode, path: string, expected: string, found = describeNode(node), remedy = ''): void {
    this.#problems.add(node.offset, `${path}: expected ${expected}, found ${found}${remedy}`, {
      key: path,
      found,
      expected,
    });
  }

  #refuseText(node: YamlNode, path: string, expected: string): void {
    this.refuse(
      node,
      path,
      expected,
      describeNode(node),
      isUnquoted(node) ? `; quote it: '${node.source}'` : '',
    );
  }
}

/** A key with the path of the map that it stands in. */
export function within(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** What messages call a node. */
export function describeNode(node: YamlNode): string {
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
