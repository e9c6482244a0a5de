import type { Logger } from '../logging/index.ts';
import { exitCode } from './exit-code.ts';
import type { CliWorld } from './world.ts';

/** The first signal asks to stop; the second ends the program at once. It also keeps the program alive until then. */
export class StopRequest {
  /** Resolves at the first signal. */
  readonly requested: Promise<'requested'>;
  readonly #unlisten: () => void;
  #keepAlive: { cancel(): void };
  #asked = false;

  constructor(world: CliWorld, logger: Logger) {
    let resolve: (value: 'requested') => void = () => undefined;
    this.requested = new Promise((done) => {
      resolve = done;
    });
    this.#unlisten = world.onSignal((signal) => {
      if (this.#asked) {
        world.stderr.write(`ioncore: second signal (${signal}), stopped at once\n`);
        world.exit(exitCode.interrupted);
      }
      this.#asked = true;
      logger.info('stopping', { signal });
      resolve('requested');
    });
    const wakeEachHour = (): void => {
      this.#keepAlive = world.env.clock.timer(3_600_000, wakeEachHour);
    };
    this.#keepAlive = world.env.clock.timer(3_600_000, wakeEachHour);
  }

  close(): void {
    this.#unlisten();
    this.#keepAlive.cancel();
  }
}
