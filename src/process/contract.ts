import { type Static, type TNull, type TSchema, Type } from 'typebox';
import { BadRequestError } from '../errors/index.ts';
import { assertName } from '../exchange/index.ts';
import type { ReceivedMessage } from './received-message.ts';
import { isSystemOperation } from './system-operations.ts';

/** One operation of a contract. */
export interface Operation<C extends TSchema = TSchema, R extends TSchema = TSchema> {
  /** What the caller sends. Objects are closed: members that the schema does not name are refused. */
  readonly content: C;
  /** What the handler returns. */
  readonly result: R;
  /**
   * Running it twice does no more than running it once. A redelivered request then runs again, and a call pending when the
   * connection is lost is sent again. Default false.
   */
  readonly idempotent: boolean;
  /** The caller's time limit, milliseconds. Default: the container's (15 s). */
  readonly timeoutMs: number | undefined;
}

/** How an operation is run. */
export interface OperationOptions {
  /** Default false; see {@link Operation}. */
  readonly idempotent?: boolean;
  readonly timeoutMs?: number;
}

/** The operations of a contract by name. */
export type Operations = Readonly<Record<string, Operation>>;

/** A service's promise as a value: it types both ends and is validated at both ends. */
export interface Contract<O extends Operations = Operations> {
  readonly name: string;
  readonly version: string;
  /** The name that callers address: `name`, and `name.v<major>` from major version 2 on. */
  readonly address: string;
  readonly operations: O;
}

/** What {@link defineService} takes. */
export interface ServiceDefinition<O extends Operations> {
  /** The service's name in its system. */
  readonly name: string;
  /** Semantic version, `major.minor.patch`. */
  readonly version: string;
  readonly operations: O;
}

/** The handlers that a class must have to serve contract `C`: `op_<name>` for each operation. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C['operations'] & string as `op_${K}`]: (
    content: Static<C['operations'][K]['content']>,
    message: ReceivedMessage,
  ) => HandlerResult<Static<C['operations'][K]['result']>>;
};

/** A handler may answer at once or later; one whose result is null may return nothing. */
export type HandlerResult<R> = R extends null
  ? R | undefined | void | Promise<R | undefined | void>
  : R | Promise<R>;

/** TypeBox's own type of schemas lets any value through. */
type Schema = TSchema & object;

const version = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const operationName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Declares an operation for {@link defineService}. Content and result that are left out are null: the caller sends nothing, the handler
 * returns nothing.
 *
 * @throws BadRequestError for a content or result that is no schema
 */
export function operation<C extends Schema, R extends Schema>(
  options: OperationOptions & { readonly content: C; readonly result: R },
): Operation<C, R>;
export function operation<C extends Schema>(
  options: OperationOptions & { readonly content: C },
): Operation<C, TNull>;
export function operation<R extends Schema>(
  options: OperationOptions & { readonly result: R },
): Operation<TNull, R>;
export function operation(options?: OperationOptions): Operation<TNull, TNull>;
export function operation(
  options: OperationOptions & { readonly content?: TSchema; readonly result?: TSchema } = {},
): Operation {
  return Object.freeze({
    content: asSchema(options.content ?? Type.Null(), 'content'),
    result: asSchema(options.result ?? Type.Null(), 'result'),
    idempotent: options.idempotent ?? false,
    timeoutMs: options.timeoutMs,
  });
}

function asSchema(value: unknown, what: string): TSchema {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new BadRequestError(
    `the ${what} of an operation is a schema such as Type.String(), not ${String(value)}`,
  );
}

/**
 * Declares a service.
 *
 * @throws BadRequestError for a name, version or operation name that cannot be used
 * @example
 * export const Hello = defineService({
 *   name: 'hello', version: '1.0.0',
 *   operations: { hello: operation({ content: Type.String(), result: Type.String() }) },
 * });
 */
export function defineService<O extends Operations>(definition: ServiceDefinition<O>): Contract<O> {
  assertName(definition.name, 'service name');
  const [, major] = version.exec(definition.version) ?? [];
  if (major === undefined) {
    throw new BadRequestError(
      `service '${definition.name}': version '${String(definition.version)}' is not a semantic version such as '1.0.0'`,
    );
  }
  for (const name of Object.keys(definition.operations)) {
    if (!operationName.test(name)) {
      throw new BadRequestError(
        `service '${definition.name}': operation name '${name}' cannot be a method's; use letters, digits and '_'`,
      );
    }
    if (isSystemOperation(name)) {
      throw new BadRequestError(
        `service '${definition.name}': operation name '${name}' is the container's own`,
      );
    }
  }
  return Object.freeze({
    name: definition.name,
    version: definition.version,
    address: Number(major) >= 2 ? `${definition.name}.v${major}` : definition.name,
    operations: Object.freeze({ ...definition.operations }),
  });
}
