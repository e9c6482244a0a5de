import {
  type NodeReader,
  noMembers,
  noValues,
  show,
  within,
  type YamlMap,
  type YamlNode,
} from '../config/index.ts';
import {
  type AutoShutdown,
  type ChildSpec,
  resolveSupervisorSpec,
  type SupervisorFlags,
} from '../supervisor/index.ts';
import type { AppProcessSpec, AppSupervisorSpec } from './app-definition.ts';
import { childKeys, noteBrokenRule, readChildKeys, readFlags, readStartTimeout } from './read-supervision.ts';

const sharedKeys = ['name', ...childKeys] as const;
const processKeys = [
  ...sharedKeys,
  'module',
  'class',
  'args',
  'serviceName',
  'localName',
  'concurrency',
  'startTimeoutMs',
] as const;
const supervisorKeys = [...sharedKeys, 'supervisor', 'processes'] as const;

const ITEM_FORM = 'a map such as {name: hello, module: ./hello.ts}';
const LIST_FORM = 'a list of processes such as {name: hello, module: ./hello.ts}';
/** Nobody writes more of them by hand. */
const MAX_SUPERVISORS = 16;

/** A child of a supervisor, and whether it is one itself. */
export type AppChild = AppProcessSpec | AppSupervisorSpec;

/** Where a child stands: under what `autoShutdown` (undefined: what the file says is none), and how many supervisors are above it. */
interface ChildPlace {
  readonly autoShutdown: AutoShutdown | undefined;
  readonly depth: number;
}

/** Reads `processes` and `supervisor` of the app file, or of a supervisor in it that stands at `path`. */
export function readSupervised(
  map: YamlMap,
  path: string,
  reader: NodeReader,
  depth = 1,
): { readonly supervisor: SupervisorFlags | undefined; readonly processes: readonly AppChild[] } {
  const { flags, autoShutdown } = readFlags(map, path, reader);
  const node = reader.required(map, path, 'processes', LIST_FORM);
  const key = within(path, 'processes');
  const processes = node === undefined ? noValues : readChildren(node, key, reader, { autoShutdown, depth });
  if (node?.kind === 'list' && node.items.length > 0) {
    noteBrokenRule(node, key, reader, () =>
      resolveSupervisorSpec(strategyOf(flags), node.items.map(anyChild)),
    );
  }
  return { supervisor: flags, processes };
}

function readChildren(
  node: YamlNode,
  path: string,
  reader: NodeReader,
  place: ChildPlace,
): readonly AppChild[] {
  if (place.depth > MAX_SUPERVISORS) {
    reader.note(
      node,
      path,
      `nested too deeply; expected at most ${MAX_SUPERVISORS} supervisors in each other`,
    );
    return noValues;
  }
  const items = reader.items(node, path, LIST_FORM);
  if (items?.length === 0) reader.refuse(node, path, LIST_FORM, 'an empty list');
  const names = new Set<string>();
  const children = (items ?? []).map((item, index) => {
    const at = `${path}[${index}]`;
    if (item.kind !== 'map') {
      reader.refuse(item, at, ITEM_FORM);
      return nobody;
    }
    const child = readChild(item, at, reader, place);
    if (names.has(child.name)) {
      const name = item.entries.get('name')?.value ?? item;
      reader.note(name, `${at}.name`, `${show(child.name)} stands twice in the list`);
    }
    if (child.name !== '') names.add(child.name);
    return child;
  });
  return Object.freeze(children);
}

function readChild(map: YamlMap, path: string, reader: NodeReader, place: ChildPlace): AppChild {
  const isSupervisor = map.entries.has('processes') || map.entries.has('supervisor');
  if (!isSupervisor) return readProcess(map, path, reader, place);
  const module = map.entries.get('module')?.value;
  if (module === undefined) return readSupervisor(map, path, reader, place);
  const message = "a child has either 'module', or 'processes' and is a supervisor; remove one of them";
  reader.note(module, `${path}.module`, message);
  return readSupervisor(map, path, reader, place, ['module']);
}

function readSupervisor(
  map: YamlMap,
  path: string,
  reader: NodeReader,
  { autoShutdown, depth }: ChildPlace,
  refused: readonly string[] = noValues,
): AppSupervisorSpec {
  reader.refuseUnknownKeys(map, path, [...supervisorKeys, ...refused]);
  return Object.freeze({
    name: readChildName(map, path, reader, 'a name for the supervisor'),
    ...readChildKeys(map, path, reader, autoShutdown),
    ...readSupervised(map, path, reader, depth + 1),
  });
}

function readProcess(
  map: YamlMap,
  path: string,
  reader: NodeReader,
  { autoShutdown }: ChildPlace,
): AppProcessSpec {
  reader.refuseUnknownKeys(map, path, processKeys);
  const name = readChildName(map, path, reader, 'a name for the process');
  const module = reader.required(map, path, 'module', 'the module of its class');
  const optional = <Value>(key: (typeof processKeys)[number], read: (node: YamlNode, at: string) => Value) =>
    reader.optional(map, path, key, read);
  return Object.freeze({
    name,
    ...readChildKeys(map, path, reader, autoShutdown),
    module: (module && reader.filled(module, `${path}.module`, 'the module as text')) ?? '',
    class: optional('class', (node, at) => reader.filled(node, at, 'the name of an exported class')),
    args: optional('args', (node, at) => reader.record(node, at)) ?? noMembers,
    serviceName: optional('serviceName', (node, at) => reader.name(node, at)),
    localName: optional('localName', (node, at) => reader.name(node, at)),
    concurrency: optional('concurrency', (node, at) => reader.wholeNumber(node, at, 1)),
    startTimeoutMs: optional('startTimeoutMs', (node, at) => readStartTimeout(node, at, reader)),
  });
}

function readChildName(map: YamlMap, path: string, reader: NodeReader, expected: string): string {
  const name = reader.required(map, path, 'name', expected);
  return (name && reader.name(name, `${path}.name`)) ?? '';
}

/** Keeps the place of an item that says nothing. */
const nobody: AppProcessSpec = Object.freeze({
  name: '',
  restart: undefined,
  shutdown: undefined,
  significant: undefined,
  restartDelay: undefined,
  module: '',
  class: undefined,
  args: noMembers,
  serviceName: undefined,
  localName: undefined,
  concurrency: undefined,
  startTimeoutMs: undefined,
});

/** What is left of a supervisor when only the number of its children matters. */
function strategyOf({ strategy }: SupervisorFlags = {}): SupervisorFlags {
  return strategy === undefined ? {} : { strategy };
}

function anyChild(_item: YamlNode, index: number): ChildSpec {
  return { id: String(index), start: async () => undefined };
}
