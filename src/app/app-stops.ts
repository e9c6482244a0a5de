import { ContainerError, placeOfCause } from '../errors/index.ts';
import type { ExitReason } from '../process/index.ts';
import { errorOf, exitText } from '../process/index.ts';
import type { AppStartType } from './app.ts';
import { appFacts } from './app-change.ts';
import type { AppManagerParts } from './app-manager-parts.ts';
import type { AppSlot, AppSlots } from './app-slot.ts';
import type { AppWatch } from './app-watch.ts';
import { appsConfig } from './config.ts';

/** What {@link AppStops} works with. */
export interface AppStopsParts {
  readonly manager: AppManagerParts;
  readonly slots: AppSlots;
  readonly watch: () => AppWatch | undefined;
}

/** Of the time that a container has for stopping: what the functions `stop` of all its apps may take; the rest is for processes and the broker. */
const SHARE_OF_STOP = 0.5;

/** Ends apps, and finds out when one has ended by itself. */
export class AppStops {
  readonly #parts: AppStopsParts;
  readonly #unfinished: string[] = [];
  #isClosing = false;
  /** When the functions `stop` of all apps must be done. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(parts: AppStopsParts) {
    this.#parts = parts;
  }

  /** Instances whose `stop` had not ended in its time, when all were stopped. */
  get unfinished(): readonly string[] {
    return this.#unfinished;
  }

  /** Whether all apps are being stopped. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Stops all apps, in the order of {@link AppSlots.stopOrder}. */
  async stopAll(): Promise<void> {
    const { manager, slots } = this.#parts;
    this.#isClosing = true;
    const { stopMs } = manager.options;
    if (stopMs !== undefined) this.#endsAt = manager.env.clock.now() + stopMs * SHARE_OF_STOP;
    for (const slot of slots.stopOrder) await this.stop(slot);
  }

  /** Ends an instance; gives its start up if it is in progress. Asked again meanwhile, it is the same end. */
  stop(slot: AppSlot): Promise<void> {
    slot.giveUp();
    // A turn later, so that a `stop` which asks for itself finds that it was asked for.
    slot.ended ??= Promise.resolve().then(() => this.#end(slot));
    return slot.ended;
  }

  /** To be called when the root of a started app has ended, for whatever reason. */
  async rootEnded(slot: AppSlot, reason: ExitReason): Promise<void> {
    if (slot.ended !== undefined) return;
    const { logger, appEnded } = this.#parts.manager;
    const { instance, startType } = slot;
    const isContainersEnd = !this.#isClosing && stopsContainer(startType, reason);
    const error = errorOf(reason);
    logger[isContainersEnd || error !== undefined ? 'error' : 'info']('app ended by itself', {
      app: instance,
      startType,
      ...(error === undefined ? { reason } : { error }),
    });
    // Whoever develops it is about to mend it.
    const watch = this.#isClosing ? undefined : this.#parts.watch();
    watch?.keep(instance);
    slot.endedFor = reason;
    await this.stop(slot);
    if (watch !== undefined) logger.info('the app is started again when its files change', { app: instance });
    else if (isContainersEnd) appEnded?.(endOf(slot, reason));
  }

  async #end(slot: AppSlot): Promise<void> {
    const { manager, slots } = this.#parts;
    const { instance, definition, hasStarted, isRestarting } = slot;
    const bereft = slots.bereft(definition.name).map((other) => other.instance);
    if (!this.#isClosing && !isRestarting && bereft.length > 0) {
      manager.logger.warn('an app is stopped that others need', { app: instance, neededBy: bereft });
    }
    await slot.app?.stop(this.#stopTimeoutMs);
    if (this.#isClosing && slot.app?.isStopUnfinished === true) this.#unfinished.push(instance);
    slots.delete(slot);
    this.#parts.watch()?.ended(instance);
    if (!hasStarted) return;
    manager.logger.info('app stopped', { app: instance });
    manager.appChanged?.({ type: 'stopped', ...appFacts(slot), reason: slot.endedFor });
  }

  /** While all are stopped, each gets its share of what is left of the time for that. */
  get #stopTimeoutMs(): number {
    const { manager, slots } = this.#parts;
    const leftMs = Math.max(0, this.#endsAt - manager.env.clock.now());
    const { stopTimeoutMs } = manager.config.section(appsConfig);
    return Math.min(stopTimeoutMs, leftMs / Math.max(1, slots.all.length));
  }
}

/** Whether the container goes down with an app of that start type. As in OTP only `normal` is an orderly end here: an app whose supervisor gives up ends with `shutdown`. */
export function stopsContainer(startType: AppStartType, reason: ExitReason): boolean {
  return startType === 'permanent' || (startType === 'transient' && reason !== 'normal');
}

function endOf({ instance, definition, startType, app }: AppSlot, reason: ExitReason): ContainerError {
  const failure = reason === 'shutdown' ? app?.givenUpAfter : undefined;
  const cause = failure === undefined ? errorOf(reason) : failure.error;
  const place = placeOfCause(cause);
  const at = place === undefined ? '' : ` (${place})`;
  const why = failure === undefined ? '' : `, as the restarts of its supervisor are used up: ${failure.text}`;
  return new ContainerError(
    'AppEnded',
    `the ${startType} app '${instance}' (${definition.file}) has ended by itself, for the reason: ${exitText(reason)}${why}${at}`,
    { details: { app: instance, startType }, cause },
  );
}
