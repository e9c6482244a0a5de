import { IllegalStateError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { LifecycleState } from '../lifecycle/index.ts';
import { type Scheduler, TurnBudget } from '../util/index.ts';
import { assertProcessClass, type CellFactory } from './cell-factory.ts';
import { processDefaults } from './config.ts';
import type { ProcessClass, SpawnOptions } from './process.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessEnds } from './process-ends.ts';
import type { ProcessLives } from './process-lives.ts';
import type { ProcessRegistry } from './process-registry.ts';
import { assertNotEnded, type ProcessStart, startProcess, startTimeoutOf } from './start-process.ts';

/** Spawned in one turn of the event loop. */
const spawnsPerTurn = 1_000;
/** Of starts within each other's hooks. */
const maxNestedStarts = 50;

/** What a {@link ProcessSpawner} works with. */
export interface ProcessSpawnerParts {
  /** Whose processes they are: none is spawned unless it is ACTIVE. */
  readonly manager: { readonly state: LifecycleState };
  readonly env: { readonly scheduler: Scheduler };
  /** `startTimeoutMs` of processes that do not say. */
  readonly options: { readonly startTimeoutMs?: number };
  readonly registry: ProcessRegistry;
  readonly factory: CellFactory;
  readonly ends: Pick<ProcessEnds, 'isTelling'>;
  readonly lives: Pick<ProcessLives, 'started'>;
}

/** Spawns the processes of a container: so many in a turn, makes them known, and starts them one within the other's hooks only so far. */
export class ProcessSpawner {
  readonly #parts: ProcessSpawnerParts;
  /** Spawning may be all that a program does for a while, and nothing else would come in meanwhile. */
  readonly #turns: TurnBudget;
  /** How many starts are on the stack. */
  #starting = 0;
  #isClosed = false;

  constructor(parts: ProcessSpawnerParts) {
    this.#parts = parts;
    this.#turns = new TurnBudget(parts.env.scheduler, spawnsPerTurn);
  }

  /** From here on nothing is spawned: the processes are being ended, and what came yet would be left. */
  close(): void {
    this.#isClosed = true;
  }

  /** See `ProcessManager#spawn()`. */
  async spawn(
    processClass: ProcessClass,
    options: SpawnOptions = {},
    begun?: (id: ProcessId) => void,
  ): Promise<ProcessId> {
    assertProcessClass(processClass);
    const turn = this.#turns.take();
    if (turn !== undefined) await turn;
    return this.#spawn(processClass, options, undefined, begun);
  }

  /** Spawns a child of `parent`. No promise where there is nothing to wait for. @throws (also as rejection) as for any process */
  spawnChild(
    parent: ProcessCell,
    processClass: ProcessClass,
    options: SpawnOptions | undefined,
  ): ProcessId | Promise<ProcessId> {
    assertProcessClass(processClass);
    const turn = this.#turns.take();
    if (turn === undefined) return this.#spawn(processClass, options ?? {}, parent);
    return turn.then(() => {
      // Its parent may have ended while it waited.
      if (parent.hasEnded)
        throw new IllegalStateError(`process ${parent.id} has ended, and can spawn no child`);
      return this.#spawn(processClass, options ?? {}, parent);
    });
  }

  #spawn(
    processClass: ProcessClass,
    options: SpawnOptions,
    parent: ProcessCell | undefined,
    begun?: (id: ProcessId) => void,
  ): ProcessId | Promise<ProcessId> {
    const { registry, factory, ends } = this.#parts;
    this.#assertOpen();
    const timeoutMs = startTimeoutOf(
      options.startTimeoutMs ??
        processClass.startTimeoutMs ??
        this.#parts.options.startTimeoutMs ??
        processDefaults.startTimeoutMs,
    );
    // Before any of its code runs.
    registry.assertFree(options.localName);
    const cell = factory.make(processClass, options);
    // Its constructor, which runs here, may have ended its parent.
    if (parent?.hasEnded === true) cell.kill();
    assertNotEnded(cell);
    registry.add(cell);
    if (parent !== undefined) {
      cell.parent = parent;
      parent.adopt(cell.id);
    }
    begun?.(cell.id);
    const start = { activate: options.activate !== false, timeoutMs };
    // Who is started in place of one that has ended comes after everybody has been told of that end; and hooks that spawn do not nest without bound.
    const isLater = ends.isTelling || this.#starting >= maxNestedStarts;
    const starting = isLater ? this.#startLater(cell, start) : this.#start(cell, start);
    return starting === undefined ? this.#started(cell) : this.#startedAfter(starting, cell);
  }

  #assertOpen(): void {
    const { state } = this.#parts.manager;
    if (state === 'ACTIVE' && !this.#isClosed) return;
    throw new IllegalStateError(
      `no process can be spawned while the process manager is ${state === 'ACTIVE' ? 'ending' : state}`,
    );
  }

  #start(cell: ProcessCell, start: ProcessStart): Promise<void> | undefined {
    this.#starting += 1;
    try {
      return startProcess(cell, start);
    } finally {
      this.#starting -= 1;
    }
  }

  async #startLater(cell: ProcessCell, start: ProcessStart): Promise<void> {
    await undefined;
    if (cell.hasEnded) cell.isStarting = false;
    assertNotEnded(cell);
    await this.#start(cell, start);
  }

  async #startedAfter(starting: Promise<void>, cell: ProcessCell): Promise<ProcessId> {
    await starting;
    return this.#started(cell);
  }

  #started(cell: ProcessCell): ProcessId {
    if (!cell.hasEnded) this.#parts.lives.started(cell, cell.parent?.id);
    return cell.id;
  }
}
