import { placeOf } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { LogFields } from '../logging/index.ts';
import type { ExitReason } from './exit-reason.ts';

/** A message in whose handling a process was. */
export interface HandledMessage {
  readonly op: string;
  readonly sender: string;
  readonly conversation: string;
  readonly ageMs: number;
}

/** A process that ended for no orderly reason, for the log and for whoever listens. */
export interface CrashReport {
  readonly id: ProcessId;
  readonly name: string;
  /** The name of its class. */
  readonly processClass: string;
  readonly service: string | undefined;
  readonly reason: ExitReason;
  /** What it was handling; its callers were answered with `Unavailable`. */
  readonly handling: readonly HandledMessage[];
  /** It ended before it was started; whoever spawned it was told. */
  readonly starting: boolean;
  /** It was killed since it had not ended in its time. */
  readonly overdue: boolean;
  readonly ageMs: number;
  /** Messages that it had handled. */
  readonly handled: number;
  /** The process that spawned it. */
  readonly parent: ProcessId | undefined;
  /** What its supervisor says: id, restart type, restarts so far. */
  readonly child: Readonly<Record<string, unknown>> | undefined;
}

/** A report as fields of a line: the error of its reason where errors stand, and where it came up. */
export function crashFields({
  id,
  reason,
  handling,
  starting: _told,
  overdue,
  ...facts
}: CrashReport): LogFields {
  const isError = typeof reason === 'object' && 'error' in reason;
  return {
    process: id,
    ...facts,
    ...(handling.length > 0 && { handling }),
    ...(overdue && { overdue }),
    ...(isError ? { error: reason.error, place: placeOf(reason.error) } : { reason }),
  };
}
