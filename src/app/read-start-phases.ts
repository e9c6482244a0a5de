import { type NodeReader, noMembers, show, type YamlMap, type YamlNode } from '../config/index.ts';
import type { AppStartPhase } from './app-definition.ts';

const keys = ['phase', 'args'] as const;
const ITEM_FORM = 'the name of a phase, or a map such as {phase: warm, args: {depth: 5}}';

/** Reads `startPhases` of an app file. */
export function readStartPhases(node: YamlNode, path: string, reader: NodeReader): readonly AppStartPhase[] {
  const phases = new Set<string>();
  const read = (reader.items(node, path, 'a list of phases such as [init, warm]') ?? []).map(
    (item, index) => {
      const at = `${path}[${index}]`;
      const found = item.kind === 'map' ? readMap(item, at, reader) : readText(item, at, reader);
      if (phases.has(found.phase))
        reader.note(item, at, `the phase ${show(found.phase)} stands twice in the list`);
      if (found.phase !== '') phases.add(found.phase);
      return found;
    },
  );
  return Object.freeze(read);
}

function readText(node: YamlNode, path: string, reader: NodeReader): AppStartPhase {
  const isText = reader.text(node, path, ITEM_FORM) !== undefined;
  return Object.freeze({ phase: (isText && reader.name(node, path)) || '', args: noMembers });
}

function readMap(map: YamlMap, path: string, reader: NodeReader): AppStartPhase {
  reader.refuseUnknownKeys(map, path, keys);
  const phase = reader.required(map, path, 'phase', 'the name of the phase');
  return Object.freeze({
    phase: (phase && reader.name(phase, `${path}.phase`)) ?? '',
    args: reader.optional(map, path, 'args', (args, at) => reader.record(args, at)) ?? noMembers,
  });
}
