import { Process, type SpawnOptions } from '../../../src/index.ts';
import type { makeProcesses } from './bed.ts';

/** Handles when it is told to. */
export class Gate extends Process {
  readonly begun: unknown[] = [];
  #waiting: (() => void)[] = [];

  async op_wait(content: unknown): Promise<unknown> {
    this.begun.push(content);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return content;
  }
  open(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

type Processes = Awaited<ReturnType<typeof makeProcesses>>['processes'];

/** A spawned gate. */
export async function spawnGate(
  processes: Processes,
  options?: SpawnOptions,
  Class: new (...args: ConstructorParameters<typeof Gate>) => Gate = Gate,
): Promise<Gate> {
  const gate = processes.get(await processes.spawn(Class, options));
  if (!(gate instanceof Gate)) throw new Error('no gate');
  return gate;
}
