import type { Config, ConfigSection, LayerName, Setting } from '../config/index.ts';
import { appsConfig } from './config.ts';
import type { Source } from './source.ts';

/** Against what the `config` of apps and releases is read. */
export interface ConfigRules {
  /** What may be set. */
  readonly sections: readonly ConfigSection[];
  /** The configuration of the container, when there is one already: what it has in force cannot be changed any more. */
  readonly inForce?: Config | undefined;
}

/**
 * The settings of the `config` at `path` of a file: `config` in an app, `apps[0].config` in a release. What is wrong with them is noted in
 * the source.
 */
export function readConfigSettings(
  source: Source<unknown>,
  path: string,
  config: Readonly<Record<string, unknown>>,
  layer: LayerName,
  { sections, inForce }: ConfigRules,
): readonly Setting[] {
  if (Object.keys(config).length === 0) return [];
  return source.settings(path, config, layer, sections).filter((setting) => {
    if (setting.path.startsWith(`${appsConfig.name}.`)) {
      const message = 'an app cannot say how apps are found and started; set it in ioncore.yaml';
      source.note(`${path}.${setting.path}`, message);
      return false;
    }
    if (inForce?.wouldChangeBy(setting) !== true) return true;
    source.note(`${path}.${setting.path}`, describeConflict(setting, inForce), {
      found: JSON.stringify(setting.value),
      expected: JSON.stringify(inForce.get(setting.path)),
    });
    return false;
  });
}

/** For people. */
function describeConflict({ path, value }: Setting, inForce: Config): string {
  const { value: present, from } = inForce.explain(path);
  return (
    `found ${JSON.stringify(value)}, but the running container has ${JSON.stringify(present)} in force (${from}), ` +
    "which cannot change any more; name the file at 'ioncore start', or set the value in ioncore.yaml and start anew"
  );
}
