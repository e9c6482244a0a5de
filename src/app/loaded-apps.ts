import { isDeepStrictEqual } from 'node:util';
import { ConflictError } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';
import type { MakeModule } from './module-loader.ts';

/** An app that was asked to be loaded. */
interface LoadedApp {
  readonly definition: AppDefinition;
  readonly made: Promise<MakeModule>;
  isLoaded: boolean;
}

/** The apps of a container that are loaded because somebody asked for that, whether they run or not. */
export class LoadedApps {
  readonly #apps = new Map<string, LoadedApp>();

  /** In the order of loading. */
  get definitions(): readonly AppDefinition[] {
    return [...this.#apps.values()].flatMap(({ definition, isLoaded }) => (isLoaded ? [definition] : []));
  }

  has(name: string): boolean {
    return this.#apps.has(name);
  }

  /**
   * Loads an app by calling `load`; one that is loaded, or being loaded, is not loaded again. If it fails, nothing of it is left.
   *
   * @throws ConflictError if an app of that name was loaded from another file, whatever `load` throws
   */
  async add(definition: AppDefinition, load: () => Promise<MakeModule>): Promise<void> {
    const { name, file } = definition;
    const before = this.#apps.get(name);
    if (before !== undefined && before.definition.file !== file) {
      throw new ConflictError(
        `the app '${name}' (${file}) cannot be loaded: one of that name is, from ${before.definition.file}; unload it first`,
      );
    }
    if (before !== undefined) {
      await before.made;
      return;
    }
    const app: LoadedApp = { definition, made: load(), isLoaded: false };
    this.#apps.set(name, app);
    try {
      await app.made;
      app.isLoaded = true;
    } catch (error) {
      if (this.#apps.get(name) === app) this.#apps.delete(name);
      throw error;
    }
  }

  delete(name: string): void {
    this.#apps.delete(name);
  }

  /** The code of an app, if it is loaded and its file still says that it consists of that. */
  codeOf(definition: AppDefinition): Promise<MakeModule> | undefined {
    const loaded = this.#apps.get(definition.name);
    return loaded !== undefined && isDeepStrictEqual(codeSpec(loaded.definition), codeSpec(definition))
      ? loaded.made
      : undefined;
  }
}

/** What of a definition decides of what code it consists. */
function codeSpec({ file, mod, processes, startPhases }: AppDefinition) {
  return [file, mod?.module, processes, startPhases.length > 0];
}
