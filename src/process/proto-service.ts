import type { TSchema } from 'typebox';
import { type OperationCodec, ProtobufTypes, type ProtoNamespace } from '../codec/index.ts';
import { type Contract, defineService, type Operations } from './contract.ts';
import { operation, type ReplyKind } from './operation.ts';
import { protoSchema } from './proto-schema.ts';

/** What {@link protoService} takes: what a generated module holds. */
export interface ProtoServiceDefinition {
  /** With its package; it is the name that callers address. */
  readonly name: string;
  readonly operations: Readonly<Record<string, ProtoOperationDefinition>>;
  /** The message types of all operations. */
  readonly types: ProtoNamespace;
}

/** One rpc of a service. */
export interface ProtoOperationDefinition {
  /** Full names of message types. */
  readonly content: string;
  readonly result: string;
  /** Default `single`. */
  readonly reply?: ReplyKind;
  /** Default false. */
  readonly idempotent?: boolean;
}

/**
 * The contract of a protobuf service, for modules that `ioncore proto` generates; see `fromProto` for the way without. `O` says the types
 * of the operations; content and results are checked at run time by `definition.types`. Its version is 1.0.0: a protobuf package bears its
 * major version in its name.
 *
 * @throws BadRequestError for a service or operation name that cannot be used
 */
export function protoService<O extends Operations>(definition: ProtoServiceDefinition): Contract<O>;
export function protoService({ name, operations, types }: ProtoServiceDefinition): Contract {
  const protobuf = new ProtobufTypes(types);
  const entries = Object.entries(operations).map(([op, given]) => {
    const { content, result, reply = 'single', idempotent = false } = given;
    const codec: OperationCodec = { content: protobuf.content(content), result: protobuf.content(result) };
    const schemas: { content: TSchema & object; result: TSchema & object } = {
      content: protoSchema(types, content),
      result: protoSchema(types, result),
    };
    return [op, Object.freeze({ ...operation({ ...schemas, reply, idempotent }), codec })] as const;
  });
  return defineService<Operations>({ name, version: '1.0.0', operations: Object.fromEntries(entries) });
}
