import type { Contract } from './contract.ts';
import type { Operation, ReplyKind } from './operation.ts';
import { describeSchema, type JsonSchema } from './schema-description.ts';

/** A contract as plain JSON: what a process answers to `contract`, and what files of `ioncore contract show` hold. */
export interface ContractDescription {
  readonly name: string;
  readonly version: string;
  readonly operations: Readonly<Record<string, OperationDescription>>;
}

/** One operation of a {@link ContractDescription}. Schemas stand as their author wrote them: objects without a word on further members are closed. */
export interface OperationDescription {
  readonly content: JsonSchema;
  readonly result: JsonSchema;
  /** The data of each declared error. */
  readonly errors: Readonly<Record<string, JsonSchema>>;
  readonly reply: ReplyKind;
  readonly idempotent: boolean;
  readonly reentrant: boolean;
  /** How content and result travel, where that is not as they are: `protobuf`. */
  readonly encoding?: string;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
}

/** The description of a contract. A description is its own. */
export function contractDescription(contract: Contract | ContractDescription): ContractDescription {
  if (!('address' in contract)) return contract;
  return {
    name: contract.name,
    version: contract.version,
    operations: mapValues(contract.operations, describeOperation),
  };
}

/** Whether `value` is a description, from a file or another container. Members that it does not know may be there. */
export function isContractDescription(value: unknown): value is ContractDescription {
  return (
    isMap(value) &&
    typeof value.name === 'string' &&
    typeof value.version === 'string' &&
    /^\d+\.\d+\.\d+/.test(value.version) &&
    everyMember(value.operations, isOperationDescription)
  );
}

/** Whether `value` is a contract, of this copy of the package or another one. */
export function isContract(value: unknown): value is Contract {
  return (
    isMap(value) &&
    ['name', 'version', 'address'].every((key) => typeof value[key] === 'string') &&
    everyMember(value.operations, isOperationDescription)
  );
}

/** The major number of a semantic version. */
export function majorOf(version: string): number {
  return Number(version.split('.', 1)[0]);
}

function describeOperation(operation: Operation): OperationDescription {
  const { content, result, errors, reply, idempotent, reentrant, codec, concurrency, timeoutMs } = operation;
  return {
    content: describeSchema(content),
    result: describeSchema(result),
    errors: mapValues(errors, describeSchema),
    reply,
    idempotent,
    reentrant,
    ...(codec !== undefined && { encoding: String(codec.content.headers.encoding) }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function mapValues<V, W>(map: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function isOperationDescription(value: unknown): value is OperationDescription {
  return (
    isMap(value) &&
    isMap(value.content) &&
    isMap(value.result) &&
    everyMember(value.errors, isMap) &&
    (value.reply === 'single' || value.reply === 'stream') &&
    typeof value.idempotent === 'boolean' &&
    typeof value.reentrant === 'boolean' &&
    ['undefined', 'string'].includes(typeof value.encoding) &&
    ['concurrency', 'timeoutMs'].every((key) => ['undefined', 'number'].includes(typeof value[key]))
  );
}

function everyMember(value: unknown, holds: (member: unknown) => boolean): boolean {
  return isMap(value) && Object.values(value).every(holds);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
