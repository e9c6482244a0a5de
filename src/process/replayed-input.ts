import { ContainerError } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Clock } from '../util/index.ts';
import type { EventHandling, ReceivedEvent } from './received-event.ts';

/** How the events of a log are handled. */
export interface ReplayedInputParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often it is tried when another attempt may help. */
  readonly attempts: () => number;
  /** Milliseconds before the attempt that follows the one of that number. */
  readonly delayAfter: (attempt: number) => number;
  /** Checks the content. What it throws is final. */
  readonly check: (content: unknown) => void;
  readonly work: (content: unknown, event: ReceivedEvent) => Promise<void>;
  /** It is given up. What this throws ends the process, and the event is not done. */
  readonly skip: (error: unknown, event: ReceivedEvent) => unknown;
  readonly crash: (error: unknown) => void;
}

/**
 * Handles an event that comes from a log, which has no queue for what failed: it is tried again in place, and what follows of its origin waits meanwhile.
 *
 * An error that may pass by itself (`retryable`: the broker or a service out of reach, a time-out) is waited out, however long. Any other one counts: after
 * so many attempts the event is given up.
 *
 * @returns whether it is done with, given up included; false when its process ends before, and it was given back
 */
export async function handleReplayed(event: EventHandling, parts: ReplayedInputParts): Promise<boolean> {
  const { clock, logger, attempts, delayAfter } = parts;
  const { arrival } = event;
  let failures = 0;
  for (;;) {
    const { attempt } = event;
    let isFinal = true;
    try {
      const { content } = attempt === 1 ? event.message : arrival.asReceived();
      parts.check(content);
      isFinal = false;
      await parts.work(content, event);
      return true;
    } catch (error) {
      // It is too late to try again.
      if (event.signal.aborted) break;
      if (!mayPass(error)) failures += 1;
      if (isFinal || failures >= attempts()) return await givenUp(error);
      const { type, origin, position } = event;
      const delayMs = delayAfter(attempt);
      logger.warn('an event of a log could not be handled; it is tried again', {
        type,
        origin,
        ...position,
        attempt,
        delayMs,
        error,
      });
      await pause(clock, delayMs, event.signal);
      if (event.signal.aborted) break;
      arrival.message.attempt += 1;
    }
  }
  arrival.giveBack();
  return false;

  async function givenUp(error: unknown): Promise<boolean> {
    try {
      await parts.skip(error, event);
      return true;
    } catch (thrown) {
      parts.crash(thrown);
      arrival.giveBack();
      return false;
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ContainerError && error.retryable;
}

/** Resolves after `delayMs`, or at once when the signal aborts. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.timer(delayMs, end);
    signal.addEventListener('abort', end);
  });
}
