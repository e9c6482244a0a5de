import { IllegalStateError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { Bonds } from './bonds.ts';
import { configChange } from './config-change.ts';
import type { MonitorId, Process } from './process.ts';
import { Signal } from './signal.ts';

/** A process that is given other arguments. */
export interface ConfiguredProcess {
  readonly id: ProcessId;
  args: Readonly<Record<string, unknown>>;
  readonly bonds: Bonds;
  nextMonitor(): MonitorId;
  /** Delivers a signal in the process's turn, before messages that wait. */
  post(signal: Signal): void;
}

/**
 * Replaces the arguments of a process and tells it, in its turn. If its hook fails the old ones are back.
 *
 * @throws (as rejection) what its hook throws, IllegalStateError when it ends meanwhile
 */
export function configureProcess(
  configured: ConfiguredProcess,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopWatching = configured.bonds.addWatcher(configured.nextMonitor(), () =>
      reject(new IllegalStateError(`process ${configured.id} has ended meanwhile`)),
    );
    const deliver = async (process: Process): Promise<void> => {
      const before = configured.args;
      configured.args = Object.freeze({ ...args });
      try {
        await process.onConfigChange?.(configChange(before, args));
        resolve();
      } catch (error) {
        configured.args = before;
        reject(error);
      } finally {
        stopWatching();
      }
    };
    configured.post(new Signal(deliver));
  });
}
