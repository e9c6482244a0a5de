import { OverloadedError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { Mailbox } from './mailbox.ts';
import type { OperationTable } from './operation-table.ts';
import type { WorkKind } from './work-host.ts';

/** Whether the turn of a message that came now would be in `leftMs` or later, as far as it is known how long each operation takes. */
export function wouldComeTooLate(
  { concurrency, operations }: WorkKind,
  mailbox: Mailbox | undefined,
  leftMs: number,
): boolean {
  if (leftMs <= 0) return true;
  // Most of the time a look at the slowest operation is enough.
  if (mailbox === undefined || mailbox.length * slowestMs(operations) < leftMs * concurrency) return false;
  return mailbox.workMs((op) => operations.get(op)?.meanMs ?? 0) >= leftMs * concurrency;
}

/** `why`: what is in the way of another message besides those `load`. Its share of them tells when it is worth trying again. */
export function overloaded(
  id: ProcessId,
  { concurrency, operations }: WorkKind,
  load: number,
  why: string,
): OverloadedError {
  const halfMs = (load * slowestMs(operations)) / concurrency / 2;
  const retryAfterMs = Math.round(Math.min(30_000, Math.max(100, halfMs)));
  return new OverloadedError(`process ${id} takes no more now: ${why}`, {
    details: { executed: 'no', retryAfterMs },
  });
}

function slowestMs(operations: OperationTable): number {
  let slowest = 0;
  for (const { meanMs } of operations.values()) slowest = Math.max(slowest, meanMs);
  return slowest;
}
