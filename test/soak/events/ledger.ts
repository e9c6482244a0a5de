/** A byte for each event of each origin, 0 at first. */
export class Ledger {
  readonly #rows: Uint8Array[] = [];

  get(origin: number, number: number): number {
    return this.#rows[origin]?.[number] ?? 0;
  }

  set(origin: number, number: number, value: number): void {
    let row = this.#rows[origin] ?? new Uint8Array(1_024);
    if (number >= row.length) {
      const longer = new Uint8Array(Math.max(number + 1, row.length * 2));
      longer.set(row);
      row = longer;
    }
    row[number] = value;
    this.#rows[origin] = row;
  }

  /** Sets these bits too; returns what was there before. */
  mark(origin: number, number: number, bits: number): number {
    const before = this.get(origin, number);
    this.set(origin, number, before | bits);
    return before;
  }

  /** Calls `visit` for all that are not 0. */
  forEach(visit: (origin: number, number: number, value: number) => void): void {
    for (const [origin, row] of this.#rows.entries())
      row?.forEach((value, number) => {
        if (value !== 0) visit(origin, number, value);
      });
  }

  toBytes(): Uint8Array {
    const parts = Array.from(this.#rows, (row) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(row?.length ?? 0);
      return Buffer.concat([length, row ?? new Uint8Array()]);
    });
    return Buffer.concat(parts);
  }

  static from(bytes: Buffer): Ledger {
    const ledger = new Ledger();
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at);
      ledger.#rows.push(Uint8Array.from(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    return ledger;
  }
}
