import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason, ProcessClass, SpawnOptions } from '../process/index.ts';
import type { Arguments } from './arguments.ts';

/** The processes of the container, as apps use them. */
export interface AppProcesses {
  /** `begun` is called with the id at once; a process that is still being spawned can be ended by it. */
  spawn(
    processClass: ProcessClass,
    options?: SpawnOptions,
    begun?: (id: ProcessId) => void,
  ): Promise<ProcessId>;
  terminateProcess(id: string, reason?: ExitReason): Promise<unknown>;
  get(id: string): unknown;
  /** Resolves with the reason when the process ends; `noproc` if there is none of that id. */
  stopped(id: string): Promise<ExitReason>;
  /** Gives a process other arguments and calls its `onConfigChange`; if that throws, it keeps those it has. */
  configure(id: string, args: Arguments): Promise<void>;
}
