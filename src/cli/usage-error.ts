import { BadRequestError } from '../errors/index.ts';

/** The command line cannot be understood; the message is one line that says why and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What `check` gives; what it refuses was given on the command line. @throws UsageError for a BadRequest */
export function givenWell<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof BadRequestError ? new UsageError(error.message) : error;
  }
}
