import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory of apps that is gone after the test. */
export class AppFolder {
  readonly path: string;

  protected constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<AppFolder> {
    return new AppFolder(await newFolder());
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, text: string): Promise<string> {
    const file = this.file(name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Writes `<name>.app`; returns its path. `rest` are further lines of it. */
  app(name: string, mod: string, rest = ''): Promise<string> {
    return this.write(`${name}.app`, `type: application\nname: ${name}\nmod: ${mod}\n${rest}`);
  }

  dispose(): Promise<void> {
    // Where the clock is the test's, nothing waits for the disk: a file may still be written meanwhile.
    return rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
  }
}

/** A new directory where this run of the tests keeps its own. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'ioncore-apps-'));
}
