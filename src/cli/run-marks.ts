import { rm, writeFile } from 'node:fs/promises';
import type { Container } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/** Files that tell others of a running container; they are removed when it ends. Only their owner can read them. */
export class RunMarks {
  readonly #written: string[] = [];

  /** Writes the process id. @throws ConfigurationError if it cannot be written */
  async writePid(file: string | undefined, osPid: number): Promise<void> {
    if (file !== undefined) await this.#write('--pidfile', file, `${osPid}\n`);
  }

  /** Writes, as JSON, who is ready. @throws ConfigurationError if it cannot be written */
  async writeReady(file: string | undefined, container: Container): Promise<void> {
    if (file === undefined) return;
    const { id, sysname, env } = container;
    await this.#write(
      '--ready-file',
      file,
      `${JSON.stringify({ container: id, sysname, pid: env.ids.osPid })}\n`,
    );
  }

  async remove(): Promise<void> {
    for (const file of this.#written.splice(0)) await rm(file, { force: true });
  }

  async #write(option: string, file: string, text: string): Promise<void> {
    try {
      await writeFile(file, text, { mode: 0o600 });
    } catch (cause) {
      throw new ConfigurationError(`${option} ${file} cannot be written: ${messageOf(cause)}`, { cause });
    }
    this.#written.push(file);
  }
}
