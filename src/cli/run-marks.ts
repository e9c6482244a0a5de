import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Container } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/**
 * Files that tell others of a running container; they are removed when it ends. Only their owner can read them, and they appear whole, in
 * place of what stood there.
 */
export class RunMarks {
  readonly #written: string[] = [];

  /** Writes the process id. @throws ConfigurationError if it cannot be written */
  async writePid(file: string | undefined, osPid: number): Promise<void> {
    if (file !== undefined) await this.#write('--pidfile', file, osPid, `${osPid}\n`);
  }

  /** Writes, as JSON, who is ready. @throws ConfigurationError if it cannot be written */
  async writeReady(file: string | undefined, container: Container): Promise<void> {
    if (file === undefined) return;
    const { id, sysname, env } = container;
    await this.#write(
      '--ready-file',
      file,
      env.ids.osPid,
      `${JSON.stringify({ container: id, sysname, pid: env.ids.osPid })}\n`,
    );
  }

  async remove(): Promise<void> {
    for (const file of this.#written.splice(0)) await rm(file, { force: true });
  }

  async #write(option: string, file: string, osPid: number, text: string): Promise<void> {
    // A file that is there already would keep its mode, and a reader could meet it half written.
    const fresh = join(dirname(file), `.${basename(file)}.${osPid}`);
    try {
      await rm(fresh, { force: true });
      await writeFile(fresh, text, { mode: 0o600, flag: 'wx' });
      await rename(fresh, file);
    } catch (cause) {
      await rm(fresh, { force: true }).catch(() => {});
      throw new ConfigurationError(`${option} ${file} cannot be written: ${messageOf(cause)}`, { cause });
    }
    this.#written.push(file);
  }
}
