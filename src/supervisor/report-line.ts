import type { LogFields, LogLevel } from '../logging/index.ts';
import { isOrderlyExit } from '../process/index.ts';
import type { ReportSubject, SupervisorReport } from './events.ts';

/** A report as a line of the log; the supervisor's own id and name are fields of its logger. */
export interface ReportLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

const messages: Readonly<Record<SupervisorReport['context'], string>> = {
  child_terminated: 'a child has ended',
  start_error: 'a child could not be started',
  shutdown_error: 'a child did not end as it should',
  shutdown: 'too many restarts: the supervisor ends its children and itself',
};

/**
 * How a report is logged: as an error; the orderly end of a child that is always started again for information, and any other end for debugging, since the
 * process's own crash report says it all.
 */
export function reportLine(report: SupervisorReport): ReportLine {
  const { context, child, nextDelayMs } = report;
  const { id, pid, restarts, spec } = child;
  return {
    level: levelOf(report),
    message: messages[context],
    fields: {
      context,
      child: id,
      ...(pid !== undefined && { pid }),
      ...reasonFields(report),
      restart: spec.restart,
      restarts,
      ...(nextDelayMs !== undefined && { nextDelayMs: Math.round(nextDelayMs) }),
    },
  };
}

function levelOf({ context, reason }: SupervisorReport): LogLevel {
  // The process's own report says it all.
  if (context === 'shutdown_error' && reason === 'killed') return 'debug';
  if (context !== 'child_terminated') return 'error';
  return isOrderlyExit(reason) ? 'info' : 'debug';
}

/** Errors stand where errors stand in the log, which shows their stacks. */
function reasonFields({ context, reason }: ReportSubject): LogFields {
  if (context === 'start_error') return { error: reason };
  return typeof reason === 'object' && 'error' in reason ? { error: reason.error } : { reason };
}
