import { BadRequestError, ConfigurationError } from '../errors/index.ts';
import { assertName, type Identity, processId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { processDefaults } from './config.ts';
import { type OperationTable, operationTable } from './operation-table.ts';
import { Process, type ProcessClass, type SpawnOptions } from './process.ts';
import { ProcessCell } from './process-cell.ts';
import type { ProcessHost, ProcessKind } from './process-parts.ts';

/** What a {@link CellFactory} works with. */
export interface CellFactoryParts {
  readonly identity: Identity;
  readonly logger: Logger;
  /** `mailboxLimit` of processes that do not say. */
  readonly options: { readonly mailboxLimit?: number };
  readonly host: ProcessHost<ProcessCell>;
  /** The number of the next process of the container. */
  readonly nextNumber: () => number;
}

const noArgs: Readonly<Record<string, unknown>> = Object.freeze({});

/** Makes cells of classes and options: names and limits checked, and operations looked up, once for all processes of a class that are made alike. */
export class CellFactory {
  readonly #parts: CellFactoryParts;
  readonly #tables = new WeakMap<ProcessClass, OperationTable>();
  /** Of instances whose options say nothing else. */
  readonly #kinds = new WeakMap<ProcessClass, ProcessKind<ProcessCell>>();

  constructor(parts: CellFactoryParts) {
    this.#parts = parts;
  }

  /** @throws ConfigurationError for a class that lacks handlers, BadRequest for options that cannot be used */
  make(processClass: ProcessClass, options: SpawnOptions): ProcessCell {
    const kind = isAsClassSays(options) ? this.#kindOf(processClass) : this.#makeKind(processClass, options);
    const { localName } = options;
    if (localName !== undefined) assertName(localName, 'local name');
    const number = this.#parts.nextNumber();
    return new ProcessCell(kind, {
      id: processId(this.#parts.identity.container, number),
      number,
      name: options.name ?? kind.name,
      localName,
      args: options.args === undefined ? noArgs : Object.freeze({ ...options.args }),
    });
  }

  #kindOf(processClass: ProcessClass): ProcessKind<ProcessCell> {
    let kind = this.#kinds.get(processClass);
    if (kind === undefined) {
      kind = this.#makeKind(processClass, {});
      this.#kinds.set(processClass, kind);
    }
    return kind;
  }

  #makeKind(processClass: ProcessClass, options: SpawnOptions): ProcessKind<ProcessCell> {
    const { logger, host } = this.#parts;
    const operations = this.#operations(processClass);
    const serviceName = options.serviceName ?? processClass.contract?.address ?? processClass.serviceName;
    if (serviceName !== undefined) this.#assertServiceName(serviceName);
    const concurrency = positive(options.concurrency ?? processClass.concurrency ?? 1, 'concurrency');
    const isReentrant = options.reentrant ?? processClass.reentrant ?? false;
    const interleaves =
      concurrency > 1 || isReentrant || [...operations.values()].some((one) => one.isReentrant);
    const mailboxLimit = positive(
      options.mailboxLimit ?? this.#parts.options.mailboxLimit ?? processDefaults.mailboxLimit,
      'mailboxLimit',
    );
    return {
      processClass,
      name: processClass.name || serviceName || 'process',
      serviceName,
      operations,
      concurrency,
      isReentrant,
      interleaves,
      mailboxLimit,
      hasCodecs: Object.values(processClass.contract?.operations ?? {}).some(
        ({ codec }) => codec !== undefined,
      ),
      logger,
      host,
    };
  }

  /** @throws BadRequest for an unusable name, and for one that would also read as a local name or a qualified one */
  #assertServiceName(serviceName: string): void {
    assertName(serviceName, 'service name');
    const { container, sysname } = this.#parts.identity;
    for (const taken of [container, sysname]) {
      if (!serviceName.startsWith(`${taken}.`)) continue;
      throw new BadRequestError(
        `service name '${serviceName}' begins with the ${taken === container ? "container's id" : 'sysname'}; choose another first part`,
      );
    }
  }

  #operations(processClass: ProcessClass): OperationTable {
    let table = this.#tables.get(processClass);
    if (table === undefined) {
      table = operationTable(processClass);
      this.#tables.set(processClass, table);
    }
    return table;
  }
}

/** Whether the options leave to the class what makes a kind. */
function isAsClassSays({ serviceName, concurrency, reentrant, mailboxLimit }: SpawnOptions): boolean {
  return (
    serviceName === undefined &&
    concurrency === undefined &&
    reentrant === undefined &&
    mailboxLimit === undefined
  );
}

/** @throws ConfigurationError for what is no class of processes */
export function assertProcessClass(processClass: unknown): void {
  if (typeof processClass === 'function' && processClass.prototype instanceof Process) return;
  throw new ConfigurationError(`spawn takes a class that extends Process, not ${String(processClass)}`);
}

function positive(value: number, what: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new BadRequestError(`${what} must be a whole number of at least 1, not ${String(value)}`);
}
