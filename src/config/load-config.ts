import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Config } from './config.ts';
import { readConfigFile } from './config-file.ts';
import { readAssignments, readEnvironment } from './outer-layers.ts';
import type { ConfigSection } from './section.ts';
import type { LayerName } from './setting.ts';

/** Where a configuration comes from. */
export interface ConfigSources {
  readonly sections: readonly ConfigSection[];
  /** The folder that may hold `ioncore.yaml` and `ioncore.local.yaml`. */
  readonly directory: string;
  /** A further file (`--config`), which must exist. */
  readonly file?: string | undefined;
  /** The environment's variables. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** `--set path=value`. */
  readonly assignments?: readonly string[];
  /** Who says `assignments`: the option or variable that messages and origins name. Default `--set`. */
  readonly assignedBy?: string | undefined;
}

/**
 * Reads every layer and merges them, but for those of apps and releases: where these are looked up is configured too. They come by
 * {@link Config.with}.
 *
 * @throws ConfigurationError for whatever cannot be used, naming its place
 */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const { sections, directory, file, variables = {}, assignments = [], assignedBy } = sources;
  const read = (path: string, layer: LayerName) => readConfigFile(path, layer, sections);
  const optional = async (name: 'ioncore.yaml' | 'ioncore.local.yaml') => {
    const path = join(directory, name);
    return (await exists(path)) ? read(path, name) : [];
  };
  return Config.merge(sections, [
    ...(await optional('ioncore.yaml')),
    ...(await optional('ioncore.local.yaml')),
    ...(file === undefined ? [] : await read(file, '--config')),
    ...readEnvironment(variables, sections),
    ...readAssignments(assignments, sections, assignedBy),
  ]);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
