import {
  type NodeReader,
  noMembers,
  noValues,
  readTextFile,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from '../config/index.ts';
import type { AppDefinition, AppModuleSpec, AppProcessSpec } from './app-definition.ts';
import { parseSource, type Source } from './source.ts';

const appKeys = [
  'type',
  'name',
  'version',
  'description',
  'mod',
  'processes',
  'modules',
  'registered',
  'applications',
  'config',
  'args',
] as const;

const processKeys = ['name', 'module', 'class', 'args', 'serviceName', 'localName', 'concurrency'] as const;

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
  return parseAppSource(text, path).sound();
}

/** As {@link parseAppFile}, but what is wrong is kept in the result. */
export function parseAppSource(text: string, path: string): Source<AppDefinition> {
  return parseSource(text, path, 'application', (root, reader) => readApp(root, reader, path));
}

function readApp(root: YamlMap, reader: NodeReader, file: string): AppDefinition {
  reader.refuseUnknownKeys(root, '', appKeys);
  const name = reader.required(root, '', 'name', 'the name of the app');
  const optional = <Value>(key: (typeof appKeys)[number], read: (node: YamlNode, path: string) => Value) =>
    reader.optional(root, '', key, read);
  return Object.freeze({
    file,
    name: (name && reader.name(name, 'name')) ?? '',
    version: optional('version', (node, path) => reader.version(node, path)),
    description: optional('description', (node, path) => reader.text(node, path)),
    ...readBody(root, reader),
    modules:
      optional('modules', (node, key) => reader.set(node, key, (item, path) => reader.text(item, path))) ??
      noValues,
    registered: optional('registered', (node, key) => readNames(node, key, reader)) ?? noValues,
    applications: optional('applications', (node, key) => readNames(node, key, reader)) ?? noValues,
    config: optional('config', (node, path) => reader.record(node, path)) ?? noMembers,
    args: optional('args', (node, path) => reader.record(node, path)) ?? noMembers,
  });
}

function readNames(node: YamlNode, key: string, reader: NodeReader): readonly string[] {
  return reader.set(node, key, (item, path) => reader.name(item, path));
}

/** What the app is: a module, or a list of processes. */
function readBody(root: YamlMap, reader: NodeReader): Pick<AppDefinition, 'mod' | 'processes'> {
  const processes = root.entries.get('processes')?.value;
  if (processes === undefined) {
    const mod = reader.required(root, '', 'mod', "the module of the app, or 'processes'");
    return { mod: mod && readMod(mod, reader), processes: undefined };
  }
  if (root.entries.has('mod')) {
    reader.note(processes, 'processes', "an app has either 'mod' or 'processes'; remove one of them");
  }
  return { mod: undefined, processes: readProcesses(processes, reader) };
}

function readMod(node: YamlNode, reader: NodeReader): AppModuleSpec {
  if (node.kind === 'list') return readModList(node, reader);
  const form = 'the module as text, or [module, [positional arguments], {keyword arguments}]';
  return Object.freeze({
    module: reader.filled(node, 'mod', form) ?? '',
    positionalArgs: noValues,
    keywordArgs: noMembers,
  });
}

function readModList(node: YamlList, reader: NodeReader): AppModuleSpec {
  const [module, positional, keyword, superfluous] = node.items;
  if (module === undefined || superfluous !== undefined) {
    const form = '[module, [positional arguments], {keyword arguments}]';
    reader.refuse(node, 'mod', form, `a list of ${node.items.length}`);
    return Object.freeze({ module: '', positionalArgs: noValues, keywordArgs: noMembers });
  }
  return Object.freeze({
    module: reader.filled(module, 'mod[0]', 'the module as text') ?? '',
    positionalArgs: Object.freeze(positional === undefined ? noValues : reader.values(positional, 'mod[1]')),
    keywordArgs: (keyword && reader.record(keyword, 'mod[2]')) ?? noMembers,
  });
}

function readProcesses(node: YamlNode, reader: NodeReader): readonly AppProcessSpec[] {
  const form = 'a list of processes such as {name: hello, module: ./hello.ts}';
  const items = reader.items(node, 'processes', form);
  if (items?.length === 0) reader.refuse(node, 'processes', form, 'an empty list');
  const names = new Set<string>();
  const specs: AppProcessSpec[] = [];
  for (const [index, item] of (items ?? []).entries()) {
    const path = `processes[${index}]`;
    if (item.kind !== 'map') {
      reader.refuse(item, path, 'a map such as {name: hello, module: ./hello.ts}');
      continue;
    }
    const spec = readProcess(item, path, reader);
    if (names.has(spec.name)) {
      reader.note(
        item.entries.get('name')?.value ?? item,
        `${path}.name`,
        `'${spec.name}' stands twice in the list`,
      );
    }
    if (spec.name !== '') names.add(spec.name);
    specs.push(spec);
  }
  return Object.freeze(specs);
}

function readProcess(map: YamlMap, path: string, reader: NodeReader): AppProcessSpec {
  reader.refuseUnknownKeys(map, path, processKeys);
  const name = reader.required(map, path, 'name', 'a name for the process');
  const module = reader.required(map, path, 'module', 'the module of its class');
  const optional = <Value>(key: (typeof processKeys)[number], read: (node: YamlNode, at: string) => Value) =>
    reader.optional(map, path, key, read);
  return Object.freeze({
    name: (name && reader.name(name, `${path}.name`)) ?? '',
    module: (module && reader.filled(module, `${path}.module`, 'the module as text')) ?? '',
    class: optional('class', (node, at) => reader.filled(node, at, 'the name of an exported class')),
    args: optional('args', (node, at) => reader.record(node, at)) ?? noMembers,
    serviceName: optional('serviceName', (node, at) => reader.name(node, at)),
    localName: optional('localName', (node, at) => reader.name(node, at)),
    concurrency: optional('concurrency', (node, at) => reader.wholeNumber(node, at, 1)),
  });
}
