import type { AutoShutdown, ChildSpec, ResolvedChildSpec } from './child-spec.ts';
import { resolveChildSpecs } from './child-spec.ts';
import { checkKeys, oneOf, refusal } from './refusal.ts';
import { type ResolvedRestartDelay, type RestartDelayOptions, resolveRestartDelay } from './restart-delay.ts';

/**
 * Who is started again when a child is: it alone, all of them, or it and those started after it. `simple_one_for_one` has any number of
 * children of one kind, added while it runs, without ids.
 */
export type SupervisorStrategy = (typeof supervisorStrategies)[number];
export const supervisorStrategies = [
  'one_for_one',
  'one_for_all',
  'rest_for_one',
  'simple_one_for_one',
] as const;
export const autoShutdowns = ['never', 'any_significant', 'all_significant'] as const;

/** How a supervisor treats its children. */
export interface SupervisorFlags {
  /** Default `one_for_one`. */
  readonly strategy?: SupervisorStrategy;
  /** Restarts within `periodMs` that it bears; one more, and it ends its children and itself. Default 1. */
  readonly intensity?: number;
  /** Milliseconds, above 0. Default 5 000. */
  readonly periodMs?: number;
  /** Ends the supervisor when any, or the last, significant child ended by itself and is not started again. Default `never`. */
  readonly autoShutdown?: AutoShutdown;
  /** Waits before restarts, from a child's second in a row on; `false` for none. Default: 100 ms, doubling up to 10 s. */
  readonly restartDelay?: false | RestartDelayOptions;
}

/** {@link SupervisorFlags}, checked, with every default in its place. */
export interface ResolvedSupervisorFlags {
  readonly strategy: SupervisorStrategy;
  readonly intensity: number;
  readonly periodMs: number;
  readonly autoShutdown: AutoShutdown;
  readonly restartDelay: ResolvedRestartDelay | false;
}

/** The defaults of {@link SupervisorFlags}, which are OTP's; those of `restartDelay` stand with it. */
export const supervisorFlagsDefaults = {
  strategy: 'one_for_one',
  intensity: 1,
  periodMs: 5_000,
  autoShutdown: 'never',
} as const;

/** A supervisor's flags and the children it begins with, checked together. */
export interface SupervisorSpec {
  readonly flags: ResolvedSupervisorFlags;
  /** In the order of start. Of `simple_one_for_one`: its template alone. */
  readonly children: readonly ResolvedChildSpec[];
}

/** Those of {@link SupervisorFlags}. */
export const flagKeys: readonly string[] = [
  'strategy',
  'intensity',
  'periodMs',
  'autoShutdown',
  'restartDelay',
];

/**
 * Checks flags and fills in their defaults. `action` begins the message of an error.
 *
 * @throws ConfigurationError that names the action, the key, what is wanted and what was found
 */
export function resolveSupervisorFlags(
  flags: SupervisorFlags = {},
  action = 'supervisor flags',
): ResolvedSupervisorFlags {
  checkKeys(action, flags, flagKeys);
  const defaults = supervisorFlagsDefaults;
  const { intensity = defaults.intensity, periodMs = defaults.periodMs } = flags;
  const strategy = oneOf(action, 'strategy', supervisorStrategies, flags.strategy ?? defaults.strategy);
  if (!Number.isSafeInteger(intensity) || intensity < 0) {
    throw refusal(action, 'intensity', 'a whole number from 0 on', intensity);
  }
  if (typeof periodMs !== 'number' || !Number.isFinite(periodMs) || periodMs <= 0) {
    throw refusal(action, 'periodMs', 'milliseconds above 0', periodMs);
  }
  const autoShutdown = oneOf(
    action,
    'autoShutdown',
    autoShutdowns,
    flags.autoShutdown ?? defaults.autoShutdown,
  );
  const restartDelay = resolveRestartDelay(flags.restartDelay ?? {}, action);
  return Object.freeze({ strategy, intensity, periodMs, autoShutdown, restartDelay });
}

/**
 * Checks flags and children together.
 *
 * @throws ConfigurationError for the first thing that is wrong
 */
export function resolveSupervisorSpec(
  flags: SupervisorFlags,
  children: readonly ChildSpec[],
  action = 'supervisor',
): SupervisorSpec {
  const resolved = resolveSupervisorFlags(flags, action);
  if (!Array.isArray(children)) throw refusal(action, 'children', 'a list of child specs', children);
  if (resolved.strategy === 'simple_one_for_one' && children.length !== 1) {
    const wanted = "one child spec, the template, as strategy is 'simple_one_for_one'";
    throw refusal(action, 'children', wanted, `${children.length} of them`);
  }
  const specs = resolveChildSpecs(children, resolved.autoShutdown, `${action}, child spec`);
  return Object.freeze({ flags: resolved, children: specs });
}
