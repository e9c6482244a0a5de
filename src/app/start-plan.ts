import type { Setting } from '../config/index.ts';
import type { AppDefinition } from './app-definition.ts';
import type { ReleaseDefinition, ReleaseEntry } from './release-definition.ts';
import { type Problem, problemsOf, refuse, type Source } from './source.ts';

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
  /** Whether it starts although an instance of the app runs already. */
  readonly mult: boolean;
  /** Whether it was asked for, rather than needed by another app. */
  readonly isAsked: boolean;
  /** The release's entry that names it, if one does: `apps[<index>]` of that source. */
  readonly entry: { readonly release: Source<ReleaseDefinition>; readonly index: number } | undefined;
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
