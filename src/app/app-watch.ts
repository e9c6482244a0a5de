import { watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Logger } from '../logging/index.ts';
import type { Env, Timer } from '../util/index.ts';
import { stampOf } from './file-stamp.ts';
import type { ImportModule } from './module-loader.ts';
import type { StartStep } from './start-plan.ts';
import type { LoadedFile } from './watch-hook.ts';
import { type WatchedModules, watchModules } from './watched-modules.ts';

/** A start of an app as it is to be repeated. */
export interface WatchedStart {
  readonly instance: string;
  readonly step: StartStep;
}

/** What an {@link AppWatch} lets be done. */
export interface AppControl {
  /** Ends the instance if it is there; gives its start up if it is in progress. */
  stop(instance: string): Promise<void>;
  /** Reads the app anew and starts it, unless the signal comes before. */
  start(start: WatchedStart, signal: AbortSignal): Promise<void>;
}

/** Calls `onChange` whenever something in a directory may have changed. */
export type WatchDirectory = (directory: string, onChange: () => void) => { close(): void };

/** What an {@link AppWatch} works with. */
export interface AppWatchParts {
  readonly env: Env;
  readonly logger: Logger;
  readonly control: AppControl;
  /** Default: the modules of this Node process. */
  readonly watchModules?: typeof watchModules;
  /** Default: the file system. */
  readonly watchDirectory?: WatchDirectory;
}

/** An app with the files that it was made of when it was started last, and of those since it last ran. */
interface WatchedApp {
  readonly instance: string;
  step: StartStep;
  readonly token: string;
  readonly files: Map<string, { token: string; stamp: string | undefined; isCommonJs: boolean }>;
  abort: AbortController;
  /** Settles when the restart in progress does. */
  restarting: Promise<void> | undefined;
  /** It is to stay although it ends. */
  isKept: boolean;
}

/** An editor that saves writes several times, or a new file in place of the old one; so long it is quiet when it is done. */
const SETTLE_MS = 100;

/**
 * Restarts apps whose files change. The files of an app are its `.app` file and the modules that it has loaded from its own package.
 * Directories are watched, not files: editors replace files by others of the same name. An app that cannot be restarted stays stopped
 * until the next change of its files.
 */
export class AppWatch {
  readonly #parts: AppWatchParts;
  readonly #prefix: string;
  readonly #modules: WatchedModules;
  readonly #apps = new Map<string, WatchedApp>();
  readonly #directories = new Map<string, { close(): void }>();
  readonly #touched = new Set<string>();
  #quiet: Timer | undefined;
  #starts = 0;
  #isClosed = false;

  constructor(parts: AppWatchParts) {
    this.#parts = parts;
    this.#prefix = parts.env.ids.token(64);
    this.#modules = (parts.watchModules ?? watchModules)(this.#prefix, (loaded) => this.#loaded(loaded));
  }

  /** A start of an app begins; the result loads its modules, and what it loads is watched. */
  begin(instance: string, step: StartStep): ImportModule {
    this.#starts += 1;
    const token = `${this.#prefix}-${this.#starts}`;
    const before = this.#apps.get(instance);
    const file = resolve(step.definition.file);
    const files = new Map(before?.files);
    files.set(file, { token, stamp: stampOf(file), isCommonJs: false });
    const abort = before?.abort ?? new AbortController();
    this.#apps.set(instance, {
      instance,
      step,
      token,
      files,
      abort,
      restarting: before?.restarting,
      isKept: false,
    });
    this.#watchDirectories();
    return this.#modules.importer(token);
  }

  /** The start has succeeded: what the app no longer loads no longer matters. */
  started(instance: string): void {
    const app = this.#apps.get(instance);
    for (const [file, { token }] of app?.files ?? []) {
      if (token !== app?.token) app?.files.delete(file);
    }
    this.#watchDirectories();
  }

  /** The app has ended, or its start has failed. While it is restarted that does not matter: the next change may mend it. */
  ended(instance: string): void {
    const app = this.#apps.get(instance);
    if (app?.restarting === undefined && app?.isKept !== true) this.forget(instance);
  }

  /** The app is about to end by itself; the next change may mend it. */
  keep(instance: string): void {
    const app = this.#apps.get(instance);
    if (app !== undefined) app.isKept = true;
  }

  /** The app is to be started in this way from now on. */
  configured(instance: string, step: StartStep): void {
    const app = this.#apps.get(instance);
    if (app !== undefined) app.step = step;
  }

  /** The app is not wanted any more; a restart in progress is given up. */
  forget(instance: string): void {
    this.#apps.get(instance)?.abort.abort();
    this.#apps.delete(instance);
    this.#watchDirectories();
  }

  close(): void {
    this.#isClosed = true;
    for (const instance of [...this.#apps.keys()]) this.forget(instance);
    this.#quiet?.cancel();
    this.#modules.close();
  }

  #loaded({ token, file, stamp, isCommonJs }: LoadedFile): void {
    for (const app of this.#apps.values()) {
      if (app.token !== token) continue;
      const known = app.files.get(file);
      if (known?.token !== token) app.files.set(file, { token, stamp, isCommonJs });
      else known.isCommonJs ||= isCommonJs;
    }
    this.#watchDirectories();
  }

  /** Watches those directories that hold files of apps, and no others. */
  #watchDirectories(): void {
    const apps = this.#isClosed ? [] : [...this.#apps.values()];
    const needed = new Set(apps.flatMap(({ files }) => [...files.keys()].map((file) => dirname(file))));
    for (const [directory, watcher] of this.#directories) {
      if (needed.has(directory)) continue;
      watcher.close();
      this.#directories.delete(directory);
    }
    for (const directory of needed) {
      if (this.#directories.has(directory)) continue;
      const onChange = (): void => this.#touch(directory);
      this.#directories.set(directory, this.#watchDirectory(directory, onChange));
      // Something may have changed since its files were loaded.
      this.#touch(directory);
    }
  }

  #watchDirectory(directory: string, onChange: () => void): { close(): void } {
    const { logger, watchDirectory = watchFileSystem } = this.#parts;
    try {
      return watchDirectory(directory, onChange);
    } catch (error) {
      logger.warn('changes in a directory will not be noticed', { directory, error });
      return { close: () => undefined };
    }
  }

  #touch(directory: string): void {
    this.#touched.add(directory);
    this.#quiet?.cancel();
    this.#quiet = this.#parts.env.clock.timer(SETTLE_MS, () => void this.#restartChanged());
  }

  /** One after the other, in the order in which they were started: one may need another. */
  async #restartChanged(): Promise<void> {
    const touched = new Set(this.#touched);
    this.#touched.clear();
    const changed = [...this.#apps.values()].flatMap((app) => {
      const file = this.#findChange(app, touched);
      return file === undefined ? [] : [{ instance: app.instance, file }];
    });
    for (const { instance, file } of changed) await this.#restart(instance, file);
  }

  /** A file of the app that has another content. One that is missing may be about to be replaced. */
  #findChange(app: WatchedApp, touched: ReadonlySet<string>): string | undefined {
    let found: string | undefined;
    for (const [file, known] of app.files) {
      const stamp = touched.has(dirname(file)) ? stampOf(file) : known.stamp;
      if (stamp === undefined || stamp === known.stamp) continue;
      known.stamp = stamp;
      found ??= file;
      if (known.isCommonJs) {
        const message = 'a CommonJS module has changed, which Node loads only once; start the container anew';
        this.#parts.logger.warn(message, { app: app.instance, changed: file });
      }
    }
    return found;
  }

  async #restart(instance: string, changed: string): Promise<void> {
    const app = this.#apps.get(instance);
    if (app === undefined) return;
    this.#parts.logger.info('restarting app', { app: instance, changed });
    const before = app.restarting;
    app.abort.abort();
    app.abort = new AbortController();
    const restarting = this.#stopAndStart(app, app.abort.signal, before);
    app.restarting = restarting;
    await restarting;
    const now = this.#apps.get(instance);
    if (now?.restarting === restarting) now.restarting = undefined;
  }

  async #stopAndStart(
    app: WatchedApp,
    signal: AbortSignal,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const { control, logger } = this.#parts;
    const { instance } = app;
    try {
      await control.stop(instance);
      // Its start was given up just now.
      await before;
      if (!signal.aborted) await control.start(app, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.error('app could not be restarted; it is started when its files change again', {
        app: instance,
        error,
      });
    }
  }
}

const watchFileSystem: WatchDirectory = (directory, onChange) => {
  const watcher = watch(directory, { persistent: false }, onChange);
  // The directory is gone; who makes it again has to start anew.
  watcher.on('error', () => watcher.close());
  return watcher;
};
