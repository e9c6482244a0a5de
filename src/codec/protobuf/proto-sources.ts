import { dirname, join, resolve } from 'node:path';
import protobuf from 'protobufjs';
import { ConfigurationError, messageOf } from '../../errors/index.ts';

/** Gives the text of a file; undefined if there is none. */
export type ReadText = (path: string) => string | undefined;

/** It only describes options, which no message of ours needs. */
const ignoredImports: ReadonlySet<string> = new Set(['google/protobuf/descriptor.proto']);

/** A `.proto` file and all that it imports, parsed into one root. */
export class ProtoSources {
  readonly root = new protobuf.Root();
  readonly #read: ReadText;
  readonly #texts = new Map<string, string>();
  readonly #bundled = new Set<string>();

  constructor(read: ReadText) {
    this.#read = read;
  }

  /** @throws ConfigurationError naming file and line of what is wrong, in the file or an import */
  load(file: string): void {
    const text = this.#read(file);
    if (text === undefined) throw new ConfigurationError(`${file}: there is no such file`);
    this.#add(file, text);
  }

  /** A {@link ConfigurationError} at the first line of `file` that matches. */
  problem(file: string | null, pattern: RegExp, message: string): ConfigurationError {
    const lines = this.#texts.get(file ?? '')?.split('\n') ?? [];
    const line = lines.findIndex((text) => pattern.test(text));
    return new ConfigurationError(`${file ?? 'proto'}:${Math.max(line, 0) + 1}: ${message}`);
  }

  #add(file: string, text: string): void {
    this.#texts.set(file, text);
    for (const name of this.#parse(file, text)) this.#import(file, name);
  }

  /** The names of what it imports. */
  #parse(file: string, text: string): readonly string[] {
    try {
      // protobufjs notes the name at what it makes.
      Reflect.set(protobuf.parse, 'filename', file);
      const { imports = [], weakImports = [] } = protobuf.parse(text, this.root, parseOptions);
      return [...imports, ...weakImports];
    } catch (error) {
      const message = messageOf(error);
      const [, problem = message, line] = /^(.*) \((?:[^()]*, )?line (\d+)\)$/.exec(message) ?? [];
      const at = line ?? String(lineThatFails(text, message));
      throw new ConfigurationError(`${file}:${at}: ${problem}`, { cause: error });
    } finally {
      Reflect.set(protobuf.parse, 'filename', null);
    }
  }

  #import(from: string, name: string): void {
    const bundled = protobuf.common.get(name);
    if (ignoredImports.has(name) || this.#bundled.has(name)) return;
    if (bundled !== null) {
      this.#bundled.add(name);
      this.root.addJSON(bundled.nested ?? {});
      return;
    }
    for (const path of candidates(from, name)) {
      if (this.#texts.has(path)) return;
      const text = this.#read(path);
      if (text !== undefined) {
        this.#add(path, text);
        return;
      }
    }
    throw this.problem(
      from,
      new RegExp(`^\\s*import\\b.*["']${escaped(name)}["']`),
      `import "${name}" is not found in ${dirname(from)} or a directory above it`,
    );
  }
}

/** `text` as a pattern that matches it and nothing else. */
export function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

const parseOptions: protobuf.IParseOptions = { keepCase: false, alternateCommentMode: true };

/** Where an import may be: imports name paths from a root that no file knows, so each directory above is tried, the nearest first. */
function candidates(from: string, name: string): string[] {
  const paths: string[] = [];
  for (
    let directory = dirname(from), last = '';
    resolve(directory) !== last;
    directory = join(directory, '..')
  ) {
    last = resolve(directory);
    paths.push(join(directory, name));
  }
  return paths;
}

/** protobufjs does not say where some errors are: the first line with which the text fails in the same words. */
function lineThatFails(text: string, message: string): number {
  const lines = text.split('\n');
  if (failure(text) !== message) {
    // A clash with another file.
    const [, name = ''] = /'([^']+)'/.exec(message) ?? [];
    return (
      Math.max(
        lines.findIndex((line) => new RegExp(`\\b${escaped(name)}\\b`).test(line)),
        0,
      ) + 1
    );
  }
  let [before, from] = [0, lines.length];
  while (from - before > 1) {
    const middle = (before + from) >> 1;
    if (failure(lines.slice(0, middle).join('\n')) === message) from = middle;
    else before = middle;
  }
  return from;
}

function failure(text: string): string {
  try {
    protobuf.parse(text, new protobuf.Root(), parseOptions);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}
