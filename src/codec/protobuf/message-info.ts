import { BadRequestError } from '../../errors/index.ts';
import { closest } from '../../util/index.ts';

/** What is known about a message that came in as protobuf (ION's message instance). */
export interface MessageInfo {
  /** Its type's full name: `ioncore.example.v1.HelloRequest`. */
  readonly type: string;
  /** The names of all fields of the type. */
  readonly fields: readonly string[];
  /** The names of the fields that are set now: present, not empty, or, where the `.proto` gives no presence, not the default. */
  readonly setFields: readonly string[];
  /** Bytes of fields that the type does not know; they are written again as they are. */
  readonly unknownBytes: number;
  /** Whether a field is set now. @throws BadRequestError for a name that is no field's */
  isSet(field: string): boolean;
  /** Names and numbers of a field's enum; undefined if it has none. @throws BadRequestError for a name that is no field's */
  enumOf(field: string): Readonly<Record<string, number>> | undefined;
}

/** What {@link messageInfo} asks of a message's type. @internal */
export interface MessageKnowledge {
  readonly name: string;
  readonly fieldNames: readonly string[];
  isSet(message: object, field: string): boolean;
  enumOf(field: string): Readonly<Record<string, number>> | undefined;
}

/** Bytes of unknown fields, and the type of message that they belong to. */
interface UnknownFields {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Not enumerable, so that a message equals and prints like any other object. */
const knowledgeKey = Symbol('protobuf type');
/** Enumerable, so that a copy by spreading has them too. */
const unknownKey = Symbol('protobuf unknown fields');

/** Marks `message` as one of that type. @internal */
export function markMessage(
  message: object,
  knowledge: MessageKnowledge,
  unknown: Uint8Array | undefined,
): void {
  Object.defineProperty(message, knowledgeKey, { value: knowledge });
  if (unknown === undefined) return;
  const value: UnknownFields = { type: knowledge.name, bytes: unknown };
  Object.defineProperty(message, unknownKey, { value, enumerable: true, writable: true, configurable: true });
}

/** The unknown fields of a message, if they belong to `type`. @internal */
export function unknownFieldsOf(message: object, type: string): Uint8Array | undefined {
  const found: unknown = Reflect.get(message, unknownKey);
  return isUnknownFields(found) && found.type === type ? found.bytes : undefined;
}

/**
 * What is known about `value`: undefined unless it is a message that came in as protobuf, or one inside such a message.
 *
 * @example
 * op_SayHello(request: HelloRequest) {
 *   if (messageInfo(request)?.isSet('mood')) …
 */
export function messageInfo(value: unknown): MessageInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const type: unknown = Reflect.get(value, knowledgeKey);
  if (!isKnowledge(type)) return undefined;
  const known = (field: string): string => {
    if (type.fieldNames.includes(field)) return field;
    throw new BadRequestError(unknownField(type, field));
  };
  return {
    type: type.name,
    fields: type.fieldNames,
    get setFields() {
      return type.fieldNames.filter((field) => type.isSet(value, field));
    },
    get unknownBytes() {
      return unknownFieldsOf(value, type.name)?.length ?? 0;
    },
    isSet: (field) => type.isSet(value, known(field)),
    enumOf: (field) => type.enumOf(known(field)),
  };
}

/** The words for a field that the type does not have. @internal */
export function unknownField(type: Pick<MessageKnowledge, 'name' | 'fieldNames'>, field: string): string {
  const near = closest(field, type.fieldNames);
  const hint =
    near === undefined ? `known are ${type.fieldNames.join(', ') || 'none'}` : `did you mean '${near}'?`;
  return `'${field.slice(0, 80).toWellFormed()}' is no field of ${type.name}; ${hint}`;
}

function isUnknownFields(value: unknown): value is UnknownFields {
  return typeof value === 'object' && value !== null && 'bytes' in value;
}

function isKnowledge(value: unknown): value is MessageKnowledge {
  return typeof value === 'object' && value !== null && 'fieldNames' in value;
}
