import { type ExitReason, isOrderlyExit, isShutdownExit } from '../process/index.ts';
import type { AutoShutdown, ResolvedChildSpec, RestartType } from './child-spec.ts';
import type { Children } from './children.ts';

/** Whether a child that ended by itself is started again. */
export function isRestartedAfter(restart: RestartType, reason: ExitReason): boolean {
  if (restart === 'transient') return !isOrderlyExit(reason);
  return restart === 'permanent';
}

/** Whether its end is worth a report: whatever ends abnormally, and a permanent child in any case. */
export function isReportedExit(restart: RestartType, reason: ExitReason): boolean {
  return restart === 'permanent' || !isOrderlyExit(reason);
}

/** Whether a child that was made to end has ended as it should: as told, or, unless it is permanent, in order. */
export function isExpectedTermination({ restart, shutdown }: ResolvedChildSpec, reason: ExitReason): boolean {
  if (reason === (shutdown === 'brutal_kill' ? 'killed' : 'shutdown')) return true;
  return restart !== 'permanent' && (reason === 'normal' || reason === 'shutdown' || isShutdownExit(reason));
}

/**
 * Whether the supervisor ends because a child ended by itself and is not started again. `children` are those it has now; a significant one
 * that is yet to be started again keeps it alive.
 */
export function isAutoShutdown(
  autoShutdown: AutoShutdown,
  ended: ResolvedChildSpec,
  children: Children,
): boolean {
  if (!ended.significant || autoShutdown === 'never') return false;
  if (autoShutdown === 'any_significant') return true;
  return !children.list().some((child) => child.spec.significant && child.status.type !== 'stopped');
}
