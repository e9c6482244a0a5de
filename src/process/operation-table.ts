import { extension, type Headers, type OperationCodec } from '../codec/index.ts';
import { ApplicationError, BadRequestError, ConfigurationError, ContainerError } from '../errors/index.ts';
import type { ReceivedMessage } from '../interact/index.ts';
import type { Contract } from './contract.ts';
import { DeclaredError } from './declared-error.ts';
import type { Operation } from './operation.ts';
import type { Process, ProcessClass } from './process.ts';
import { systemHandlers } from './system-handlers.ts';
import { isSystemOperation } from './system-operations.ts';
import { failureText } from './validation-failure.ts';
import { ContentValidator, failureDetails } from './validator.ts';

type Handler = (this: Process, content: unknown, message: ReceivedMessage) => unknown;

const prefix = 'op_';

/** One operation of a process class, ready to be run. */
export class BoundOperation {
  readonly idempotent: boolean;
  /** How many of it a process runs at a time; undefined: as many as the process handles messages. */
  readonly concurrency: number | undefined;
  /** It is run at once for whoever the process itself waits for. */
  readonly isReentrant: boolean;
  /** Its handler yields the answer in parts. */
  readonly isStream: boolean;
  /** How long it took of late, milliseconds; 0 while unknown. */
  meanMs = 0;
  readonly #name: string;
  readonly #handler: Handler;
  readonly #codec: OperationCodec | undefined;
  readonly #content: ContentValidator | undefined;
  readonly #result: ContentValidator | undefined;
  readonly #errors: ReadonlyMap<string, ContentValidator>;

  constructor(name: string, handler: Handler, operation: Operation | undefined) {
    this.#name = name;
    this.#handler = handler;
    this.idempotent = operation?.idempotent ?? false;
    this.concurrency = operation?.concurrency;
    this.isReentrant = operation?.reentrant ?? false;
    this.isStream = operation?.reply === 'stream';
    this.#codec = operation?.codec;
    const plain = this.#codec === undefined ? operation : undefined;
    this.#content = plain && new ContentValidator(plain.content);
    this.#result = plain && new ContentValidator(plain.result);
    const declared = Object.entries(operation?.errors ?? {});
    this.#errors = new Map(declared.map(([code, data]) => [code, new ContentValidator(data)]));
  }

  /** What the handler is given for a content that came in. Nothing has run yet. @throws BadRequestError for content that does not fit */
  accept(content: unknown, headers?: Headers): unknown {
    if (this.#codec !== undefined) return this.#codec.content.receive(content, headers, 'content');
    if (this.#content !== undefined && !this.#content.check(content)) this.#content.fail(content, 'content');
    return content;
  }

  /**
   * Runs the handler on `process`; gives what it returned, which {@link result} makes an answer of once it is no promise any more.
   *
   * @param content what {@link accept} gave
   * @throws whatever the handler throws
   */
  run(process: Process, content: unknown, message: ReceivedMessage): unknown {
    return this.#handler.call(process, content, message);
  }

  /** What is sent for what the handler returned; of a stream, just that. @throws `Internal` for what does not fit */
  result(returned: unknown, message: ReceivedMessage): unknown {
    return this.isStream ? returned : this.outgoing(returned ?? null, message);
  }

  /** Checks a result, or one part of a stream, and gives what is sent: encoded if the request was. @throws `Internal` */
  outgoing(result: unknown, { message }: ReceivedMessage): unknown {
    if (this.#codec === undefined) {
      this.#checkResult(result);
      return result;
    }
    const isEncoded = extension(message, 'encoding') !== undefined;
    try {
      return isEncoded
        ? this.#codec.result.encode(result, 'result')
        : this.#codec.result.plain(result, 'result');
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      throw this.#outside('returned what', error.message, error.details ?? {});
    }
  }

  /** Notes how long it took; the last few count most. */
  took(ms: number): void {
    this.meanMs = this.meanMs === 0 ? ms : this.meanMs + (ms - this.meanMs) / 8;
  }

  /** What its caller is answered for what it threw: that, or `Internal` for a declared error with data that its contract does not allow. */
  failureFor(thrown: unknown): unknown {
    if (!(thrown instanceof ApplicationError)) return thrown;
    const declared = this.#errors.get(thrown.code);
    const data = thrown instanceof DeclaredError ? thrown.data : (thrown.details ?? {});
    if (declared === undefined || declared.check(data)) return thrown;
    return this.#outsideContract(`threw ${thrown.code} with data`, declared, data, 'data', thrown);
  }

  #checkResult(result: unknown): void {
    if (this.#result === undefined || this.#result.check(result)) return;
    throw this.#outsideContract('returned', this.#result, result, 'result');
  }

  #outsideContract(
    did: string,
    expected: ContentValidator,
    value: unknown,
    root: string,
    cause?: unknown,
  ): ContainerError {
    const failure = expected.explain(value, root);
    const words = `${did}${root === 'data' ? ' that' : ' what'}`;
    return this.#outside(words, failureText(failure), failureDetails(failure), cause);
  }

  #outside(
    did: string,
    why: string,
    details: Readonly<Record<string, unknown>>,
    cause?: unknown,
  ): ContainerError {
    const what = `operation '${this.#name}' ${did} its contract does not allow`;
    return new ContainerError('Internal', `${what}: ${why}`, { details, cause });
  }
}

/** Undefined when the operations of `contract` can encode and decode; else resolves when they can. */
export function loadingCodecs(contract: Contract | undefined): Promise<unknown> | undefined {
  const loading = Object.values(contract?.operations ?? {}).flatMap(
    ({ codec }) => codec?.content.ready() ?? [],
  );
  return loading.length === 0 ? undefined : Promise.all(loading);
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
