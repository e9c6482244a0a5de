import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ExitSignal, MonitorId } from './process.ts';

/** The end of a link that is told when the other one ends. */
export interface Linked {
  readonly id: ProcessId;
  readonly bonds: Bonds;
  exitSignal(signal: ExitSignal): void;
}

/** Whom one process is linked to, who watches it and whom it watches. */
export class Bonds {
  readonly #links = new Set<Linked>();
  /** Told once when the process has ended; by the number of the watch. */
  readonly #watchers = new Map<MonitorId, (reason: ExitReason) => void>();
  /** Ends a watch that this process has. */
  readonly #watches = new Map<MonitorId, () => void>();
  /** Exits of linked processes that were not delivered yet. */
  readonly #exits = new Set<ExitSignal>();

  link(self: Linked, other: Linked): void {
    this.#links.add(other);
    other.bonds.#links.add(self);
  }

  unlink(self: Linked, id: ProcessId): void {
    for (const other of this.#links) {
      if (other.id !== id) continue;
      this.#links.delete(other);
      other.bonds.#links.delete(self);
    }
    for (const exit of this.#exits) if (exit.from === id) this.#exits.delete(exit);
  }

  addExit(signal: ExitSignal): void {
    this.#exits.add(signal);
  }

  /** Gives whether it is still wanted: no `unlink` came in between. */
  takeExit(signal: ExitSignal): boolean {
    return this.#exits.delete(signal);
  }

  /** `tell` is called when the process has ended. Gives what ends the watch. */
  addWatcher(monitor: MonitorId, tell: (reason: ExitReason) => void): () => void {
    this.#watchers.set(monitor, tell);
    return () => this.#watchers.delete(monitor);
  }

  /** A watch that this process has; `end` ends it. */
  addWatch(monitor: MonitorId, end: () => void): void {
    this.#watches.set(monitor, end);
  }

  /** The watch is over, or not wanted any more. Gives whether it was there. */
  endWatch(monitor: MonitorId): boolean {
    const end = this.#watches.get(monitor);
    this.#watches.delete(monitor);
    end?.();
    return end !== undefined;
  }

  /** The process has ended: tells those who are linked to it, then those who watch it, in the order of linking and watching. */
  dissolve(self: Linked, reason: ExitReason): void {
    for (const end of this.#watches.values()) end();
    this.#watches.clear();
    const links = [...this.#links];
    this.#links.clear();
    for (const other of links) {
      other.bonds.#links.delete(self);
      other.exitSignal({ from: self.id, reason });
    }
    const watchers = [...this.#watchers.values()];
    this.#watchers.clear();
    for (const tell of watchers) tell(reason);
  }
}
