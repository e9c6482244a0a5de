import {
  BadRequestError,
  ConflictError,
  ContainerError,
  IllegalStateError,
  messageOf,
  NotFoundError,
  UnavailableError,
} from '../errors/index.ts';
import type { RefusedBecause, SupervisorReply } from './events.ts';

type Refusal = Extract<SupervisorReply, { readonly type: 'refused' }>;

/** Who was asked, and about which child, for messages. */
export interface RefusedRequest {
  /** `supervisor 'tides' (ship.4)`. */
  readonly supervisor: string;
  /** What was asked, by the method's name. */
  readonly method: string;
  /** The child's id, or the process id by which it was named. */
  readonly child: string;
}

/** The error for a request that a supervisor refused; its message says what to do, and `details.because` is OTP's word. */
export function refusedRequest(refusal: Refusal, asked: RefusedRequest): ContainerError {
  const { because } = refusal;
  const { supervisor, child } = asked;
  const details = { because, child };
  switch (refusal.because) {
    case 'already_started':
      return new ConflictError(
        `${supervisor} has a child '${child}' already, which runs as ${refusal.pid}: terminate and delete it first, or choose another id`,
        { details: { ...details, pid: refusal.pid } },
      );
    case 'start_failed':
      return new ContainerError(
        'StartFailed',
        `${supervisor} could not start child '${child}': ${messageOf(refusal.reason)}`,
        { details, cause: refusal.reason },
      );
    default:
      return plainRefusal(refusal.because, asked, details);
  }
}

function plainRefusal(
  because: RefusedBecause,
  { supervisor, method, child }: RefusedRequest,
  details: Readonly<Record<string, unknown>>,
): ContainerError {
  switch (because) {
    case 'not_found':
      return new NotFoundError(`${supervisor} has no child '${child}'; whichChildren() tells which it has`, {
        details,
      });
    case 'running':
      return new IllegalStateError(`${method}: child '${child}' of ${supervisor} runs; terminate it first`, {
        details,
      });
    case 'restarting':
      return new IllegalStateError(
        `${method}: child '${child}' of ${supervisor} is yet to be started again; wait for that, or terminate it first`,
        { details },
      );
    case 'already_present':
      return new ConflictError(
        `${supervisor} has a child '${child}' already, which does not run: start it with restartChild, or delete it first`,
        { details },
      );
    case 'simple_one_for_one':
      return new BadRequestError(
        `${method}: the children of ${supervisor} are simple_one_for_one: they have no ids, ` +
          'and can be neither deleted nor restarted by hand; name them by process id',
        { details },
      );
    case 'invalid_child_spec':
      return new BadRequestError(
        `${method}: ${supervisor} is not simple_one_for_one, so it starts children of child specs: startChild({ id, start, … })`,
        { details },
      );
    case 'not_delayed':
      return new IllegalStateError(
        `${method}: child '${child}' of ${supervisor} does not wait for a restart; only delayed and paused ones can be held back, resumed or hastened`,
        { details },
      );
    case 'noproc':
      return new UnavailableError(`${supervisor} has ended`, { details: { ...details, executed: 'no' } });
  }
}
