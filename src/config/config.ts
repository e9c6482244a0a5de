import { isDeepStrictEqual } from 'node:util';
import type { TProperties } from 'typebox';
import { ConfigurationError } from '../errors/index.ts';
import { type KnownSetting, knownSettings, unknownPath } from './schema-check.ts';
import type { ConfigSection, SectionValues } from './section.ts';
import { describeOrigin, layerNames, type Origin, type Setting } from './setting.ts';

/** One setting, explained. */
export interface Explanation {
  readonly path: string;
  readonly value: unknown;
  readonly origin: Origin;
  /** {@link origin} for people. */
  readonly from: string;
  readonly description: string;
  readonly defaultValue: unknown;
  /** What weaker layers say, the strongest of them first. */
  readonly overridden: readonly { readonly value: unknown; readonly from: string }[];
}

/**
 * The configuration of a container: for each declared path the value of the strongest layer that sets it, and where that value came
 * from. Layers, weakest first: defaults, `ioncore.yaml`, `ioncore.local.yaml`, `--config`, apps, releases, environment, command line; within
 * a layer the later setting wins. Lists are replaced whole.
 */
export class Config {
  /** What may be set, as it was declared. */
  readonly sections: readonly ConfigSection[];
  readonly #known: ReadonlyMap<string, KnownSetting>;
  readonly #settings: ReadonlyMap<string, readonly Setting[]>;

  private constructor(
    sections: readonly ConfigSection[],
    known: ReadonlyMap<string, KnownSetting>,
    settings: ReadonlyMap<string, readonly Setting[]>,
  ) {
    this.sections = sections;
    this.#known = known;
    this.#settings = settings;
  }

  /** Merges settings of any layers, in any order of layers, over the defaults of the sections. The one place where layers meet. */
  static merge(sections: readonly ConfigSection[], settings: readonly Setting[]): Config {
    const known = new Map(knownSettings(sections).map((setting) => [setting.path, setting]));
    const byPath = new Map<string, Setting[]>();
    for (const { path, defaultValue } of known.values()) {
      byPath.set(path, [{ path, value: defaultValue, origin: { layer: 'default' } }]);
    }
    return new Config(sections, known, byPath).with(settings);
  }

  /** The same with further settings. */
  with(settings: readonly Setting[]): Config {
    const all = new Map([...this.#settings].map(([path, list]) => [path, [...list]]));
    for (const setting of settings) all.get(setting.path)?.push(setting);
    for (const list of all.values()) list.sort(byStrength);
    return new Config(this.sections, this.#known, all);
  }

  /**
   * Whether the value in force at its path would become another one with `setting`. A setting that is merged already changes nothing,
   * whatever has overridden it, nor does one that a stronger layer overrides.
   */
  wouldChangeBy(setting: Setting): boolean {
    const { path, value, origin } = setting;
    const isMerged = this.#settings
      .get(path)
      ?.some(
        (known) =>
          known.origin.layer === origin.layer &&
          known.origin.file === origin.file &&
          isDeepStrictEqual(known.value, value),
      );
    return isMerged !== true && !isDeepStrictEqual(this.with([setting]).get(path), this.get(path));
  }

  /** Every path that may be set, in the order of the sections. */
  get paths(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** The values of a section. */
  section<P extends TProperties>(section: ConfigSection<P>): SectionValues<ConfigSection<P>> {
    const values = Object.keys(section.schema.properties).map(
      (key) => [key, this.get(`${section.name}.${key}`)] as const,
    );
    // Each value was checked against its member of the section's schema when its layer was read.
    return Object.freeze(Object.fromEntries(values)) as SectionValues<ConfigSection<P>>;
  }

  /** The value at a path such as `rpc.timeoutMs`. @throws ConfigurationError for a path that nobody declares */
  get(path: string): unknown {
    return this.#strongest(path).value;
  }

  /** The value at a path and where it came from. @throws ConfigurationError for a path that nobody declares */
  explain(path: string): Explanation {
    const { value, origin } = this.#strongest(path);
    const known = this.#known.get(path);
    const overridden = (this.#settings.get(path) ?? []).slice(0, -1).reverse();
    return {
      path,
      value,
      origin,
      from: describeOrigin(origin),
      description: known?.description ?? '',
      defaultValue: known?.defaultValue,
      overridden: overridden.map((setting) => ({
        value: setting.value,
        from: describeOrigin(setting.origin),
      })),
    };
  }

  #strongest(path: string): Setting {
    const strongest = this.#settings.get(path)?.at(-1);
    if (strongest === undefined)
      throw new ConfigurationError(`configuration: ${unknownPath(path, this.paths)}`);
    return strongest;
  }
}

function byStrength(a: Setting, b: Setting): number {
  return layerNames.indexOf(a.origin.layer) - layerNames.indexOf(b.origin.layer);
}
