import type { OperationTable } from './operation-table.ts';

/** How many of each operation a process handles at a time, where its contract limits that, and how many it handles now. */
export class OperationLimits {
  readonly #operations: OperationTable;
  readonly #running = new Map<string, number>();

  /** Undefined if no operation has a limit of its own, as of most processes. */
  static of(operations: OperationTable): OperationLimits | undefined {
    for (const { concurrency } of operations.values())
      if (concurrency !== undefined) return new OperationLimits(operations);
    return undefined;
  }

  private constructor(operations: OperationTable) {
    this.#operations = operations;
  }

  /** Whether as many run as may. */
  readonly isReached = (op: string): boolean => {
    const limit = this.#operations.get(op)?.concurrency;
    return limit !== undefined && (this.#running.get(op) ?? 0) >= limit;
  };

  begun(op: string): void {
    this.#running.set(op, (this.#running.get(op) ?? 0) + 1);
  }

  ended(op: string): void {
    this.#running.set(op, (this.#running.get(op) ?? 1) - 1);
  }
}
