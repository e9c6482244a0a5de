import { type TNull, type TSchema, Type } from 'typebox';
import type { OperationCodec } from '../codec/index.ts';
import { BadRequestError } from '../errors/index.ts';
import { maxTimeoutMs } from '../interact/index.ts';
import { closest, describeValue } from '../util/index.ts';
import type { ErrorSchemas, NoErrors, Schema } from './declared-error.ts';

/** How an operation answers: with one result, or with a stream of them. */
export type ReplyKind = 'single' | 'stream';

/** One operation of a contract. */
export interface Operation<
  C extends TSchema = TSchema,
  R extends TSchema = TSchema,
  E extends ErrorSchemas = ErrorSchemas,
  P extends ReplyKind = ReplyKind,
> {
  /** What the caller sends. Objects are closed: members that the schema does not name are refused. */
  readonly content: C;
  /** What the handler returns; of a stream, each of its parts. */
  readonly result: R;
  /** The data of the errors that the handler throws as `new Contract.errors.Name(data)`. */
  readonly errors: E;
  /** `stream`: the handler is an async generator of results, and the client's method returns an async iterable. Default `single`. */
  readonly reply: P;
  /**
   * Running it twice does no more than running it once. A redelivered request then runs again, and a call pending when the
   * connection is lost is sent again. Default false.
   */
  readonly idempotent: boolean;
  /** A call that comes back to an instance that waits for its answer is handled, instead of ending in `Deadlock`. Default false. */
  readonly reentrant: boolean;
  /** Messages of this operation that an instance handles at a time, within its own `concurrency`. Default: that of the process. */
  readonly concurrency: number | undefined;
  /** The caller's time limit, milliseconds. Default: the container's (15 s). */
  readonly timeoutMs: number | undefined;
  /** Content and result travel encoded (protobuf), and are checked by this instead of by their schemas. */
  readonly codec?: OperationCodec;
}

/** How an operation is run. */
export interface OperationOptions {
  /** Default false; see {@link Operation}. */
  readonly idempotent?: boolean;
  /** Default false; see {@link Operation}. */
  readonly reentrant?: boolean;
  /** A whole number of at least 1. Default: the concurrency of the process. */
  readonly concurrency?: number;
  /** 1 to 86 400 000 (a day). Default: the container's. */
  readonly timeoutMs?: number;
}

/** Everything that {@link operation} takes. */
export interface OperationDefinition<
  C extends Schema,
  R extends Schema,
  E extends ErrorSchemas,
  P extends ReplyKind,
> extends OperationOptions {
  /** Default `Type.Null()`: the caller sends nothing. */
  readonly content?: C;
  /** Default `Type.Null()`: the handler returns nothing. */
  readonly result?: R;
  /** The data of each declared error, a map. Default none. */
  readonly errors?: E;
  /** Default `single`. */
  readonly reply?: P;
}

/**
 * Declares an operation for {@link defineService}. Content and result that are left out are null: the caller sends nothing, the handler
 * returns nothing.
 *
 * @throws BadRequestError for what is no schema, and for options that cannot be used
 * @example
 * operation({
 *   content: Type.Object({ item: Type.String(), count: Type.Integer({ minimum: 1 }) }),
 *   result: Type.Object({ price: Type.Number() }),
 *   errors: { OutOfStock: Type.Object({ left: Type.Integer() }) },
 *   timeoutMs: 2000,
 * })
 */
export function operation<
  C extends Schema = TNull,
  R extends Schema = TNull,
  E extends ErrorSchemas = NoErrors,
  P extends ReplyKind = 'single',
>(definition?: OperationDefinition<C, R, E, P>): Operation<NoInfer<C>, NoInfer<R>, NoInfer<E>, NoInfer<P>>;
export function operation(
  definition: OperationDefinition<Schema, Schema, ErrorSchemas, ReplyKind> = {},
): Operation {
  for (const key of Object.keys(definition)) {
    if (!options.has(key)) throw unknownOption(key);
  }
  const { content, result, errors = {}, reply = 'single', idempotent, reentrant } = definition;
  if (reply !== 'single' && reply !== 'stream') {
    throw new BadRequestError(
      `the reply of an operation is 'single' or 'stream', not ${describeValue(reply)}`,
    );
  }
  return Object.freeze({
    content: asSchema(content ?? Type.Null(), 'content'),
    result: asSchema(result ?? Type.Null(), 'result'),
    errors: asErrors(errors),
    reply,
    idempotent: asFlag(idempotent, 'idempotent'),
    reentrant: asFlag(reentrant, 'reentrant'),
    concurrency: asWhole(definition.concurrency, 'concurrency', Number.MAX_SAFE_INTEGER),
    timeoutMs: asWhole(definition.timeoutMs, 'timeoutMs', maxTimeoutMs),
  });
}

const options: ReadonlySet<string> = new Set<keyof OperationDefinition<Schema, Schema, NoErrors, ReplyKind>>([
  'content',
  'result',
  'errors',
  'reply',
  'idempotent',
  'reentrant',
  'concurrency',
  'timeoutMs',
]);

function unknownOption(key: string): BadRequestError {
  const meant = closest(key, options);
  const hint = meant === undefined ? `known are ${[...options].join(', ')}` : `did you mean '${meant}'?`;
  return new BadRequestError(`operation() has no option '${key}'; ${hint}`);
}

function asSchema(value: unknown, what: string): Schema {
  if (isMap(value)) return value;
  throw new BadRequestError(
    `the ${what} of an operation is a schema such as Type.String(), not ${describeValue(value)}`,
  );
}

function asErrors(errors: unknown): ErrorSchemas {
  if (!isMap(errors)) {
    throw new BadRequestError(
      `the errors of an operation are a map of names to schemas, not ${describeValue(errors)}`,
    );
  }
  const checked = Object.entries(errors).map(([code, data]) => {
    const schema = asSchema(data, `error '${code}'`);
    // It travels as the details of the error, which are a map.
    if (!takesOnlyMaps(schema)) {
      throw new BadRequestError(
        `the data of error '${code}' must be a map: Type.Object({…}), maybe an empty one`,
      );
    }
    return [code, schema] as const;
  });
  return Object.freeze(Object.fromEntries(checked));
}

function takesOnlyMaps(schema: object): boolean {
  const type: unknown = Reflect.get(schema, 'type');
  const parts: unknown = Reflect.get(schema, 'anyOf') ?? Reflect.get(schema, 'allOf');
  return type === 'object' || (Array.isArray(parts) && parts.length > 0 && parts.every(takesOnlyMaps));
}

function asFlag(value: unknown, what: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new BadRequestError(`${what} of an operation is true or false, not ${describeValue(value)}`);
}

function asWhole(value: number | undefined, what: string, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `from 1 to ${most}`;
  throw new BadRequestError(
    `${what} of an operation is a whole number ${range}, not ${describeValue(value)}`,
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
