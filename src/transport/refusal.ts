import { ContainerError } from '../errors/index.ts';

/** What a broker refuses for as long as nobody changes the declaration or what stands against it. */
const finalCodes: ReadonlySet<string> = new Set([
  'TopologyConflict',
  'BadRequest',
  'NoReceiver',
  'Conflict',
  'Forbidden',
]);

/** Whether trying the same declaration again is of no use. */
export function isFinalRefusal(error: unknown): error is ContainerError {
  return error instanceof ContainerError && finalCodes.has(error.code);
}

/**
 * Whether `error` says that another connection has a queue to itself. If the queue was to be our own that may be our former connection, which the
 * broker has not missed yet.
 */
export function isHeldByAnother(error: unknown): error is ContainerError {
  if (!(error instanceof ContainerError)) return false;
  return (
    error.code === 'Conflict' ||
    (error.code === 'TopologyConflict' && error.details?.argument === 'exclusive')
  );
}

/** For the log: `what` ("declare the queue "a"") was refused after a reconnection, and is not tried again. */
export function forgottenNotice(what: string): string {
  return (
    `After a reconnection the broker refuses to ${what}: this is forgotten (a queue with its bindings and consumers), everything else goes on. ` +
    'Declare it as the broker has it, or delete it there, and then declare, bind and consume again'
  );
}
