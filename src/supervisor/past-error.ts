import { messageOf } from '../errors/index.ts';
import type { ExitReason } from '../process/index.ts';

/** What is left of an error after the fact: its text. The error itself would keep alive its stack, and whatever its author has put into it. */
export class PastError {
  readonly message: string;

  constructor(error: unknown) {
    this.message = messageOf(error);
  }

  toString(): string {
    return this.message;
  }
}

/** Why a child ended that runs again by now, as it is remembered. */
export function pastExit(reason: ExitReason | undefined): ExitReason | undefined {
  if (typeof reason !== 'object' || !('error' in reason) || reason.error instanceof PastError) return reason;
  return { error: new PastError(reason.error) };
}
