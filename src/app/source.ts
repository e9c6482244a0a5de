import {
  type ConfigSection,
  describeNode,
  type FileProblem,
  FileProblems,
  type LayerName,
  NodeReader,
  nodeOf,
  type ProblemFacts,
  parseYaml,
  readSections,
  type Setting,
  type YamlMap,
  type YamlNode,
} from '../config/index.ts';
import { ConfigurationError } from '../errors/index.ts';

/** A problem and the file it is in. What concerns a file as a whole is at 1:1. */
export interface Problem extends FileProblem {
  readonly file: string;
}

/**
 * What was read from one file, as far as it can be read: its definition, where in the text each part of it stands, and what is wrong with
 * it. While something is wrong the definition may hold stand-ins (an empty name or module), or there is none.
 */
export class Source<Definition> {
  readonly file: string;
  readonly definition: Definition | undefined;
  readonly #problems: FileProblems;
  readonly #root: YamlNode | undefined;

  constructor(
    file: string,
    definition: Definition | undefined,
    problems: FileProblems = new FileProblems(file, ''),
    root?: YamlNode,
  ) {
    this.file = file;
    this.definition = definition;
    this.#problems = problems;
    this.#root = root;
  }

  get problems(): readonly Problem[] {
    return this.#problems.sorted.map((problem) => ({ file: this.file, ...problem }));
  }

  /** The node at a path such as `apps[0].config`; undefined where the text has none, or the definition came without a text. */
  nodeAt(path: string): YamlNode | undefined {
    let node = this.#root;
    for (const part of partsOf(path)) node = node && child(node, part);
    return node;
  }

  /** `file:line:column` of the value at a path, or of what comes nearest above it; the file alone where there is no text. */
  placeOf(path: string): string {
    if (this.#root === undefined) return this.file;
    const { line, column } = this.#problems.positionOf(this.#offsetOf(path));
    return `${this.file}:${line}:${column}`;
  }

  /** Notes what is wrong with the value at a path, or with what comes nearest above it. */
  note(path: string, message: string, facts: ProblemFacts = {}): void {
    const where = path === '' ? '' : `${path}: `;
    const key = path === '' ? {} : { key: path };
    this.#problems.add(this.#offsetOf(path), `${where}${message}`, { ...key, ...facts });
  }

  /**
   * The container settings of the map of sections at a path; `values` is what it holds, for a definition without a text. What is wrong with
   * them is noted.
   */
  settings(
    path: string,
    values: Readonly<Record<string, unknown>>,
    layer: LayerName,
    sections: readonly ConfigSection[],
  ): readonly Setting[] {
    const node = this.nodeAt(path);
    const found = readSections(node ?? nodeOf(values), path, sections, this.#problems);
    return found.map(({ path: key, value, offset }) => {
      const place = node === undefined ? {} : { line: this.#problems.positionOf(offset).line };
      return { path: key, value, origin: { layer, file: this.file, ...place } };
    });
  }

  /** The definition. @throws ConfigurationError when anything is wrong with the file */
  sound(): Definition {
    if (this.definition === undefined || this.#problems.length > 0) throw this.#problems.toError();
    return this.definition;
  }

  #offsetOf(path: string): number {
    let node = this.#root;
    let offset = node?.offset ?? 0;
    for (const part of partsOf(path)) {
      node = node && child(node, part);
      offset = node?.offset ?? offset;
    }
    return offset;
  }
}

/** Reads a text whose root must be a map with this `type`. What is wrong is kept in the source; nothing is thrown. */
export function parseSource<Definition>(
  text: string,
  file: string,
  type: string,
  read: (root: YamlMap, reader: NodeReader) => Definition,
): Source<Definition> {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const problems = new FileProblems(file, plain);
  const root = parseYaml(plain, problems);
  if (problems.length > 0) return new Source<Definition>(file, undefined, problems, root);
  if (root?.kind !== 'map') {
    const expected = `a map of keys such as 'type: ${type}'`;
    const found = root === undefined ? 'nothing' : describeNode(root);
    problems.add(root?.offset ?? 0, `expected ${expected}, found ${found}`, { found, expected });
    return new Source<Definition>(file, undefined, problems, root);
  }
  const reader = new NodeReader(problems);
  const definition = reader.isType(root, type) ? read(root, reader) : undefined;
  return new Source<Definition>(file, definition, problems, root);
}

/** Every problem of some sources: those of the first source first, in the order of its text; none twice. */
export function problemsOf(sources: Iterable<Source<unknown>>): readonly Problem[] {
  const distinct = new Map<string, Problem>();
  for (const source of sources) {
    for (const problem of source.problems) {
      distinct.set(`${problem.file}:${problem.line}:${problem.column}:${problem.message}`, problem);
    }
  }
  return [...distinct.values()];
}

/** @throws ConfigurationError whose message is the first problem, and whose `details.problems` are all, when there is any */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const { file, line, column, message } = first;
  throw new ConfigurationError(`${file}:${line}:${column}: ${message}${more}`, {
    details: { file, problems },
  });
}

function partsOf(path: string): readonly string[] {
  return path.match(/[^.[\]]+/g) ?? [];
}

function child(node: YamlNode, part: string): YamlNode | undefined {
  if (node.kind === 'map') return node.entries.get(part)?.value;
  return node.kind === 'list' ? node.items[Number(part)] : undefined;
}
