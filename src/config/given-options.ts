import { ConfigurationError } from '../errors/index.ts';
import { misfit, unknownPath } from './schema-check.ts';
import type { ConfigSection } from './section.ts';
import type { Setting } from './setting.ts';

/**
 * The settings that a program gives as options, the strongest layer; members that are undefined are not given.
 *
 * @param source what the options are of, for explanations: `new Container()`
 * @throws ConfigurationError for an unknown member and a value that does not fit
 */
export function readOptions(
  section: ConfigSection,
  options: Readonly<Record<string, unknown>>,
  source: string,
): readonly Setting[] {
  const members = section.schema.properties;
  const settings: Setting[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const schema = members[key];
    if (schema === undefined) {
      throw new ConfigurationError(`options of ${source}: ${unknownPath(key, Object.keys(members))}`);
    }
    const expected = misfit(schema, value);
    if (expected !== undefined) {
      throw new ConfigurationError(
        `options of ${source}: ${key}: expected ${expected}, found ${String(value)}`,
      );
    }
    settings.push({ path: `${section.name}.${key}`, value, origin: { layer: 'options', source } });
  }
  return settings;
}
