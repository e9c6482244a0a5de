import type { ExitReason } from './exit-reason.ts';

/** The end of a process, for those who wait for it: made when the first one asks. */
export class AwaitedEnd {
  readonly reason: Promise<ExitReason>;
  #resolve: (reason: ExitReason) => void = ignore;

  constructor() {
    this.reason = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** It has ended. */
  come(reason: ExitReason): void {
    this.#resolve(reason);
  }
}

const ignore = (): void => undefined;
