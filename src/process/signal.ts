import type { Process } from './process.ts';

/** What the container tells a process itself: the content of a system message that never leaves the container. */
export class Signal {
  /** Calls the hook that it is for. */
  readonly deliver: (process: Process) => unknown;

  constructor(deliver: (process: Process) => unknown) {
    this.deliver = deliver;
  }
}
