import { ContainerError, messageOf, placeOf } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { scopes } from '../process/index.ts';
import { tellsWhose } from './stack.ts';

/** What becomes of an error that nobody handled and that is no process's: everything stops in order, or it is only logged. */
export type StrayErrorPolicy = 'stop' | 'log';

/** What {@link StrayErrors} work with. */
export interface StrayErrorsParts {
  readonly policy: StrayErrorPolicy;
  readonly logger: Logger;
  /** Stops the container. */
  readonly stop: (error: unknown) => void;
}

/** One container that is told of the Node process's stray errors. */
interface Listener {
  /** Takes the error if it is a process's. */
  claim(error: unknown): boolean;
  /** It is nobody's. */
  orphaned(error: unknown): void;
}

/** Marks the one function that listens for all containers of a Node process, and holds them. */
const listeners = Symbol.for('ioncore.strayErrorListeners');

/** How many frames errors keep, at least, while a container listens. */
const stackFrames = 64;

type Dispatch = ((error: unknown) => void) & {
  readonly [listeners]: Set<Listener>;
  readonly framesBefore: number;
};

/**
 * Errors that nobody handled: rejected promises that nobody awaits, and what is thrown in callbacks of timers, streams and emitters. Node tells its process of
 * them, not whoever caused them; the async context in which they surface tells whose they are. See `docs/processes.md` for what
 * cannot be told.
 */
export class StrayErrors implements Listener {
  readonly #parts: StrayErrorsParts;

  constructor(parts: StrayErrorsParts) {
    this.#parts = parts;
  }

  /** From here on Node does not end the program by itself for such an error. */
  listen(): void {
    const present = process.listeners('uncaughtException').find(isDispatch);
    if (present !== undefined) {
      present[listeners].add(this);
      return;
    }
    // The usual ten frames end before the emitter that a listener was called by, and a neighbour would be blamed.
    process.on('uncaughtException', makeDispatch(this, Error.stackTraceLimit));
    Error.stackTraceLimit = Math.max(Error.stackTraceLimit, stackFrames);
  }

  close(): void {
    const present = process.listeners('uncaughtException').find(isDispatch);
    if (present?.[listeners].delete(this) === true && present[listeners].size === 0) {
      process.off('uncaughtException', present);
      if (Error.stackTraceLimit === stackFrames) Error.stackTraceLimit = present.framesBefore;
    }
  }

  claim(error: unknown): boolean {
    // It may be a process of any container here, also of one that has stopped already.
    const owner = scopes.getStore()?.owner;
    if (owner === undefined || !owner.attributesStrayErrors || !tellsWhose(error)) return false;
    owner.strayError(error);
    return true;
  }

  orphaned(error: unknown): void {
    const { logger, policy, stop } = this.#parts;
    const hint = tellsWhose(error)
      ? undefined
      : 'it came through an emitter that processes may share, or it has no stack, so it is nobody’s; give the callback as this.bind(callback), and it is its process’s';
    const consequence = policy === 'stop' ? 'the container stops' : 'it is only logged';
    logger.error(`nobody handles this error; ${consequence}`, { error, ...(hint && { hint }) });
    if (policy === 'log') return;
    // The program goes on until it has nothing more to do; whoever started it should know.
    process.exitCode ??= 1;
    stop(error);
  }
}

function makeDispatch(first: Listener, framesBefore: number): Dispatch {
  const members = new Set([first]);
  const dispatch = (error: unknown): void => {
    const all = [...members];
    if (all.some((listener) => listener.claim(error))) return;
    for (const listener of all) listener.orphaned(error);
  };
  return Object.assign(dispatch, { [listeners]: members, framesBefore });
}

function isDispatch(listener: object): listener is Dispatch {
  return listeners in listener;
}

/** What the container says of an error that stopped it. */
export function unhandledError(cause: unknown): ContainerError {
  const place = placeOf(cause);
  const where = place === undefined ? '' : ` (${place})`;
  return new ContainerError('Internal', `nobody handles this error: ${messageOf(cause)}${where}`, { cause });
}
