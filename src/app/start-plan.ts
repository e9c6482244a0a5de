import type { Setting } from '../config/index.ts';
import type { AppDefinition } from './app-definition.ts';
import type { ReleaseDefinition, ReleaseEntry, ReleaseStartType } from './release-definition.ts';
import { type Problem, problemsOf, refuse, type Source } from './source.ts';

/** An app of another container that must answer before a step's app starts. */
export interface RemoteWait {
  readonly app: string;
  /** All of these must have an instance; at least one. */
  readonly services: readonly string[];
  /** After that long the start fails. */
  readonly timeoutMs: number;
}

/** The default of `timeoutMs`. */
export const defaultRemoteTimeoutMs = 60_000;

/** How a step's app is started: what its end means for the container; with `load` it is read and its modules imported, and no more. */
export type StepStartType = Exclude<ReleaseStartType, 'none'>;

/** One app that is to be started, with what it gets from whoever asked for it. */
export interface StartStep {
  readonly app: Source<AppDefinition>;
  readonly definition: AppDefinition;
  /** Over those of the app file. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What it and the release's entry set in the container. */
  readonly settings: readonly Setting[];
  /** The name of the instance, where it must have just that one. Default: the next that is free. */
  readonly instance?: string;
  /** Arguments over all others, as they were changed while it ran; null stands for one that was taken away. */
  readonly configured?: Readonly<Record<string, unknown>>;
  readonly startType: StepStartType;
  /** What must be there in other containers before it starts. */
  readonly awaits: readonly RemoteWait[];
  /** Whether it starts although an instance of the app runs already. */
  readonly mult: boolean;
  /** Whether it was asked for, rather than needed by another app. */
  readonly isAsked: boolean;
  /** The release's entry that names it, if one does: `apps[<index>]` of that source. */
  readonly entry: { readonly release: Source<ReleaseDefinition>; readonly index: number } | undefined;
}

/** A step whose start type, unless it was asked for, is still that of whoever needs it. */
export interface DraftStep extends Omit<StartStep, 'startType'> {
  readonly startType: StepStartType | undefined;
}

/** What starts, in order: apps that others need stand before them. */
export class StartPlan {
  readonly steps: readonly StartStep[];
  /** All files that were read, the one that was asked for first. */
  readonly sources: readonly Source<unknown>[];

  constructor(steps: readonly StartStep[], sources: readonly Source<unknown>[]) {
    this.steps = steps;
    this.sources = sources;
  }

  /** All that is wrong, as it stands now. While there is anything, `steps` is not complete. */
  get problems(): readonly Problem[] {
    return problemsOf(this.sources);
  }

  /** @throws ConfigurationError when anything is wrong: the message is the first problem, `details.problems` are all */
  refuseProblems(): void {
    refuse(this.problems);
  }
}

/** Notes where two apps that would run together register the same name. `running` are apps that run already. */
export function noteClashes(apps: readonly Source<AppDefinition>[], running: readonly AppDefinition[]): void {
  const owners = new Map<string, AppDefinition>();
  for (const app of running) {
    for (const name of app.registered) owners.set(name, app);
  }
  for (const source of apps) {
    const { definition } = source;
    if (definition === undefined) continue;
    for (const [index, name] of definition.registered.entries()) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, definition);
      else if (owner.name !== definition.name) {
        const by = `the app '${owner.name}' (${owner.file})`;
        source.note(
          `registered[${index}]`,
          `'${name}' is registered by ${by} too; give one of them another name`,
        );
      }
    }
  }
}

/**
 * Gives steps that start only because others need them the strongest start type of those: `permanent` before `transient` before
 * `temporary`.
 */
export function settleStartTypes(steps: readonly DraftStep[]): readonly StartStep[] {
  const wanted = new Map<string, StepStartType>();
  // Backwards: whoever needs an app stands behind it.
  const settled = steps.toReversed().map((step): StartStep => {
    const { name, applications } = step.definition;
    const startType = step.startType ?? wanted.get(name) ?? 'permanent';
    for (const needed of applications) {
      const present = wanted.get(needed.name);
      const isStronger = present === undefined || strength.indexOf(startType) > strength.indexOf(present);
      if (!needed.remote && isStronger) wanted.set(needed.name, startType);
    }
    return { ...step, startType };
  });
  return settled.reverse();
}

/** The strongest last; `load` stands for nothing. */
const strength: readonly StepStartType[] = ['temporary', 'transient', 'permanent'];

/**
 * Notes where an app waits for one of another container that starts here as well, but after it: nothing else may ever start that one.
 * `running` are apps that run already.
 */
export function noteLateStarts(steps: readonly StartStep[], running: readonly AppDefinition[]): void {
  for (const [place, { app, definition, startType }] of steps.entries()) {
    for (const [index, { name, remote }] of definition.applications.entries()) {
      if (!remote || startType === 'load' || running.some((other) => other.name === name)) continue;
      const started = steps.findIndex((step) => step.definition.name === name && step.startType !== 'load');
      if (started <= place) continue;
      const remedy = 'start it before that, or leave it to the other container';
      app.note(
        `applications[${index}].remote`,
        `'${name}' is started here too, but after '${definition.name}', which waits for it; ${remedy}`,
      );
    }
  }
}

/** Notes at an entry of a release that the app it names is not of the version that it asks for. */
export function noteVersion(
  release: Source<ReleaseDefinition>,
  index: number,
  entry: ReleaseEntry,
  app: AppDefinition,
): void {
  if (entry.version === undefined || entry.version === app.version) return;
  const found = app.version === undefined ? 'no version' : `version '${app.version}'`;
  release.note(`apps[${index}].version`, `expected '${entry.version}', but ${app.file} has ${found}`, {
    expected: entry.version,
    found: app.version ?? 'nothing',
  });
}
