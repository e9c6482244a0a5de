const shown = 10;

/** What is wrong: the first ones in full, and how many there are of each kind. */
export class Violations {
  readonly #first: string[] = [];
  readonly #counts = new Map<string, number>();

  add(kind: string, where: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= shown) this.#first.push(`${kind}: ${where}`);
  }

  get kinds(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get lines(): readonly string[] {
    const more = [...this.#counts].filter(([, count]) => count > shown);
    return [...this.#first, ...more.map(([kind, count]) => `${kind}: ${count} in all`)];
  }
}
