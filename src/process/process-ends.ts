import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Clock } from '../util/index.ts';
import type { CrashReport } from './crash-report.ts';
import { CrashReports } from './crash-reports.ts';
import { isOrderlyExit } from './exit-reason.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessLives } from './process-lives.ts';
import type { ProcessEnd } from './process-parts.ts';
import type { ProcessRegistry } from './process-registry.ts';
import type { Conversations } from './seams.ts';

/** How many of the handlers that outlived their processes are kept, the last ones. */
const maxUnfinished = 100;

/** A handler that was still running when its process ended. */
export interface UnfinishedHandler {
  readonly id: ProcessId;
  readonly name: string;
  readonly op: string;
  readonly ageMs: number;
}

/** What {@link ProcessEnds} work with. */
export interface ProcessEndsParts {
  readonly env: { readonly clock: Clock };
  readonly logger: Logger;
  readonly registry: ProcessRegistry;
  readonly conversations: Pick<Conversations, 'endCallsOf'>;
  readonly lives: Pick<ProcessLives, 'ended'>;
}

/** The ends of a container's processes: who is told of each, what was left unfinished, and how all of them end when the container does. */
export class ProcessEnds {
  readonly #parts: ProcessEndsParts;
  readonly #crashes: CrashReports;
  /** How many ends are being told just now, one in the midst of the other. */
  #telling = 0;
  #unfinished: readonly UnfinishedHandler[] = [];
  /** When all processes must have ended. */
  #endsAt = Number.POSITIVE_INFINITY;
  /** That moment has come. */
  #isCutOff = false;

  constructor(parts: ProcessEndsParts) {
    this.#parts = parts;
    this.#crashes = new CrashReports(parts.logger);
  }

  /** Calls `listener` for each process that ends for no orderly reason. Gives what ends that. */
  onCrash(listener: (report: CrashReport) => void): () => void {
    return this.#crashes.listen(listener);
  }

  /** Handlers that outlived their processes so far. */
  get unfinished(): readonly UnfinishedHandler[] {
    return this.#unfinished;
  }

  reportUnfinished({ id, name }: ProcessCell, op: string, ageMs: number): void {
    const rounded = Math.round(ageMs);
    this.#unfinished = [...this.#unfinished.slice(1 - maxUnfinished), { id, name, op, ageMs: rounded }];
    this.#parts.logger.warn('a handler still runs although its process has ended', {
      process: id,
      name,
      op,
      ageMs: rounded,
    });
  }

  /** Whether it is being told that a process has ended: what its hearers end or start comes afterwards, not in the midst of it. */
  get isTelling(): boolean {
    return this.#telling > 0;
  }
  tellingBegins(): void {
    this.#telling += 1;
  }
  tellingEnds(): void {
    this.#telling -= 1;
  }

  /** A process has ended: nobody finds it any more, its calls end, and its keeper hears of it first. Called once for each, in the midst of telling. */
  ended(cell: ProcessCell, { reason, handling }: ProcessEnd): void {
    const { registry, conversations, logger, lives } = this.#parts;
    registry.remove(cell);
    if (cell.isAskedAgain) registry.remember(cell, reason);
    conversations.endCallsOf(cell.id);
    const { parent } = cell;
    cell.parent = undefined;
    const child = parent?.childEnded(cell.id, reason);
    if (isOrderlyExit(reason)) {
      logger.debug('process ended', { process: cell.id, name: cell.name, reason });
    } else {
      const { id, name, serviceName: service, isStarting: starting, handled, ageMs } = cell;
      const processClass = cell.processClass.name;
      const overdue = cell.isOverdue || (reason === 'killed' && this.#isCutOff);
      const facts = { id, name, processClass, service, reason, handling, starting, overdue };
      this.#crashes.tell({ ...facts, ageMs, handled, parent: parent?.id, child });
    }
    lives.ended(cell, parent?.id, reason);
  }

  /** All processes must have ended by `endsAt`, on the monotonic clock. */
  expectAllBy(endsAt: number): void {
    this.#endsAt = endsAt;
  }

  /** Milliseconds that a process gets at most: one that is stuck leaves the others theirs. */
  get mostMs(): number {
    if (this.#endsAt === Number.POSITIVE_INFINITY) return this.#endsAt;
    return Math.max(0, this.#endsAt - this.#parts.env.clock.now()) / 2;
  }

  // Children are their parents' to end: a supervisor that lost one before its turn would start it again.

  /** Ends every process in order, the last spawned first; resolves when they have ended. */
  async endAll(): Promise<void> {
    for (const cell of this.#parts.registry.cells.toReversed())
      if (cell.parent === undefined) await cell.exit('shutdown');
  }

  /** Kills every process that is left, the last spawned first: their time is over. */
  cutOff(): void {
    this.#isCutOff = true;
    for (const cell of this.#parts.registry.cells.toReversed()) if (cell.parent === undefined) cell.kill();
  }
}
