import type { Trace } from './compare.ts';
import type { Scenario } from './scenario.ts';

/** The end of `simple_one_for_one` stops its children in no particular order. */
export function withoutOrderOfDynamicStops(trace: Trace, { strategy }: Scenario): Trace {
  if (strategy !== 'simple_one_for_one') return trace;
  const sorted: string[] = [];
  let stops: string[] = [];
  for (const entry of [...trace, '']) {
    if (entry.startsWith('stop ')) {
      stops.push(entry);
      continue;
    }
    sorted.push(...stops.toSorted(), entry);
    stops = [];
  }
  return sorted.slice(0, -1);
}

/**
 * What cannot be the same for our processes. One that is told to end ends for the reason that it is told, or is killed; Erlang's, if it traps
 * exits, may say another. And whoever waits for a promise hears of it when everything that is done at once has been done: an answer, or the
 * end of the beginning, after the kills that follow it.
 */
export function asProcesses(trace: Trace): Trace {
  const entries: string[] = [];
  let told: string[] = [];
  for (const entry of [...trace, '']) {
    if (/^(up|reply)\b/.test(entry)) {
      told.push(entry);
      continue;
    }
    if (!/^stop .* killed$/.test(entry)) {
      entries.push(...told);
      told = [];
    }
    entries.push(entry.replace(/^(stop \S+) (normal|crash)$/, '$1 shutdown'));
  }
  return entries.slice(0, -1);
}
