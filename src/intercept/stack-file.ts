import {
  describeNode,
  FileProblems,
  NodeReader,
  noMembers,
  parseYaml,
  type YamlMap,
  type YamlNode,
} from '../config/index.ts';
import { closest } from '../util/index.ts';

const rootKeys = ['interceptors', 'stack'] as const;
const entryKeys = ['module', 'export', 'args'] as const;

/** One interceptor of a stack, as a file describes it. */
export interface StackEntry {
  readonly name: string;
  /** Where its factory is; undefined for one that the container brings. */
  readonly module: string | undefined;
  /** The name under which the module exports it. */
  readonly export: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** `file:line:column: key` of the entry and of its members, for errors. */
  readonly places: { readonly entry: string; readonly module: string; readonly export: string };
}

/**
 * Reads the text of a file of interceptors: a YAML map of `interceptors` (name to module, export, arguments) and `stack`, the names in the
 * order in which outgoing messages meet them. A text without content is an empty stack. `path` names the file in messages.
 *
 * @param builtIn names that stand for an interceptor without a module
 * @throws ConfigurationError whose message names file, line, column, what was found and what was expected; `details.problems` lists
 * every problem that was found
 */
export function parseInterceptors(
  text: string,
  path: string,
  builtIn: readonly string[],
): readonly StackEntry[] {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const problems = new FileProblems(path, plain);
  const root = parseYaml(plain, problems);
  problems.throwIfAny();
  if (root === undefined) return [];
  const entries = new StackReader(path, problems, builtIn).read(root);
  problems.throwIfAny();
  return entries;
}

class StackReader {
  readonly #file: string;
  readonly #problems: FileProblems;
  readonly #builtIn: readonly string[];
  readonly #reader: NodeReader;

  constructor(file: string, problems: FileProblems, builtIn: readonly string[]) {
    this.#file = file;
    this.#problems = problems;
    this.#builtIn = builtIn;
    this.#reader = new NodeReader(problems);
  }

  read(root: YamlNode): readonly StackEntry[] {
    if (root.kind !== 'map') {
      const expected = "a map of 'interceptors' and 'stack'";
      const found = describeNode(root);
      this.#problems.add(root.offset, `expected ${expected}, found ${found}`, { found, expected });
      return [];
    }
    this.#reader.refuseUnknownKeys(root, '', rootKeys);
    const entries = new Map<string, StackEntry>();
    const named = root.entries.get('interceptors')?.value;
    if (named?.kind === 'map') {
      for (const [name, { keyOffset, value }] of named.entries) {
        entries.set(name, this.#readEntry(name, keyOffset, value));
      }
    } else if (named !== undefined && !isNothing(named)) {
      this.#reader.refuse(named, 'interceptors', 'a map of names such as audit: {module: ./audit.ts}');
    }
    const stack = this.#reader.required(root, '', 'stack', 'a list of the names of interceptors');
    return stack === undefined || isNothing(stack) ? [] : this.#readStack(stack, entries);
  }

  #readEntry(name: string, keyOffset: number, node: YamlNode): StackEntry {
    const path = `interceptors.${name}`;
    const map: YamlMap = node.kind === 'map' ? node : { kind: 'map', offset: keyOffset, entries: new Map() };
    if (node !== map && !isNothing(node))
      this.#reader.refuse(node, path, 'a map such as {module: ./audit.ts}');
    this.#reader.refuseUnknownKeys(map, path, entryKeys);
    const isBuiltIn = this.#builtIn.includes(name);
    const exported = map.entries.get('export');
    if (!map.entries.has('module')) {
      if (!isBuiltIn) this.#refuseNameless(keyOffset, name, path);
      else if (exported !== undefined) {
        const why = `'${name}' is the container's own and has no module that exports it; remove the key`;
        this.#problems.add(exported.keyOffset, `${path}.export: ${why}`, { key: `${path}.export` });
      }
    }
    const text = (key: (typeof entryKeys)[number], expected: string) =>
      this.#reader.optional(map, path, key, (value, at) => this.#reader.filled(value, at, expected));
    return Object.freeze({
      name,
      module: text('module', 'the module of the interceptor as text'),
      export: text('export', 'the name of an export') ?? 'default',
      args:
        this.#reader.optional(map, path, 'args', (value, at) => this.#reader.record(value, at)) ?? noMembers,
      places: {
        entry: `${this.#placeOf(keyOffset)}: ${path}`,
        module: `${this.#placeOf(map.entries.get('module')?.value.offset ?? keyOffset)}: ${path}.module`,
        export: `${this.#placeOf(exported?.value.offset ?? keyOffset)}: ${path}.export`,
      },
    });
  }

  #refuseNameless(offset: number, name: string, path: string): void {
    const meant = closest(name, this.#builtIn);
    const remedy =
      meant === undefined
        ? `only the container's own (${this.#builtIn.join(', ')}) need none`
        : `did you mean '${meant}', which needs none?`;
    this.#problems.add(offset, `${path}: the key 'module' is missing; ${remedy}`, { key: path });
  }

  #readStack(node: YamlNode, entries: ReadonlyMap<string, StackEntry>): readonly StackEntry[] {
    const known = [...new Set([...entries.keys(), ...this.#builtIn])];
    const stack: StackEntry[] = [];
    for (const [index, item] of (this.#reader.items(node, 'stack', 'a list of names') ?? []).entries()) {
      const path = `stack[${index}]`;
      const name = this.#reader.filled(item, path, 'the name of an interceptor');
      if (name === undefined) continue;
      if (!known.includes(name)) {
        const meant = closest(name, known);
        const remedy = meant === undefined ? `known are ${known.join(', ')}` : `did you mean '${meant}'?`;
        this.#reader.note(item, path, `there is no interceptor '${name}'; ${remedy}`);
      } else if (stack.some((entry) => entry.name === name)) {
        this.#reader.note(item, path, `'${name}' stands twice in the list`);
      } else {
        stack.push(entries.get(name) ?? this.#plainBuiltIn(name, item));
      }
    }
    return Object.freeze(stack);
  }

  /** One of the container's own that is named in the stack alone. */
  #plainBuiltIn(name: string, { offset }: YamlNode): StackEntry {
    const entry = `${this.#placeOf(offset)}: ${name}`;
    return {
      name,
      module: undefined,
      export: 'default',
      args: noMembers,
      places: { entry, module: entry, export: entry },
    };
  }

  #placeOf(offset: number): string {
    const { line, column } = this.#problems.positionOf(offset);
    return `${this.#file}:${line}:${column}`;
  }
}

function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
