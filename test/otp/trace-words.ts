import type { ExitReason } from '../../src/process/index.ts';
import type { ChildCounts, ChildInfo } from '../../src/supervisor/index.ts';
import type { ScenarioReason } from './scenario.ts';

/** The words of the Erlang driver for what happens here. */

export const reasons: Readonly<Record<ScenarioReason, ExitReason>> = {
  normal: 'normal',
  shutdown: 'shutdown',
  shutdown_term: { shutdown: 'said' },
  crash: { error: 'crash' },
  killed: 'killed',
};

export function reasonText(reason: ExitReason): string {
  if (typeof reason === 'string') return reason;
  if ('error' in reason) return reason.error instanceof Error ? reason.error.message : String(reason.error);
  const { shutdown } = reason;
  const isFailedStart = typeof shutdown === 'object' && shutdown !== null && 'failedToStart' in shutdown;
  return isFailedStart ? `failed_to_start_child ${shutdown.failedToStart}` : 'shutdown_term';
}

/** `label`: what the trace calls a process. The children of `simple_one_for_one` have no order. */
export function childrenText(
  children: readonly ChildInfo[],
  isDynamic: boolean,
  label: (pid: string | undefined) => string,
): string {
  const entries = children.map(({ id, state, pid, type }) => {
    const process = state === 'stopped' ? 'undefined' : state;
    return ` ${id}:${state === 'running' ? label(pid) : process}:${type}`;
  });
  return `which${(isDynamic ? entries.toSorted() : entries).join('')}`;
}

export function countsText({ specs, active, supervisors, workers }: ChildCounts): string {
  return `count ${specs} ${active} ${supervisors} ${workers}`;
}
