import type { ConfigSection, Setting } from '../config/index.ts';
import type { AppDefinition } from './app-definition.ts';
import { AppLibrary } from './app-library.ts';
import { Planner } from './planner.ts';
import { problemsOf, refuse, type Source } from './source.ts';

/** Where {@link readAppSettings} looks, and what may be set. */
export interface AppSettingsOptions {
  readonly directories: readonly string[];
  readonly sections: readonly ConfigSection[];
}

/**
 * What the `config` of some apps and releases sets, and of the apps that these need: for a container that is to be made for them. `files` are paths
 * of `.rel` and `.app` files and names of apps, in the order of their start; so are the settings. Nothing is loaded.
 *
 * @throws ConfigurationError, with every problem in `details.problems`, when anything is wrong with the files or with what they name
 */
export async function readAppSettings(
  files: readonly string[],
  { directories, sections }: AppSettingsOptions,
): Promise<readonly Setting[]> {
  const library = new AppLibrary(directories);
  const sources = new Set<Source<unknown>>();
  const running: AppDefinition[] = [];
  const settings = new Map<string, Setting>();
  for (const file of files) {
    const planner = new Planner({ library, config: { sections }, running });
    const plan = file.endsWith('.rel')
      ? await planner.release(await library.release(file))
      : await planner.app(await library.find(file));
    for (const source of plan.sources) sources.add(source);
    for (const step of plan.steps) {
      if (step.startType !== 'load') running.push(step.definition);
      // An app that is named twice sets its values once.
      for (const setting of step.settings)
        settings.set(JSON.stringify([setting.path, setting.origin]), setting);
    }
  }
  refuse(problemsOf(sources));
  return [...settings.values()];
}
