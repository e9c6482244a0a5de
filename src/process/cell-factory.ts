import { BadRequestError, ConfigurationError } from '../errors/index.ts';
import { assertName, type Identity, processId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import { processDefaults } from './config.ts';
import { type OperationTable, operationTable } from './operation-table.ts';
import { Process, type ProcessClass, type SpawnOptions } from './process.ts';
import { ProcessCell } from './process-cell.ts';
import type { ProcessHost } from './process-parts.ts';

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

/** Makes cells of classes and options: names, limits and operations checked, operations looked up once per class. */
export class CellFactory {
  readonly #parts: CellFactoryParts;
  readonly #tables = new WeakMap<ProcessClass, OperationTable>();

  constructor(parts: CellFactoryParts) {
    this.#parts = parts;
  }

  /** @throws ConfigurationError for a class that lacks handlers, BadRequest for options that cannot be used */
  make(processClass: ProcessClass, options: SpawnOptions): ProcessCell {
    const { identity, logger, host, nextNumber } = this.#parts;
    const operations = this.#operations(processClass);
    const { localName } = options;
    const serviceName = options.serviceName ?? processClass.contract?.address ?? processClass.serviceName;
    if (serviceName !== undefined) this.#assertServiceName(serviceName);
    if (localName !== undefined) assertName(localName, 'local name');
    const name = options.name ?? (processClass.name || serviceName || 'process');
    const concurrency = positive(options.concurrency ?? processClass.concurrency ?? 1, 'concurrency');
    const isReentrant = options.reentrant ?? processClass.reentrant ?? false;
    const interleaves =
      concurrency > 1 || isReentrant || [...operations.values()].some((one) => one.isReentrant);
    const mailboxLimit = positive(
      options.mailboxLimit ?? this.#parts.options.mailboxLimit ?? processDefaults.mailboxLimit,
      'mailboxLimit',
    );
    const id = processId(identity.container, nextNumber());
    return new ProcessCell({
      id,
      name,
      serviceName,
      localName,
      operations,
      args: Object.freeze({ ...options.args }),
      concurrency,
      isReentrant,
      interleaves,
      mailboxLimit,
      logger: logger.room(name).child({ process: id, name }),
      host,
      processClass,
    });
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

/** @throws ConfigurationError for what is no class of processes */
export function assertProcessClass(processClass: unknown): void {
  if (typeof processClass === 'function' && processClass.prototype instanceof Process) return;
  throw new ConfigurationError(`spawn takes a class that extends Process, not ${String(processClass)}`);
}

function positive(value: number, what: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new BadRequestError(`${what} must be a whole number of at least 1, not ${String(value)}`);
}
