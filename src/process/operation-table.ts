import { ConfigurationError, ContainerError } from '../errors/index.ts';
import type { Contract, Operation } from './contract.ts';
import type { Process, ProcessClass } from './process.ts';
import type { ReceivedMessage } from './received-message.ts';
import { isSystemOperation, systemHandlers } from './system-operations.ts';
import { ContentValidator } from './validator.ts';

type Handler = (this: Process, content: unknown, message: ReceivedMessage) => unknown;

const prefix = 'op_';

/** One operation of a process class, ready to be run. */
export class BoundOperation {
  readonly idempotent: boolean;
  readonly #name: string;
  readonly #handler: Handler;
  readonly #content: ContentValidator | undefined;
  readonly #result: ContentValidator | undefined;

  constructor(name: string, handler: Handler, operation: Operation | undefined) {
    this.#name = name;
    this.#handler = handler;
    this.idempotent = operation?.idempotent ?? false;
    this.#content = operation && new ContentValidator(operation.content);
    this.#result = operation && new ContentValidator(operation.result);
  }

  /**
   * Checks the content, runs the handler on `process`, checks the result.
   *
   * @throws BadRequestError for content that does not fit, `Internal` for a result that does not, and whatever the handler throws
   */
  async run(process: Process, content: unknown, message: ReceivedMessage): Promise<unknown> {
    if (this.#content !== undefined && !this.#content.check(content)) this.#content.fail(content, 'content');
    const result = (await this.#handler.call(process, content, message)) ?? null;
    if (this.#result !== undefined && !this.#result.check(result)) this.#failResult(result);
    return result;
  }

  #failResult(result: unknown): never {
    try {
      return this.#result?.fail(result, 'result') as never;
    } catch (cause) {
      throw new ContainerError(
        'Internal',
        `operation '${this.#name}' returned what its contract does not allow`,
        { cause },
      );
    }
  }
}

/** The operations of a process class by name. */
export type OperationTable = ReadonlyMap<string, BoundOperation>;

/**
 * The operations that instances of `processClass` answer: the container's own, and those of its contract or, without one, its
 * `op_…` methods.
 *
 * @throws ConfigurationError naming each operation of the contract that has no handler, and for a handler of a reserved name
 */
export function operationTable(processClass: ProcessClass): OperationTable {
  const handlers = collectHandlers(processClass);
  const contract: Contract | undefined = processClass.contract;
  const table = new Map<string, BoundOperation>();
  for (const [name, handler] of systemHandlers) table.set(name, new BoundOperation(name, handler, undefined));
  if (contract === undefined) {
    for (const [name, handler] of handlers) table.set(name, new BoundOperation(name, handler, undefined));
    return table;
  }
  const missing = Object.keys(contract.operations).filter((name) => !handlers.has(name));
  if (missing.length > 0) {
    throw new ConfigurationError(
      `class ${processClass.name} serves '${contract.name}' but has no ${missing.map((name) => prefix + name).join(', ')}`,
    );
  }
  for (const [name, operation] of Object.entries(contract.operations)) {
    const handler = handlers.get(name);
    if (handler !== undefined) table.set(name, new BoundOperation(name, handler, operation));
  }
  return table;
}

/** Methods `op_<name>` along the prototype chain; the nearest wins. */
function collectHandlers(processClass: ProcessClass): Map<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (let at: unknown = processClass.prototype; isObject(at); at = Object.getPrototypeOf(at)) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const name = key.slice(prefix.length);
      if (!key.startsWith(prefix) || !isHandler(value) || handlers.has(name)) continue;
      if (isSystemOperation(name)) {
        throw new ConfigurationError(
          `class ${processClass.name}: ${key} would hide the container's own operation '${name}'`,
        );
      }
      handlers.set(name, value);
    }
  }
  return handlers;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
