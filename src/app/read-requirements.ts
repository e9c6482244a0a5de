import { type NodeReader, show, type YamlMap, type YamlNode } from '../config/index.ts';
import type { AppRequirement } from './app-definition.ts';
import { isVersionRange, RANGE_FORM } from './version-range.ts';

const keys = ['name', 'version', 'remote', 'services', 'timeoutMs'] as const;
const remoteKeys = ['services', 'timeoutMs'] as const;

const ITEM_FORM = 'the name of an app, hello or hello@^1.2, or a map such as {name: hello, remote: true}';

/** What is read of an item that says nothing, so that the places of the others hold. */
const anybody = Object.freeze({
  name: '',
  version: undefined,
  remote: false,
  services: undefined,
  timeoutMs: undefined,
});

/** Reads `applications` of an app file. An item that is wrong keeps its place, with an empty name if it has none. */
export function readRequirements(
  node: YamlNode,
  path: string,
  reader: NodeReader,
): readonly AppRequirement[] {
  const names = new Set<string>();
  const requirements = (reader.items(node, path) ?? []).map((item, index) => {
    const at = `${path}[${index}]`;
    const requirement = item.kind === 'map' ? readMap(item, at, reader) : readText(item, at, reader);
    const { name } = requirement;
    if (names.has(name)) reader.note(item, at, `${show(name)} stands twice in the list`);
    if (name !== '') names.add(name);
    return requirement;
  });
  return Object.freeze(requirements);
}

/** `hello` or `hello@^1.2`. */
function readText(node: YamlNode, path: string, reader: NodeReader): AppRequirement {
  const text = reader.text(node, path, ITEM_FORM);
  if (text === undefined) return anybody;
  const at = text.indexOf('@');
  if (at === -1) return Object.freeze({ ...anybody, name: reader.name(node, path) ?? '' });
  const name = text.slice(0, at);
  const version = text.slice(at + 1).trim();
  const isRange = isVersionRange(version);
  if (!isRange) reader.refuse(node, path, `${RANGE_FORM} after the @`, show(version));
  const nameNode: YamlNode = { kind: 'scalar', offset: node.offset, value: name, source: name };
  const requirement = { ...anybody, name: reader.name(nameNode, path) ?? '' };
  return Object.freeze({ ...requirement, version: isRange ? version : undefined });
}

function readMap(map: YamlMap, path: string, reader: NodeReader): AppRequirement {
  reader.refuseUnknownKeys(map, path, keys);
  const name = reader.required(map, path, 'name', 'the name of an app');
  const optional = <Value>(key: (typeof keys)[number], read: (node: YamlNode, at: string) => Value) =>
    reader.optional(map, path, key, read);
  const remote = optional('remote', (node, at) => reader.truth(node, at));
  if (remote === true) refuseVersion(map, path, reader);
  else if (remote === false || !map.entries.has('remote')) refuseRemoteKeys(map, path, reader);
  return Object.freeze({
    name: (name && reader.name(name, `${path}.name`)) ?? '',
    version: optional('version', (node, at) => readRange(node, at, reader)),
    remote: remote ?? false,
    services: optional('services', (node, at) => readServices(node, at, reader)),
    timeoutMs: optional('timeoutMs', (node, at) => reader.wholeNumber(node, at, 1)),
  });
}

function readRange(node: YamlNode, path: string, reader: NodeReader): string | undefined {
  const range = reader.text(node, path, RANGE_FORM);
  if (range === undefined || isVersionRange(range)) return range;
  reader.refuse(node, path, RANGE_FORM);
  return undefined;
}

function readServices(node: YamlNode, path: string, reader: NodeReader): readonly string[] {
  const services = reader.set(node, path, (item, at) => reader.name(item, at));
  if (node.kind === 'list' && node.items.length === 0) {
    reader.refuse(node, path, 'a list of at least one service', 'an empty list');
  }
  return services;
}

/** What runs elsewhere may be of any version: to check the file here would be to pretend. */
function refuseVersion(map: YamlMap, path: string, reader: NodeReader): void {
  const version = map.entries.get('version')?.value;
  if (version === undefined) return;
  const message = 'the version of an app in another container is not known here; remove this, or remote';
  reader.note(version, `${path}.version`, message);
}

function refuseRemoteKeys(map: YamlMap, path: string, reader: NodeReader): void {
  for (const key of remoteKeys) {
    const node = map.entries.get(key)?.value;
    if (node === undefined) continue;
    reader.note(node, `${path}.${key}`, "only an app of another container is waited for; add 'remote: true'");
  }
}
