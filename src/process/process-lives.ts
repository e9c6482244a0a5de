import type { ProcessId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ExitReason } from './exit-reason.ts';
import { Listeners } from './listeners.ts';
import type { GivenUp, LivingProcess, ProcessLife, ProcessNotice } from './process-life.ts';

/** A process, as far as its life is told. */
export interface ToldProcess {
  readonly id: ProcessId;
  readonly name: string;
  readonly processClass: { readonly name: string };
  readonly serviceName: string | undefined;
  readonly localName: string | undefined;
  readonly ageMs: number;
  readonly handled: number;
  readonly givenUp: GivenUp | undefined;
}

/** Tells whoever listens what happens to processes. Costs nothing while nobody does. */
export class ProcessLives {
  readonly #lives: Listeners<ProcessLife>;
  readonly #notices: Listeners<ProcessNotice>;

  constructor(logger: Logger) {
    this.#lives = new Listeners(logger, 'the lives of processes');
    this.#notices = new Listeners(logger, 'notices of processes');
  }

  onLife(listener: (life: ProcessLife) => void): () => void {
    return this.#lives.add(listener);
  }

  onNotice(listener: (notice: ProcessNotice) => void): () => void {
    return this.#notices.add(listener);
  }

  started(process: ToldProcess, parent: ProcessId | undefined): void {
    if (!this.#lives.isEmpty) this.#lives.tell({ type: 'started', ...factsOf(process, parent) });
  }

  ended(process: ToldProcess, parent: ProcessId | undefined, reason: ExitReason): void {
    const { givenUp } = process;
    if (givenUp !== undefined)
      this.#notices.tell({ type: 'gaveUp', ...factsOf(process, parent), ...givenUp });
    if (this.#lives.isEmpty) return;
    const { ageMs, handled } = process;
    this.#lives.tell({ type: 'ended', ...factsOf(process, parent), reason, ageMs, handled });
  }

  /** `args`: the names of those that changed. */
  configured(process: ToldProcess, parent: ProcessId | undefined, args: readonly string[]): void {
    this.#notices.tell({ type: 'configured', ...factsOf(process, parent), args });
  }
}

function factsOf(process: ToldProcess, parent: ProcessId | undefined): LivingProcess {
  const { id, name, processClass, serviceName: service, localName } = process;
  return { id, name, processClass: processClass.name, service, localName, parent };
}
