import { placeOf } from '../app/index.ts';
import { ContainerError, messageOf } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { exitCode } from './exit-code.ts';
import type { CliWorld } from './world.ts';

/**
 * The first signal asks to stop; the second ends the program at once. So does, in order, an error that nobody handles: what failed
 * is not known to be whole any more. It also keeps the program alive until then.
 */
export class StopRequest {
  /** Resolves at the first signal; rejects with the first error that nobody handles. */
  readonly requested: Promise<'requested'>;
  readonly #unlisten: () => void;
  readonly #unlistenErrors: () => void;
  #keepAlive: { cancel(): void };
  #asked = false;

  constructor(world: CliWorld, logger: Logger) {
    let resolve: (value: 'requested') => void = () => undefined;
    let reject: (reason: unknown) => void = () => undefined;
    this.requested = new Promise((done, fail) => {
      resolve = done;
      reject = fail;
    });
    // It may come when nobody waits any more.
    this.requested.catch(() => undefined);
    this.#unlistenErrors = world.onUnhandled((error) => {
      logger.error('nobody handles this error; the container stops', { error });
      reject(unhandled(error));
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
    this.#unlistenErrors();
    this.#keepAlive.cancel();
  }
}

function unhandled(cause: unknown): ContainerError {
  const place = placeOf(cause);
  const where = place === undefined ? '' : ` (${place})`;
  return new ContainerError('Internal', `nobody handles this error: ${messageOf(cause)}${where}`, { cause });
}
