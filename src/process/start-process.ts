import { ContainerError, IllegalStateError } from '../errors/index.ts';
import type { Clock } from '../util/index.ts';
import type { ProcessCell } from './process-cell.ts';

/** How a process is started. */
export interface ProcessStart {
  readonly clock: Clock;
  /** Whether it becomes ACTIVE, too. */
  readonly activate: boolean;
  /** Milliseconds that it has; Infinity for no limit. */
  readonly timeoutMs: number;
}

/**
 * Brings a new process to READY, or ACTIVE. It is killed when it takes too long.
 *
 * @throws what its hooks throw, `StartFailed` when it takes too long, IllegalStateError when it is ended meanwhile
 */
export async function startProcess(cell: ProcessCell, start: ProcessStart): Promise<void> {
  const { clock, timeoutMs } = start;
  let late: (() => void) | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    late = () => {
      const error = tooLate(cell, timeoutMs);
      reject(error);
      cell.kill({ error });
    };
    cell.onceEnded = (reason) =>
      reject(typeof reason === 'object' && 'error' in reason ? reason.error : endedMeanwhile(cell));
  });
  const timer = late === undefined || timeoutMs === Infinity ? undefined : clock.timer(timeoutMs, late);
  try {
    await Promise.race([run(cell, start.activate), ended]);
  } finally {
    timer?.cancel();
    cell.onceEnded = undefined;
  }
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
