import { PassThrough } from 'node:stream';
import { sink } from './bed.ts';

const control = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]|\\r`, 'g');

class FakeKeyboard extends PassThrough {
  isRaw = false;
  setRawMode(mode: boolean): void {
    this.isRaw = mode;
  }
}

/** A terminal without a device: what is typed comes in at once, and the screen is a text. */
export class FakeTerminal {
  readonly input = new FakeKeyboard();
  readonly #screen = sink();

  get output(): NodeJS.WritableStream {
    return this.#screen.stream;
  }

  /** Everything that appeared, without control sequences. */
  get screen(): string {
    return this.#screen.text().replaceAll(control, '');
  }

  type(text: string): void {
    this.input.emit('data', Buffer.from(text));
  }
}
