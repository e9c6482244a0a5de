import { IllegalStateError } from '../errors/index.ts';
import { changedNames } from '../process/index.ts';
import { appFacts } from './app-change.ts';
import type { AppManagerParts } from './app-manager-parts.ts';
import type { AppSlot } from './app-slot.ts';
import type { AppStarts } from './app-starts.ts';
import type { AppStops } from './app-stops.ts';
import type { AppWatch } from './app-watch.ts';
import { type Arguments, changeOf, patchArguments } from './arguments.ts';
import { appsConfig } from './config.ts';
import { StartPlan, type StartStep } from './start-plan.ts';

/** What {@link configureApp} works with. */
export interface ConfigureParts {
  readonly manager: AppManagerParts;
  readonly starts: AppStarts;
  readonly stops: AppStops;
  readonly watch: () => AppWatch | undefined;
}

/**
 * Changes arguments of a running app as `patch` says, by telling it or by starting it anew; gives those in force then.
 *
 * @throws IllegalStateError if it does not run any more, Timeout if it does not answer, and why it does not take them
 */
export async function configureApp(
  slot: AppSlot,
  patch: Arguments,
  isRestart: boolean,
  parts: ConfigureParts,
): Promise<Arguments> {
  const { instance, app } = slot;
  if (app === undefined) throw new IllegalStateError(`app '${instance}' does not run`);
  const before = app.args;
  const after = patchArguments(before, patch);
  const change = changeOf(before, after);
  if (change === undefined) return before;
  const step: StartStep = { ...slot.step, configured: { ...slot.step.configured, ...patch } };
  if (isRestart) await restart(slot, step, parts);
  else {
    const { startTimeoutMs } = parts.manager.config.section(appsConfig);
    await app.configure(after, startTimeoutMs);
    slot.step = step;
    parts.watch()?.configured(instance, step);
  }
  const changed = changedNames(change);
  parts.manager.logger.info('app configured', { app: instance, changed });
  parts.manager.appChanged?.({ type: 'configured', ...appFacts(slot), args: changed });
  return after;
}

/** If it does not start with the new arguments, it is started with the former ones. */
async function restart(
  slot: AppSlot,
  step: StartStep,
  { manager, starts, stops }: ConfigureParts,
): Promise<void> {
  const again = (like: StartStep): Promise<void> =>
    starts.carryOut(new StartPlan([{ ...like, instance: slot.instance, mult: true }], []));
  slot.isRestarting = true;
  await stops.stop(slot);
  if (!slot.isRestarting)
    throw new IllegalStateError(`app '${slot.instance}' was stopped while it was restarting`);
  try {
    await again(step);
  } catch (error) {
    // Somebody has stopped it, or everything stops; a failed start is another error.
    if (error instanceof IllegalStateError) throw error;
    manager.logger.error('app could not be started with new arguments; it is started with the former ones', {
      app: slot.instance,
      error,
    });
    await again(slot.step);
    throw error;
  }
}
