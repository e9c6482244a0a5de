import { ConflictError } from '../errors/index.ts';
import type { EventPosition } from '../exchange/index.ts';
import type { Subscription } from '../interact/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env, Timer } from '../util/index.ts';
import type { CheckpointStore } from './checkpoint.ts';
import type { ResolvedReplay } from './stream-source.ts';

/** What a {@link CheckpointSaver} works with. */
export interface CheckpointSaverParts {
  readonly store: CheckpointStore;
  readonly options: Pick<ResolvedReplay, 'key' | 'everyInputs' | 'everyMs'>;
  /** Where the replay was to begin, if that was kept. */
  readonly resumedAt: EventPosition | undefined;
  readonly env: Env;
  readonly logger: Logger;
  /** The replay; undefined until it is subscribed to. */
  readonly subscription: () => Pick<Subscription, 'position' | 'stats'> | undefined;
  /** Somebody else owns the key. */
  readonly onConflict: (error: ConflictError) => void;
}

/** So long a log may take to give its first message. */
const patienceMs = 10_000;

/** Saves how far a replay has come, one save at a time, and a last time when its process ends. What fails is logged and tried again. */
export class CheckpointSaver extends LifecycleObject {
  readonly #parts: CheckpointSaverParts;
  #inputs = 0;
  #activeAt = 0;
  /** The log was looked at, or need not be. */
  #isBegun = false;
  #timer: Timer | undefined;
  #isDue = false;
  #saving: Promise<void> | undefined;
  #saved: EventPosition | undefined;
  #failures = 0;
  #isOver = false;
  /** The key is somebody else's. */
  #isLost = false;

  constructor(parts: CheckpointSaverParts) {
    super();
    this.#parts = parts;
  }

  /** An input is done, or will be before the turn ends. */
  progressed(): void {
    this.#inputs += 1;
    if (this.#inputs < this.#parts.options.everyInputs || this.#isDue || this.#saving !== undefined) return;
    this.#isDue = true;
    this.#parts.env.scheduler.soon(() => {
      this.#isDue = false;
      this.#begin();
    });
  }

  protected override onActivate(): void {
    this.#activeAt = this.#parts.env.clock.now();
    this.#arm();
  }
  protected override async onTerminate(): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#saving;
    await this.#save();
  }
  protected override onError(): Promise<void> {
    return this.onTerminate();
  }

  /** Again and again: events that it is not for move the position too. */
  #arm(): void {
    const { env, options } = this.#parts;
    this.#timer = env.clock.timer(options.everyMs, () => {
      this.#begin();
      this.#lookForBeginning(env.clock.now());
      this.#arm();
    });
  }

  /** The message in which the last event stood that was done is in the log, or what is left after it; from a log that was made anew nothing may come for long. */
  #lookForBeginning(now: number): void {
    const { resumedAt, options, subscription, logger } = this.#parts;
    if (resumedAt === undefined || this.#isBegun || now - this.#activeAt < patienceMs) return;
    this.#isBegun = true;
    const replay = subscription();
    if (replay === undefined || replay.position !== undefined || replay.stats.received > 0) return;
    logger.error(
      'the log has nothing at the checkpoint nor after it: it may have been deleted and made anew, and then what it holds is passed over; if so, remove the checkpoint',
      { checkpoint: options.key, ...resumedAt },
    );
  }

  #begin(): void {
    if (this.#isOver || this.#saving !== undefined) return;
    this.#saving = this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    const { store, options, subscription, logger } = this.#parts;
    const { key } = options;
    const done = subscription()?.position;
    this.#inputs = 0;
    if (done === undefined || this.#isLost || isSame(done, this.#saved)) return;
    try {
      await store.save(key, { offset: done.offset, index: done.index + 1 });
      this.#saved = done;
      if (this.#failures > 0)
        logger.info('the checkpoint is saved again', { checkpoint: key, failures: this.#failures });
      this.#failures = 0;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const { options, logger, onConflict } = this.#parts;
    this.#failures += 1;
    if (error instanceof ConflictError) {
      this.#isLost = true;
      onConflict(error);
      return;
    }
    logger[this.#failures === 1 ? 'error' : 'debug'](
      'a checkpoint could not be saved; a restart would go on where it was saved last',
      { checkpoint: options.key, error },
    );
  }
}

function isSame(one: EventPosition, other: EventPosition | undefined): boolean {
  return one.offset === other?.offset && one.index === other.index;
}
