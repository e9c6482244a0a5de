import { describeNode, type NodeReader, within, type YamlMap, type YamlNode } from '../config/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import {
  type AutoShutdown,
  autoShutdowns,
  type ChildShutdown,
  type ChildSpec,
  type RestartDelayOptions,
  resolveChildSpec,
  resolveSupervisorFlags,
  restartTypes,
  type SupervisorFlags,
  supervisorStrategies,
} from '../supervisor/index.ts';
import type { AppChildSpec } from './app-definition.ts';

const flagKeys = ['strategy', 'intensity', 'periodMs', 'autoShutdown', 'restartDelay'] as const;
/** A wait is bounded by the one before it in this list. */
const delayKeys = ['initialMs', 'maxMs', 'factor', 'jitter', 'resetAfterMs'] as const;
/** The keys of {@link readChildKeys}. */
export const childKeys = ['restart', 'shutdown', 'significant', 'restartDelay'] as const;

const SHUTDOWN_FORM = "whole milliseconds from 0 on, 'brutal_kill' or 'infinity'";
const DELAY_FORM = 'false, or a map such as {initialMs: 100, maxMs: 10000}';

/** Flags as they stand in a file. */
export interface ReadFlags {
  readonly flags: SupervisorFlags | undefined;
  /** Under which the children are checked; `undefined` if what the file says is none. */
  readonly autoShutdown: AutoShutdown | undefined;
}

/** Reads `supervisor` of an app file; the rules are those of the supervisor, and each value that breaks one is noted. */
export function readFlags(map: YamlMap, path: string, reader: NodeReader): ReadFlags {
  const entry = map.entries.get('supervisor')?.value;
  if (entry === undefined) return { flags: undefined, autoShutdown: 'never' };
  const at = within(path, 'supervisor');
  if (entry.kind !== 'map') {
    reader.refuse(entry, at, 'a map such as {strategy: one_for_all, intensity: 3}');
    return { flags: undefined, autoShutdown: undefined };
  }
  reader.refuseUnknownKeys(entry, at, flagKeys);
  const optional = <Value>(key: (typeof flagKeys)[number], read: (node: YamlNode, path: string) => Value) =>
    reader.optional(entry, at, key, read);
  const strategy = optional('strategy', (node, key) => reader.word(node, key, supervisorStrategies));
  const intensity = optional('intensity', (node, key) =>
    readNumber(node, key, reader, (number) => resolveSupervisorFlags({ intensity: number })),
  );
  const periodMs = optional('periodMs', (node, key) =>
    readNumber(node, key, reader, (number) => resolveSupervisorFlags({ periodMs: number })),
  );
  const autoShutdown = optional('autoShutdown', (node, key) => reader.word(node, key, autoShutdowns));
  const restartDelay = optional('restartDelay', (node, key) => readRestartDelay(node, key, reader));
  const flags = Object.freeze({
    ...(strategy !== undefined && { strategy }),
    ...(intensity !== undefined && { intensity }),
    ...(periodMs !== undefined && { periodMs }),
    ...(autoShutdown !== undefined && { autoShutdown }),
    ...(restartDelay !== undefined && { restartDelay }),
  });
  return { flags, autoShutdown: entry.entries.has('autoShutdown') ? autoShutdown : 'never' };
}

/** Reads how a supervisor with this `autoShutdown` treats a child; `undefined` for one that is not known, as the file is wrong there. */
export function readChildKeys(
  map: YamlMap,
  path: string,
  reader: NodeReader,
  autoShutdown: AutoShutdown | undefined,
): Omit<AppChildSpec, 'name'> {
  const optional = <Value>(key: (typeof childKeys)[number], read: (node: YamlNode, at: string) => Value) =>
    reader.optional(map, path, key, read);
  const restart = optional('restart', (node, at) => reader.word(node, at, restartTypes));
  const significant = optional('significant', (node, at) => reader.truth(node, at));
  if (significant === true) {
    // One rule at a time, so that each that is broken is told; none that rests on a value which is itself wrong.
    const isRestartKnown = restart !== undefined || !map.entries.has('restart');
    const rules: (() => unknown)[] = [];
    if (isRestartKnown) {
      rules.push(() => checkChild({ significant, ...(restart && { restart }) }, 'any_significant'));
    }
    if (autoShutdown !== undefined) {
      rules.push(() => checkChild({ significant, restart: 'temporary' }, autoShutdown));
    }
    const node = map.entries.get('significant')?.value ?? map;
    for (const rule of rules) noteBrokenRule(node, `${path}.significant`, reader, rule);
  }
  return {
    restart,
    shutdown: optional('shutdown', (node, at) => readShutdown(node, at, reader)),
    significant,
    restartDelay: optional('restartDelay', (node, at) => readRestartDelay(node, at, reader)),
  };
}

/** Reads how long the start of a process may take. */
export function readStartTimeout(node: YamlNode, path: string, reader: NodeReader): number | undefined {
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (value === 'infinity') return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) {
    return readNumber(node, path, reader, (number) => checkChild({ startTimeoutMs: number }));
  }
  reader.refuse(node, path, "whole milliseconds from 1 on, or 'infinity'");
  return undefined;
}

function readShutdown(node: YamlNode, path: string, reader: NodeReader): ChildShutdown | undefined {
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (value === 'brutal_kill' || value === 'infinity') return value;
  if (typeof value === 'number') {
    return readNumber(node, path, reader, (number) => checkChild({ shutdown: number }));
  }
  reader.refuse(node, path, SHUTDOWN_FORM);
  return undefined;
}

function readRestartDelay(
  node: YamlNode,
  path: string,
  reader: NodeReader,
): false | RestartDelayOptions | undefined {
  if (node.kind === 'scalar' && node.value === false) return false;
  if (node.kind !== 'map') {
    reader.refuse(node, path, DELAY_FORM);
    return undefined;
  }
  reader.refuseUnknownKeys(node, path, delayKeys);
  let delay: RestartDelayOptions = {};
  for (const key of delayKeys) {
    const accepted = (number: number): RestartDelayOptions => ({ ...delay, [key]: number });
    const number = reader.optional(node, path, key, (value, at) =>
      readNumber(value, at, reader, (found) => resolveSupervisorFlags({ restartDelay: accepted(found) })),
    );
    if (number !== undefined) delay = accepted(number);
  }
  return Object.freeze(delay);
}

/** A number that `check` lets pass. */
function readNumber(
  node: YamlNode,
  path: string,
  reader: NodeReader,
  check: (number: number) => unknown,
): number | undefined {
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (typeof value !== 'number') {
    reader.refuse(node, path, 'a number');
    return undefined;
  }
  return noteBrokenRule(node, path, reader, () => check(value)) ? undefined : value;
}

function checkChild(keys: Partial<ChildSpec>, autoShutdown: AutoShutdown = 'never'): void {
  resolveChildSpec({ id: 'child', start: async () => undefined, ...keys }, autoShutdown);
}

/** Notes at a value what a rule of the supervisor wants in its place; false if it wants nothing else. */
export function noteBrokenRule(
  node: YamlNode,
  path: string,
  reader: NodeReader,
  rule: () => unknown,
): boolean {
  try {
    rule();
    return false;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const found = node.kind === 'list' ? `a list of ${node.items.length}` : describeNode(node);
    reader.refuse(node, path, String(error.details?.wanted), found);
    return true;
  }
}
