/** What goes on, on standard error: one line that changes on a terminal, else a line for each case. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #lastCase = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  readonly tell = (what: string): void => {
    if (this.#stream.isTTY) {
      const columns = this.#stream.columns ?? 80;
      this.#stream.write(`\r\u001b[K${what.slice(0, columns - 1)}`);
      return;
    }
    const name = what.split(/[:,]/, 1)[0] ?? what;
    if (name === this.#lastCase) return;
    this.#lastCase = name;
    this.#stream.write(`${name} …\n`);
  };

  /** Makes room for what is printed. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}
