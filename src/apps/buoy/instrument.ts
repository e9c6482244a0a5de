import { access, constants } from 'node:fs/promises';
import {
  ConfigurationError,
  defineService,
  type ExitReason,
  type Handlers,
  LifecycleObject,
  operation,
  ServiceProcess,
} from '../../index.ts';
import { AccountContent } from './account.ts';
import { type BuoyArguments, readArguments } from './arguments.ts';
import { Player } from './player.ts';

/** What the instrument process promises. */
export const Buoy = defineService({
  name: 'buoy',
  version: '1.0.0',
  operations: {
    account: operation({ result: AccountContent, idempotent: true }),
  },
});

/** Ends with its process, however that ends: files and sockets that follow the signal are closed then. */
class Lifetime extends LifecycleObject {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#controller.abort();
  }

  protected override onTerminate(): void {
    this.end();
  }
  protected override onError(): void {
    this.end();
  }
}

/**
 * Reads NMEA 0183 from a simulator, a file or a TCP address, publishes what the sentences tell as typed readings, and accounts for every line. When a
 * file has ended it stays, to be asked for its account. A restart plays a file from its beginning.
 */
export class InstrumentProcess extends ServiceProcess.for(Buoy) implements Handlers<typeof Buoy> {
  readonly #arguments: BuoyArguments = readArguments(this.args);
  readonly #lifetime = this.addLifecycleObject(new Lifetime());
  readonly #player = new Player({
    args: this.#arguments,
    env: this.env,
    logger: this.logger,
    publish: ({ event, content }, at) =>
      this.publish(event, this.#arguments.origin, { ...content, ...(at !== undefined && { at }) }),
  });
  #played: Promise<void> = Promise.resolve();

  override async onInit(): Promise<void> {
    const { source } = this.#arguments;
    if (source.kind !== 'file') return;
    await access(source.path, constants.R_OK).catch((cause: unknown) => {
      throw new ConfigurationError(`buoy: the file '${source.path}' cannot be read; see source`, { cause });
    });
  }

  override onActivate(): void {
    this.#played = this.#player.play(this.#lifetime.signal).catch((error: unknown) => this.exit({ error }));
  }

  override async onTerminate(_reason: ExitReason): Promise<void> {
    this.#lifetime.end();
    await this.#played;
    this.logger.info('account', this.#player.account.content());
  }

  op_account() {
    return this.#player.account.content();
  }
}
