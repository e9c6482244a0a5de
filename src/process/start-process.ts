import { BadRequestError, ContainerError, IllegalStateError } from '../errors/index.ts';
import { describeValue, longestTimerMs, WheelEntry } from '../util/index.ts';
import type { ExitReason } from './exit-reason.ts';
import { errorOf } from './exit-text.ts';
import type { ProcessCell } from './process-cell.ts';

/** How a process is started. */
export interface ProcessStart {
  /** Whether it becomes ACTIVE, too. */
  readonly activate: boolean;
  /** Milliseconds that it has; Infinity for no limit. */
  readonly timeoutMs: number;
}

/** @throws BadRequestError for what is no time that a start can have */
export function startTimeoutOf(timeoutMs: unknown): number {
  if (timeoutMs === Number.POSITIVE_INFINITY) return timeoutMs;
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= longestTimerMs) return timeoutMs;
  throw new BadRequestError(
    `startTimeoutMs must be milliseconds from 1 to ${longestTimerMs}, or Infinity, not ${describeValue(timeoutMs)}`,
  );
}

/**
 * Brings a new process to READY, or ACTIVE. It is killed when it takes too long.
 *
 * @throws (as rejection) what its hooks throw, `StartFailed` when it takes too long, IllegalStateError when it is ended meanwhile
 */
export function startProcess(cell: ProcessCell, { activate, timeoutMs }: ProcessStart): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = timeoutMs === Number.POSITIVE_INFINITY ? undefined : new StartLimit(cell, timeoutMs);
    const settle = (): void => {
      if (limit !== undefined) cell.disarm(limit);
      cell.onceEnded = undefined;
    };
    cell.onceEnded = (reason) => {
      settle();
      reject(startError(cell, reason));
    };
    if (limit !== undefined) cell.arm(limit, timeoutMs);
    run(cell, activate).then(
      () => {
        settle();
        resolve();
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** The time that a start has. On the container's wheel: a timer of its own for each spawn would cost more than the spawn. */
class StartLimit extends WheelEntry {
  readonly #cell: ProcessCell;
  readonly #timeoutMs: number;

  constructor(cell: ProcessCell, timeoutMs: number) {
    super();
    this.#cell = cell;
    this.#timeoutMs = timeoutMs;
  }

  override onTimer(): void {
    this.#cell.kill({ error: tooLate(this.#cell, this.#timeoutMs) });
  }
}

/** @throws what it ended for: its constructor asked for that, or failed */
export function assertNotEnded(cell: ProcessCell): void {
  if (cell.reason !== undefined) throw startError(cell, cell.reason);
}

function startError(cell: ProcessCell, reason: ExitReason): unknown {
  return errorOf(reason) ?? endedMeanwhile(cell);
}

async function run(cell: ProcessCell, activate: boolean): Promise<void> {
  await cell.initialize();
  if (cell.state !== 'READY') throw endedMeanwhile(cell);
  if (activate) await cell.activate();
}

function endedMeanwhile(cell: ProcessCell): IllegalStateError {
  return new IllegalStateError(`process ${cell.id} was ended while it was being spawned`);
}

function tooLate(cell: ProcessCell, timeoutMs: number): ContainerError {
  const hook = cell.state === 'INIT' ? 'onInit' : 'onActivate';
  return new ContainerError(
    'StartFailed',
    `process ${cell.id} (${cell.name}) was killed: its ${hook} had not come to an end after ${timeoutMs} ms; ` +
      'find what it waits for, or give it more time with startTimeoutMs',
    { details: { process: cell.id, name: cell.name, hook, timeoutMs } },
  );
}
