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
 * Brings a new process to READY, or ACTIVE: before this returns if its hooks await nothing, else it is killed when it takes too long. `undefined` if it
 * is there already.
 *
 * @throws (also as rejection) what its hooks throw, `StartFailed` when it takes too long, IllegalStateError when it is ended meanwhile
 */
export function startProcess(
  cell: ProcessCell,
  { activate, timeoutMs }: ProcessStart,
): Promise<void> | undefined {
  const starting = begin(cell, activate);
  if (cell.hasEnded) {
    cell.isStarting = false;
    // Why it has ended says more than that its events came too late.
    starting?.catch(() => undefined);
    assertNotEnded(cell);
  }
  if (starting !== undefined) return inTime(cell, starting, timeoutMs);
  cell.isStarting = false;
  return undefined;
}

/** Undefined if it is where it shall be when this returns. */
function begin(cell: ProcessCell, activate: boolean): Promise<unknown> | undefined {
  const initializing = cell.initialize();
  const { state } = cell;
  if (state !== 'READY') return goOn(cell, initializing, activate);
  if (!activate) return undefined;
  const activating = cell.activate();
  return cell.state === 'ACTIVE' ? undefined : activating;
}

async function goOn(cell: ProcessCell, initializing: Promise<unknown>, activate: boolean): Promise<void> {
  await initializing;
  if (cell.state !== 'READY') throw endedMeanwhile(cell);
  if (activate) await cell.activate();
}

function inTime(cell: ProcessCell, starting: Promise<unknown>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = new AwaitedStart(cell, timeoutMs, resolve, reject);
    cell.onceEnded = (reason) => start.failed(startError(cell, reason));
    starting.then(
      () => start.done(),
      (error: unknown) => start.failed(error),
    );
  });
}

/** A start that somebody waits for, and its time. On the container's wheel: a timer of its own for each spawn would cost more than the spawn. */
class AwaitedStart extends WheelEntry {
  readonly #cell: ProcessCell;
  readonly #timeoutMs: number;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor(cell: ProcessCell, timeoutMs: number, resolve: () => void, reject: (error: unknown) => void) {
    super();
    this.#cell = cell;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    if (timeoutMs !== Number.POSITIVE_INFINITY) cell.arm(this, timeoutMs);
  }

  override onTimer(): void {
    this.#cell.kill({ error: tooLate(this.#cell, this.#timeoutMs) });
  }

  done(): void {
    this.#settle();
    this.#resolve();
  }

  failed(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#cell.disarm(this);
    this.#cell.onceEnded = undefined;
    this.#cell.isStarting = false;
  }
}

/** @throws what it ended for: its constructor asked for that, or failed */
export function assertNotEnded(cell: ProcessCell): void {
  if (cell.reason !== undefined) throw startError(cell, cell.reason);
}

function startError(cell: ProcessCell, reason: ExitReason): unknown {
  return errorOf(reason) ?? endedMeanwhile(cell);
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
