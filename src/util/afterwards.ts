import { isThenable } from './is-thenable.ts';

/**
 * Calls `next` when `done` is: at once for what is no promise. So steps that may wait, but mostly need not, cost neither a promise nor a turn then.
 *
 * @returns what `next` does, or a promise of that; it rejects with what `done` rejects with, and `next` is not called then
 */
export function afterwards<Done, Result>(
  done: Done | PromiseLike<Done>,
  next: (done: Done) => Result | Promise<Result>,
): Result | Promise<Result> {
  return isThenable(done) ? Promise.resolve(done).then(next) : next(done);
}
