import type { Static } from 'typebox';
import { BadRequestError, ConfigurationError, isErrorCode } from '../errors/index.ts';
import { assertName, type Wire } from '../exchange/index.ts';
import type { ReceivedMessage } from '../interact/index.ts';
import { type DeclaredErrors, declaredErrorClass } from './declared-error.ts';
import type { Operation } from './operation.ts';
import type { Given } from './proto-types.ts';
import { canonicalText, describeSchema } from './schema-description.ts';
import { isSystemOperation } from './system-operations.ts';

/** The operations of a contract by name. */
export type Operations = Readonly<Record<string, Operation>>;

/** A service's promise as a value: it types both ends and is validated at both ends. */
export interface Contract<O extends Operations = Operations> {
  readonly name: string;
  readonly version: string;
  /** The name that callers address: `name`, and `name.v<major>` from major version 2 on. */
  readonly address: string;
  readonly operations: O;
  /** How its clients speak to it: `json` where a program that speaks no frames serves it. Absent: with frames. */
  readonly wire?: Wire;
  /** A class for each error that an operation declares: for handlers to throw, and for callers to know it by `instanceof`. */
  readonly errors: DeclaredErrors<O>;
}

/** What {@link defineService} takes. */
export interface ServiceDefinition<O extends Operations> {
  /** The service's name in its system. */
  readonly name: string;
  /** Semantic version, `major.minor.patch`. */
  readonly version: string;
  readonly operations: O;
  /**
   * `json`: a program in another language serves it, and is called with plain JSON (docs/wire-protocol.md, §7). None of its operations may
   * stream. Default: with frames, unless the configuration (`exchange.jsonServices`) names it.
   */
  readonly wire?: Wire;
}

/** The handlers that a class must have to serve contract `C`: `op_<name>` for each operation. */
export type Handlers<C extends Contract> = {
  readonly [K in keyof C['operations'] & string as `op_${K}`]: (
    content: Static<C['operations'][K]['content']>,
    message: ReceivedMessage,
  ) => HandlerAnswer<C['operations'][K]>;
};

/** What a handler gives back: a stream is an async iterable of results, as an async generator makes it. */
export type HandlerAnswer<O extends Operation> = O['reply'] extends 'stream'
  ? AsyncIterable<Given<O, 'result'>>
  : HandlerResult<Given<O, 'result'>>;

/** A handler may answer at once or later; one whose result is null may return nothing. */
export type HandlerResult<R> = R extends null
  ? R | undefined | void | Promise<R | undefined | void>
  : R | Promise<R>;

const version = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Declares a service.
 *
 * @throws BadRequestError for a name, version or operation name that cannot be used, ConfigurationError for declared errors that cannot be
 * told apart (a code of the container's own, or one that two operations declare with different data), and for a wire that cannot carry an operation
 * @example
 * export const Hello = defineService({
 *   name: 'hello', version: '1.0.0',
 *   operations: { hello: operation({ content: Type.String(), result: Type.String() }) },
 * });
 */
export function defineService<O extends Operations>(definition: ServiceDefinition<O>): Contract<O>;
export function defineService(definition: ServiceDefinition<Operations>): Contract {
  assertName(definition.name, 'service name');
  const service = `service '${definition.name}'`;
  const major = semanticVersion(definition.version);
  if (major === undefined) {
    throw new BadRequestError(
      `${service}: version '${String(definition.version)}' is not a semantic version such as '1.0.0'`,
    );
  }
  for (const name of Object.keys(definition.operations)) {
    if (!identifier.test(name)) {
      throw new BadRequestError(
        `${service}: operation name '${name}' cannot be a method's; use letters, digits and '_'`,
      );
    }
    if (isSystemOperation(name)) {
      throw new BadRequestError(`${service}: operation name '${name}' is the container's own`);
    }
  }
  assertSpeakable(definition);
  return Object.freeze({
    name: definition.name,
    version: definition.version,
    address: major >= 2 ? `${definition.name}.v${major}` : definition.name,
    operations: Object.freeze({ ...definition.operations }),
    errors: errorClasses(definition),
    ...(definition.wire !== undefined && { wire: definition.wire }),
  });
}

/** The major number of a semantic version; undefined if it is none. */
export function semanticVersion(text: string): number | undefined {
  const major = version.exec(text)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Whether the wire carries what the operations do. */
function assertSpeakable({ name, wire, operations }: ServiceDefinition<Operations>): void {
  if (wire === undefined || wire === 'frames') return;
  if (wire !== 'json') {
    throw new ConfigurationError(`service '${name}': wire is 'frames' or 'json', not '${String(wire)}'`);
  }
  const [streaming] = Object.entries(operations).find(([, { reply }]) => reply === 'stream') ?? [];
  if (streaming === undefined) return;
  throw new ConfigurationError(
    `service '${name}': operation '${streaming}' streams, and a service that is called with JSON gives one answer; leave out its reply, or wire`,
  );
}

/** A class for each declared error. */
function errorClasses({ name: service, operations }: ServiceDefinition<Operations>): Contract['errors'] {
  const declared = new Map<string, { readonly operation: string; readonly data: string }>();
  for (const [operation, { errors }] of Object.entries(operations)) {
    for (const [code, schema] of Object.entries(errors)) {
      const where = `service '${service}': operation '${operation}' declares error '${code}'`;
      if (!identifier.test(code)) {
        throw new ConfigurationError(`${where}, which cannot be a class's name; use letters, digits and '_'`);
      }
      if (isErrorCode(code)) {
        throw new ConfigurationError(`${where}, which is a code of the container's own; choose another name`);
      }
      const data = canonicalText(describeSchema(schema));
      const other = declared.get(code);
      if (other !== undefined && other.data !== data) {
        throw new ConfigurationError(
          `${where} with other data than operation '${other.operation}' does; give both the same schema, or choose another name`,
        );
      }
      declared.set(code, { operation, data });
    }
  }
  return Object.freeze(
    Object.fromEntries([...declared.keys()].map((code) => [code, declaredErrorClass(service, code)])),
  );
}
