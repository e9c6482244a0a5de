import { Readable } from 'node:stream';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const ctrlC = 0x03;

/** Where keys come from: a terminal's input. */
export interface Keyboard extends NodeJS.ReadableStream {
  /** Whether each key comes at once, instead of whole lines. */
  readonly isRaw: boolean;
  setRawMode(mode: boolean): unknown;
}

/**
 * The keys of a terminal on their way to the prompt. While a line runs they are held, as a terminal holds what is typed ahead, and only
 * Ctrl-C passes, to whoever holds them; it also drops what was typed before it. Keys pass up to an Enter at a time, so that what is pasted
 * after a line waits for that line.
 */
export class KeyGate extends Readable {
  readonly #terminal: Keyboard;
  readonly #onTyped = (chunk: Buffer | string): void => this.#take(Buffer.from(chunk));
  readonly #onEnd = (): void => void this.push(null);
  #waiting: Buffer = Buffer.alloc(0);
  #onInterrupt: (() => void) | undefined;
  #isPassing = false;

  constructor(terminal: Keyboard) {
    super({ read: () => undefined });
    this.#terminal = terminal;
    terminal.on('data', this.#onTyped);
    terminal.once('end', this.#onEnd);
    // The prompt pauses its input while it looks for completions.
    this.on('resume', () => this.#pass());
  }

  /** As of the terminal: the prompt asks for it. */
  get isRaw(): boolean {
    return this.#terminal.isRaw;
  }

  setRawMode(mode: boolean): this {
    this.#terminal.setRawMode(mode);
    return this;
  }

  /** Whether a line runs. */
  get isHeld(): boolean {
    return this.#onInterrupt !== undefined;
  }

  /** Holds the keys from here on; `onInterrupt` is called at each Ctrl-C. */
  hold(onInterrupt: () => void): void {
    this.#onInterrupt = onInterrupt;
  }

  /** Lets the keys pass again, those that were held first. */
  release(): void {
    this.#onInterrupt = undefined;
    this.#pass();
  }

  /** Text as if somebody typed it next. */
  type(text: string): void {
    this.#waiting = Buffer.concat([Buffer.from(text), this.#waiting]);
    this.#pass();
  }

  /** Leaves the terminal alone from here on. */
  close(): void {
    this.#terminal.off('data', this.#onTyped);
    this.#terminal.off('end', this.#onEnd);
    this.#terminal.pause();
  }

  #take(chunk: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    this.#pass();
  }

  #pass(): void {
    // An Enter may lead back here: its line has run, and the keys are released.
    if (this.#isPassing) return;
    this.#isPassing = true;
    while (this.#waiting.length > 0 && this.#onInterrupt === undefined && !this.isPaused()) {
      const end = lineEnd(this.#waiting);
      const keys = this.#waiting.subarray(0, end);
      this.#waiting = this.#waiting.subarray(end);
      // Not `push`, which may put it off for a turn: an Enter must have had its effect when this returns.
      this.emit('data', keys);
    }
    this.#isPassing = false;
    this.#interruptIfTyped();
  }

  /** A Ctrl-C that came together with the Enter whose line runs now: it is meant for that line. */
  #interruptIfTyped(): void {
    const at = this.#onInterrupt === undefined ? -1 : this.#waiting.lastIndexOf(ctrlC);
    if (at === -1) return;
    this.#waiting = this.#waiting.subarray(at + 1);
    this.#onInterrupt?.();
  }
}

/** Just after the first Enter; all of it if there is none. */
function lineEnd(keys: Buffer): number {
  const at = keys.findIndex((key) => key === carriageReturn || key === lineFeed);
  return at === -1 ? keys.length : at + 1;
}
