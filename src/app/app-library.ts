import { access, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { readTextFile } from '../config/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import type { AppDefinition } from './app-definition.ts';
import { parseAppSource } from './app-file.ts';
import type { ReleaseDefinition } from './release-definition.ts';
import { parseReleaseSource } from './release-file.ts';
import type { Source } from './source.ts';

/** Where apps are looked up by name, below the working directory. */
export const defaultAppDirectories: readonly string[] = Object.freeze(['res/apps']);

/** Where the apps lie that come with this package. They are looked up last, so that `ioncore start hello` works anywhere. */
export function packagedAppDirectory(): string {
  return join(dirname(createRequire(import.meta.url).resolve('ioncore/package.json')), 'res', 'apps');
}

/** Finds `.app` and `.rel` files and reads each of them once. */
export class AppLibrary {
  readonly #directories: readonly string[];
  readonly #apps = new Map<string, Promise<Source<AppDefinition>>>();
  readonly #releases = new Map<string, Promise<Source<ReleaseDefinition>>>();

  constructor(directories: readonly string[] = defaultAppDirectories) {
    this.#directories = [...directories, packagedAppDirectory()];
  }

  /**
   * The file of the app called `name`: beside the file that asks for it, if one does, then in the directories, then among those of this
   * package.
   *
   * @throws ConfigurationError that names every place that was looked at
   */
  async locate(name: string, askedBy?: string): Promise<string> {
    const folders = askedBy === undefined ? this.#directories : [dirname(askedBy), ...this.#directories];
    const files = folders.map((folder) => join(folder, `${name}.app`));
    // In a clone the package's own directory is one of the others, by another path.
    const candidates = [
      ...new Map(files.toReversed().map((file) => [resolve(file), file])).values(),
    ].toReversed();
    for (const candidate of candidates) {
      if (await exists(candidate)) return candidate;
    }
    throw new ConfigurationError(`there is no app '${name}'; looked for ${candidates.join(', ')}`);
  }

  /**
   * An app as somebody asks for it: by the path of its file, or by its name.
   *
   * @throws ConfigurationError as {@link locate} and {@link app} do
   */
  async find(app: string): Promise<Source<AppDefinition>> {
    if (app.includes('/') || app.endsWith('.app')) return this.app(app);
    const source = await this.app(await this.locate(app));
    const name = source.definition?.name ?? '';
    if (name !== '' && name !== app) {
      source.note('name', `expected '${app}', as the file is called, found '${name}'`);
    }
    return source;
  }

  /** The apps of the directories and of this package, sorted; a directory that cannot be read holds none. */
  async names(): Promise<readonly string[]> {
    const files = await Promise.all(this.#directories.map((directory) => readdir(directory).catch(() => [])));
    const apps = files.flat().filter((file) => file.endsWith('.app'));
    return [...new Set(apps.map((file) => basename(file, '.app')))].sort();
  }

  /** @throws ConfigurationError when the file cannot be read; what is wrong with its text is in the source */
  app(file: string): Promise<Source<AppDefinition>> {
    return readOnce(this.#apps, file, parseAppSource);
  }

  /** @throws ConfigurationError when the file cannot be read; what is wrong with its text is in the source */
  release(file: string): Promise<Source<ReleaseDefinition>> {
    return readOnce(this.#releases, file, parseReleaseSource);
  }
}

function readOnce<Definition>(
  known: Map<string, Promise<Source<Definition>>>,
  file: string,
  parse: (text: string, file: string) => Source<Definition>,
): Promise<Source<Definition>> {
  const key = resolve(file);
  let source = known.get(key);
  if (source === undefined) {
    source = readTextFile(file).then((text) => parse(text, file));
    known.set(key, source);
  }
  return source;
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
