import { type CpuProfile, outsideFunctions, type ProfileNode, selfTimes } from '../profile/cpu-profile.ts';
import type { Locate } from '../profile/source-maps.ts';

/** Milliseconds by row: `src/<room>`, `node_modules/<package>`, and the rows of {@link nodeRows}. */
export type Breakdown = ReadonlyMap<string, number>;

/** The rows that are neither a room nor a package. */
export const nodeRows = {
  boot: 'Node, before it runs a program',
  loading: 'Node, finding and compiling modules',
  itself: 'Node, its own modules',
  /** Unmapped lines of a bundle; compiling a CommonJS module, which happens when its helper calls it, is theirs too. */
  bundle: 'helpers of the bundle',
  native: outsideFunctions['(program)'],
  garbage: outsideFunctions['(garbage collector)'],
  idle: outsideFunctions['(idle)'],
} as const;

const special: Readonly<Record<string, string>> = {
  '(garbage collector)': nodeRows.garbage,
  '(idle)': nodeRows.idle,
};

/**
 * Whose time it was from the start of the profile until `untilAt` (microseconds of its clock). A sample
 * belongs to the source of its top frame; a native function belongs to the script that called it. The rows add up to the whole time.
 */
export function attribute(profile: CpuProfile, untilAt: number, locate: Locate): Breakdown {
  const rows = new Map<string, number>();
  const add = (row: string, microseconds: number) =>
    void rows.set(row, (rows.get(row) ?? 0) + microseconds / 1000);
  const callers = callersOf(profile.nodes);
  const times = selfTimes(profile, profile.startTime, untilAt);
  for (const node of profile.nodes) {
    const microseconds = times.get(node.id) ?? 0;
    if (microseconds === 0) continue;
    for (const [row, share] of sharesOf(node, callers, locate)) add(row, microseconds * share);
  }
  // The profiler itself starts before its first sample.
  const first = Math.min(untilAt, profile.startTime + (profile.timeDeltas[0] ?? 0));
  add(nodeRows.itself, first - profile.startTime);
  return rows;
}

function callersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, ProfileNode> {
  const callers = new Map<number, ProfileNode>();
  for (const node of nodes) for (const child of node.children ?? []) callers.set(child, node);
  return callers;
}

/** The rows that a node's time goes to, and how much of it: the top level of a bundle runs the code of many sources in one function. */
function sharesOf(
  node: ProfileNode,
  callers: ReadonlyMap<number, ProfileNode>,
  locate: Locate,
): readonly (readonly [row: string, share: number])[] {
  const { functionName, url, lineNumber } = node.callFrame;
  if (url === '') {
    const own = special[functionName];
    if (own !== undefined) return [[own, 1]];
    const caller = callers.get(node.id);
    return caller === undefined ? [[nodeRows.native, 1]] : sharesOf(caller, callers, locate);
  }
  const lines = node.positionTicks ?? [];
  const all = lines.reduce((sum, { ticks }) => sum + ticks, 0);
  if (all === 0) return [[rowOf(url, lineNumber + 1, locate), 1]];
  return lines.map(({ line, ticks }) => [rowOf(url, line, locate), ticks / all]);
}

function rowOf(url: string, line: number, locate: Locate): string {
  if (url.startsWith('node:internal/modules/')) return nodeRows.loading;
  if (url.startsWith('node:')) return nodeRows.itself;
  return roomOrPackage(locate(url, line)?.url ?? url) ?? nodeRows.bundle;
}

/** `src/<room>` or `node_modules/<package>` of a URL, if it is in one. */
function roomOrPackage(source: string): string | undefined {
  const parts = source.split('/');
  const [scope, name] = parts.slice(parts.lastIndexOf('node_modules') + 1);
  if (parts.includes('node_modules')) {
    return `node_modules/${scope?.startsWith('@') ? `${scope}/${name}` : scope}`;
  }
  const [room, file] = parts.slice(parts.lastIndexOf('src') + 1);
  if (parts.includes('src')) return file === undefined ? 'src' : `src/${room}`;
  return undefined;
}
