import type { ProcessId } from '../exchange/index.ts';
import { type ChildKeeper, childEnded, endChildren, givenUp, isChildKeeper } from './child-keeper.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Process } from './process.ts';
import type { GivenUp } from './process-life.ts';

/** A child, as far as its end goes. */
interface Child {
  /** Whoever spawns it waits for it yet. */
  readonly isStarting: boolean;
  exit(reason: ExitReason): Promise<ExitReason>;
  kill(): void;
}

/** The process whose children they are. */
export interface Parent {
  /** `undefined` while its constructor runs. */
  readonly process: Process | undefined;
  /** A living process of this container. */
  find(id: ProcessId): Child | undefined;
  /** Runs code of the author in the process's name. */
  inScope<Result>(fn: () => Result): Result;
}

/** The children of one process: those that it has spawned and that live. */
export class OwnChildren {
  readonly #parent: Parent;
  readonly #ids = new Set<ProcessId>();

  constructor(parent: Parent) {
    this.#parent = parent;
  }

  /** In the order of their spawning. */
  get ids(): readonly ProcessId[] {
    return [...this.#ids];
  }
  /** Whether the process keeps them itself. */
  get areKept(): boolean {
    return this.#keeper !== undefined;
  }
  /** Why their keeper has given up, if it has. */
  get givenUp(): GivenUp | undefined {
    return this.#keeper?.[givenUp];
  }

  has(id: ProcessId): boolean {
    return this.#ids.has(id);
  }

  /** A child is being spawned: from here on it ends with the process. */
  adopt(id: ProcessId): void {
    this.#ids.add(id);
  }

  /** A child has ended. Gives what its keeper says of it. It may end in anybody's name, but what its keeper does is its keeper's. */
  ended(id: ProcessId, reason: ExitReason): Readonly<Record<string, unknown>> | undefined {
    this.#ids.delete(id);
    const keeper = this.#keeper;
    return keeper && this.#parent.inScope(() => keeper[childEnded](id, reason));
  }

  /** A keeper that is still being initialized waits for a child that is: it undoes its start when that one's fails. */
  giveUpStarts(reason: ExitReason): void {
    if (!this.areKept) return;
    for (const id of this.ids) {
      const child = this.#parent.find(id);
      if (child?.isStarting === true) void child.exit(reason);
    }
  }

  /** The keeper ends them, if there is one. */
  async endByKeeper(reason: ExitReason): Promise<void> {
    const keeper = this.#keeper;
    if (keeper !== undefined) await this.#parent.inScope(() => keeper[endChildren](reason));
  }

  /** Ends those that are left, the last spawned first. */
  async end(): Promise<void> {
    for (const id of this.ids.toReversed()) await this.#parent.find(id)?.exit('shutdown');
  }

  kill(): void {
    for (const id of this.ids.toReversed()) this.#parent.find(id)?.kill();
  }

  get #keeper(): ChildKeeper | undefined {
    const { process } = this.#parent;
    return process !== undefined && isChildKeeper(process) ? process : undefined;
  }
}
