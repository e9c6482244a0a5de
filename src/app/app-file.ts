import {
  type NodeReader,
  noMembers,
  noValues,
  readTextFile,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from '../config/index.ts';
import type { AppDefinition, AppModuleSpec } from './app-definition.ts';
import { readSupervised } from './read-processes.ts';
import { readRequirements } from './read-requirements.ts';
import { readStartPhases } from './read-start-phases.ts';
import { parseSource, type Source } from './source.ts';

const appKeys = [
  'type',
  'name',
  'version',
  'description',
  'mod',
  'processes',
  'supervisor',
  'startPhases',
  'modules',
  'registered',
  'applications',
  'config',
  'args',
] as const;

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
    applications: optional('applications', (node, path) => readRequirements(node, path, reader)) ?? noValues,
    config: optional('config', (node, path) => reader.record(node, path)) ?? noMembers,
    args: optional('args', (node, path) => reader.record(node, path)) ?? noMembers,
  });
}

function readNames(node: YamlNode, key: string, reader: NodeReader): readonly string[] {
  return reader.set(node, key, (item, path) => reader.name(item, path));
}

/** What the app is: a module, or a list of processes. */
function readBody(
  root: YamlMap,
  reader: NodeReader,
): Pick<AppDefinition, 'mod' | 'processes' | 'supervisor' | 'startPhases'> {
  const startPhases =
    reader.optional(root, '', 'startPhases', (node, path) => readStartPhases(node, path, reader)) ?? noValues;
  const { entries } = root;
  const processes = entries.get('processes')?.value;
  if (processes === undefined) {
    const supervisor = entries.get('supervisor')?.value;
    const expected = "the module of the app, or 'processes'";
    const mod = reader.required(root, '', 'mod', expected);
    if (supervisor !== undefined) {
      reader.note(supervisor, 'supervisor', "it says how 'processes' are supervised, and there are none");
    }
    return { mod: mod && readMod(mod, reader), processes: undefined, supervisor: undefined, startPhases };
  }
  if (entries.has('mod')) {
    reader.note(processes, 'processes', "an app has either 'mod' or 'processes'; remove one of them");
  } else if (entries.has('startPhases')) {
    const phases = entries.get('startPhases')?.value ?? root;
    reader.note(
      phases,
      'startPhases',
      'they are called on the module of an app; an app of processes has none',
    );
  }
  return { mod: undefined, startPhases, ...readSupervised(root, '', reader) };
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
