import { fileURLToPath } from 'node:url';
import { stampOf } from './file-stamp.ts';
import type { ImportModule } from './module-loader.ts';
import { type WatchedModules, watchModules } from './watched-modules.ts';

/** How the modules of one app are loaded, and which they were. */
interface AppImports {
  readonly importModule: ImportModule;
  /** The modules that its file names, as they were when they were loaded. */
  readonly stamps: Map<string, string | undefined>;
  /** What failed last. */
  failed: 'load' | 'start' | undefined;
}

/**
 * Node keeps what it has loaded, failures too, so an app that was mended would fail as before. Here the modules of an app are loaded
 * anew, those of its own package, when they could not be loaded the last time, or when its start failed and a module that its file names has changed since.
 */
export class ModuleImports {
  readonly #prefix: string;
  readonly #watchModules: typeof watchModules;
  readonly #apps = new Map<string, AppImports>();
  #modules: WatchedModules | undefined;
  #copies = 0;

  /** `prefix` is unique in this Node process. */
  constructor(prefix: string, watch = watchModules) {
    this.#prefix = prefix;
    this.#watchModules = watch;
  }

  /** What loads the modules of the app of that file. */
  of(file: string): ImportModule {
    const before = this.#apps.get(file);
    if (before === undefined) return this.#begin(file, importPlain);
    if (!isMended(before)) return before.importModule;
    return this.#begin(file, this.#fresh() ?? before.importModule);
  }

  /** The app of that file could not be loaded, or not be started. */
  failed(file: string, at: 'load' | 'start'): void {
    const app = this.#apps.get(file);
    if (app !== undefined) app.failed = at;
  }

  close(): void {
    this.#modules?.close();
  }

  #fresh(): ImportModule | undefined {
    try {
      this.#modules ??= this.#watchModules(this.#prefix, () => undefined);
    } catch {
      // A test runner that loads modules itself, such as Jest, lets nobody else do so.
      return undefined;
    }
    this.#copies += 1;
    return this.#modules.importer(`${this.#prefix}-${this.#copies}`);
  }

  #begin(file: string, importModule: ImportModule): ImportModule {
    const stamps = new Map<string, string | undefined>();
    const noting: ImportModule = (url) => {
      if (!stamps.has(url)) stamps.set(url, stampOfModule(url));
      return importModule(url);
    };
    this.#apps.set(file, { importModule: noting, stamps, failed: undefined });
    return noting;
  }
}

const importPlain: ImportModule = (url) => import(url);

function isMended({ failed, stamps }: AppImports): boolean {
  if (failed === undefined) return false;
  return failed === 'load' || [...stamps].some(([url, stamp]) => stampOfModule(url) !== stamp);
}

function stampOfModule(url: string): string | undefined {
  return url.startsWith('file:') ? stampOf(fileURLToPath(url)) : undefined;
}
