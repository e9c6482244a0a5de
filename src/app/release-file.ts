import { type NodeReader, noMembers, readTextFile, type YamlMap, type YamlNode } from '../config/index.ts';
import { type ReleaseDefinition, type ReleaseEntry, releaseStartTypes } from './release-definition.ts';
import { parseSource, type Source } from './source.ts';

const releaseKeys = ['type', 'name', 'version', 'description', 'ioncore', 'apps'] as const;
const entryKeys = ['name', 'file', 'version', 'config', 'args', 'mult', 'startType', 'level'] as const;

const LIST_FORM = 'a list of at least one app such as {name: hello}';

/**
 * Reads a `.rel` file.
 *
 * @throws ConfigurationError as {@link parseReleaseFile} does; also when there is no such file, it cannot be read, is over 1 MiB or not
 * UTF-8
 */
export async function readReleaseFile(path: string): Promise<ReleaseDefinition> {
  return parseReleaseFile(await readTextFile(path), path);
}

/**
 * Reads the text of a `.rel` file: YAML, of which JSON is a part, with `#` comments. `path` names the file in messages and in the
 * result. Only this text is looked at; `checkFiles` also looks at the apps that it names.
 *
 * @throws ConfigurationError whose message names file, line, column, key, what was found and what was expected; `details.problems`
 * lists every problem that was found
 */
export function parseReleaseFile(text: string, path: string): ReleaseDefinition {
  return parseReleaseSource(text, path).sound();
}

/** As {@link parseReleaseFile}, but what is wrong is kept in the result. */
export function parseReleaseSource(text: string, path: string): Source<ReleaseDefinition> {
  return parseSource(text, path, 'release', (root, reader) => readRelease(root, reader, path));
}

function readRelease(root: YamlMap, reader: NodeReader, file: string): ReleaseDefinition {
  reader.refuseUnknownKeys(root, '', releaseKeys);
  const name = reader.required(root, '', 'name', 'the name of the release');
  const apps = reader.required(root, '', 'apps', LIST_FORM);
  const version = (node: YamlNode, path: string) => reader.version(node, path);
  return Object.freeze({
    file,
    name: (name && reader.name(name, 'name')) ?? '',
    version: reader.optional(root, '', 'version', version),
    description: reader.optional(root, '', 'description', (node, path) => reader.text(node, path)),
    ioncore: reader.optional(root, '', 'ioncore', version),
    apps: Object.freeze(apps === undefined ? [] : readEntries(apps, reader)),
  });
}

/** An item that is no map still takes its place, so that the places of the others hold. */
function readEntries(node: YamlNode, reader: NodeReader): readonly ReleaseEntry[] {
  const items = reader.items(node, 'apps', LIST_FORM);
  if (items?.length === 0) reader.refuse(node, 'apps', LIST_FORM, 'an empty list');
  return (items ?? []).map((item, index) => {
    const path = `apps[${index}]`;
    if (item.kind === 'map') return readEntry(item, path, reader);
    reader.refuse(item, path, 'a map such as {name: hello}');
    return noEntry;
  });
}

const noEntry: ReleaseEntry = Object.freeze({
  name: undefined,
  file: undefined,
  version: undefined,
  config: noMembers,
  args: noMembers,
  mult: false,
  startType: undefined,
  level: undefined,
});

function readEntry(map: YamlMap, path: string, reader: NodeReader): ReleaseEntry {
  reader.refuseUnknownKeys(map, path, entryKeys);
  const optional = <Value>(key: (typeof entryKeys)[number], read: (node: YamlNode, at: string) => Value) =>
    reader.optional(map, path, key, read);
  const file = optional('file', (node, at) => readPath(node, at, reader));
  if (!map.entries.has('file')) reader.required(map, path, 'name', "the name of an app, or 'file'");
  else if (map.entries.has('name')) {
    reader.note(map, path, "an entry has either 'name' or 'file'; remove one of them");
  }
  return Object.freeze({
    name: optional('name', (node, at) => reader.name(node, at)),
    file,
    version: optional('version', (node, at) => reader.version(node, at)),
    config: optional('config', (node, at) => reader.record(node, at)) ?? noMembers,
    args: optional('args', (node, at) => reader.record(node, at)) ?? noMembers,
    mult: optional('mult', (node, at) => reader.truth(node, at)) ?? false,
    startType: optional('startType', (node, at) => reader.word(node, at, releaseStartTypes)),
    level: optional('level', (node, at) => reader.wholeNumber(node, at, 0)),
  });
}

function readPath(node: YamlNode, path: string, reader: NodeReader): string | undefined {
  const form = 'the path of a .app file';
  const text = reader.filled(node, path, form);
  if (text === undefined || text.endsWith('.app')) return text;
  reader.refuse(node, path, form);
  return undefined;
}
