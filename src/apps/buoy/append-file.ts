import { appendFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LifecycleObject } from '../../index.ts';

/** A file that lines are appended to, as long as its process lives. What a crash or a full disk has cut stays a line of its own. */
export class AppendFile extends LifecycleObject {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #isCut = false;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  /**
   * Returns when the operating system has the line. It does not wait for the disk, so it takes microseconds; handing it to another thread and back would take a
   * turn of the event loop for each line.
   */
  append(line: string): void {
    if (this.#handle === undefined) throw new Error(`the file '${this.#path}' is not open`);
    const text = this.#isCut ? `\n${line}\n` : `${line}\n`;
    this.#isCut = true;
    appendFileSync(this.#handle.fd, text);
    this.#isCut = false;
  }

  protected override async onInitialize(): Promise<void> {
    this.#handle = await open(this.#path, 'a+');
    const { size } = await this.#handle.stat();
    if (size === 0) return;
    const { buffer } = await this.#handle.read(Buffer.alloc(1), 0, 1, size - 1);
    this.#isCut = buffer.toString() !== '\n';
  }

  protected override onTerminate(): Promise<void> | undefined {
    return this.#handle?.close();
  }
  protected override onError(): Promise<void> | undefined {
    return this.#handle?.close();
  }
}
