import { Composer, type CST, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { FileProblems } from './file-problems.ts';

/** A node of a document that was found sound; `offset` is its place in the text. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly kind: 'map';
  readonly offset: number;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  readonly keyOffset: number;
  readonly value: YamlNode;
}

export interface YamlList {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly YamlNode[];
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes. */
  readonly source: string;
}

const MAX_DEPTH = 64;
/** Words, indents and marks of a text; a megabyte of commas would keep the library busy for seconds. A real file has hundreds. */
const MAX_LEXEMES = 100_000;
/** Control characters other than tab, line feed, and a carriage return before one. */
const NOT_TEXT = /(?![\t\n])(?!\r\n)\p{Cc}/u;
/** Tokens that the parser stacks besides collections: the document and a scalar. */
const STACK_SLACK = 2;

/**
 * Reads one YAML 1.2 document in the core schema, with less than YAML allows: no aliases (so no alias bombs), merge keys, directives or tags
 * of one's own, keys that are text and stand once, at most 64 levels. Nothing is evaluated.
 *
 * What is wrong goes to `problems`; then, and for an empty text, the result is `undefined` or incomplete.
 */
export function parseYaml(text: string, problems: FileProblems): YamlNode | undefined {
  refuseControlCharacters(text, problems);
  const tokens = problems.length === 0 ? tokenize(text, problems) : undefined;
  if (tokens === undefined) return undefined;
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    // Checked below: the library compares every key with every other.
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return undefined;
  const errors = [...document.errors, ...document.warnings];
  const tabs = errors.filter((error) => error.code === 'TAB_AS_INDENT');
  // A tab leads the library into errors before and after it, which would only hide the cause.
  for (const error of tabs.length > 0 ? tabs : errors) {
    problems.add(error.pos[0], `not valid YAML: ${error.message}`);
  }
  if (second !== undefined) {
    problems.add(second.range[0], 'a second document begins here; expected one document in the file');
  }
  if (problems.length > 0 || document.contents === null) return undefined;
  return new NodeReader(problems).read(document.contents, 0);
}

/** The value of `node` as plain data, frozen all the way down. */
export function toValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return Object.freeze(node.items.map(toValue));
    case 'map':
      return toRecord(node);
  }
}

/** The value of a map as plain data, frozen all the way down. */
export function toRecord(node: YamlMap): Readonly<Record<string, unknown>> {
  return Object.freeze(
    Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.value)])),
  );
}

/** Notes what no text file holds; only the first, a binary file is full of it. */
function refuseControlCharacters(text: string, problems: FileProblems): void {
  const offset = text.search(NOT_TEXT);
  const code = text.codePointAt(offset);
  if (offset === -1 || code === undefined) return;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  problems.add(offset, `found the control character ${name}; expected text`, {
    found: name,
    expected: 'text',
  });
}

/** Cuts the text into the library's tokens. Depth is bounded here, before anything recursive sees them. */
function tokenize(text: string, problems: FileProblems): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > MAX_LEXEMES) {
      problems.add(
        parser.offset,
        'the text has too many parts for a file of this kind; expected a short description',
      );
      return undefined;
    }
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_DEPTH + STACK_SLACK) {
      problems.add(parser.offset, `nested too deeply; expected at most ${MAX_DEPTH} levels`);
      return undefined;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  for (const token of tokens) {
    if (token.type !== 'directive') continue;
    problems.add(
      token.offset,
      `directives such as ${token.source.trim()} are not supported; remove the line`,
    );
  }
  return problems.length === 0 ? tokens : undefined;
}

/** Turns the library's nodes into ours and refuses what we do not take. */
class NodeReader {
  readonly #problems: FileProblems;

  constructor(problems: FileProblems) {
    this.#problems = problems;
  }

  read(node: unknown, offset: number, depth = 1): YamlNode {
    if (isScalar(node)) return this.#scalar(node, node.range?.[0] ?? offset);
    const start = rangeStart(node) ?? offset;
    if (isAlias(node)) {
      this.#problems.add(start, `aliases such as *${node.source} are not supported; write the value out`);
    } else if (depth > MAX_DEPTH) {
      this.#problems.add(start, `nested too deeply; expected at most ${MAX_DEPTH} levels`);
    } else if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, start, depth + 1));
      return { kind: 'list', offset: start, items };
    } else if (isMap(node)) {
      return { kind: 'map', offset: start, entries: this.#entries(node.items, start, depth) };
    }
    return { kind: 'scalar', offset: start, value: null, source: '' };
  }

  #entries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    mapOffset: number,
    depth: number,
  ): ReadonlyMap<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>();
    for (const pair of pairs) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const keyOffset = rangeStart(pair.key) ?? mapOffset;
      const value = this.read(pair.value, keyOffset, depth + 1);
      if (key === '<<')
        this.#problems.add(keyOffset, "merge keys ('<<') are not supported; write the members out");
      else if (key === '__proto__') this.#problems.add(keyOffset, "'__proto__' cannot be a key");
      else if (entries.has(key))
        this.#problems.add(keyOffset, `the key ${show(key)} stands twice in this map`, { key });
      else entries.set(key, { keyOffset, value });
    }
    return entries;
  }

  #scalar(node: { readonly value: unknown; readonly source?: string }, offset: number): YamlScalar {
    const { value } = node;
    const source = node.source ?? String(value);
    if (typeof value === 'number' && !isPortable(value)) {
      this.#problems.add(offset, `${source} cannot be held exactly as a number; quote it: '${source}'`);
    }
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return { kind: 'scalar', offset, value: isPlain ? value : null, source };
  }
}

/** Plain data as a node without a place, for what reads nodes. */
export function nodeOf(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: 'list', offset: 0, items: value.map(nodeOf) };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, member]) => [key, { keyOffset: 0, value: nodeOf(member) }] as const,
    );
    return { kind: 'map', offset: 0, entries: new Map(entries) };
  }
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return { kind: 'scalar', offset: 0, value: isPlain ? value : null, source: String(value) };
}

/** Text from a file as messages show it: quoted, on one line, not too long. */
export function show(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `'${short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}'`;
}

function isPortable(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
