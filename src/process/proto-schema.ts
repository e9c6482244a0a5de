import { type TSchema, Type } from 'typebox';
import {
  emptyType,
  type ProtoFieldDescriptor,
  type ProtoMessageDescriptor,
  type ProtoNamespace,
  type ProtoNested,
  timestampType,
} from '../codec/index.ts';
import { Bytes, Timestamp } from './schema-types.ts';

/** TypeBox's own type of schemas lets any value through. */
type Schema = TSchema & object;

/** Messages inside messages are described so far; a description is no place to get lost in. */
const maxDepth = 5;

/**
 * A schema of message type `name` for people and tools: help, descriptions, comparisons. Values are checked by the message type itself,
 * not by this. Messages are open and enums any text, since protobuf's new fields and values break nobody.
 */
export function protoSchema(types: ProtoNamespace, name: string): Schema {
  return name === emptyType ? Type.Null() : typeSchema(types, `.${name}`, []);
}

function typeSchema(types: ProtoNamespace, fullName: string, around: readonly string[]): Schema {
  const name = fullName.slice(1);
  if (name === timestampType) return Timestamp();
  const found = find(types, name.split('.'));
  if (found !== undefined && 'values' in found) {
    // A new name breaks nobody, so that it is no part of the type.
    const description = Object.keys(found.values).join(' | ');
    return Type.Union([Type.String({ description }), Type.Integer()], { title: name });
  }
  if (found === undefined || !('fields' in found) || around.includes(name) || around.length >= maxDepth) {
    return Type.Object({}, { title: name, additionalProperties: true });
  }
  return messageSchema(types, found, name, [...around, name]);
}

function messageSchema(
  types: ProtoNamespace,
  message: ProtoMessageDescriptor,
  title: string,
  around: readonly string[],
): Schema {
  const fields = Object.entries(message.fields).map(([name, field]) => {
    const schema = fieldSchema(types, field, around);
    return [name, field.rule === 'required' ? schema : Type.Optional(schema)] as const;
  });
  return Type.Object(Object.fromEntries(fields), { title });
}

function fieldSchema(types: ProtoNamespace, field: ProtoFieldDescriptor, around: readonly string[]): Schema {
  const one = scalarSchema(field) ?? typeSchema(types, field.type, around);
  if (field.keyType !== undefined) return Type.Record(Type.String(), one);
  return field.rule === 'repeated' ? Type.Array(one) : one;
}

function scalarSchema({ type, options }: ProtoFieldDescriptor): Schema | undefined {
  switch (type) {
    case 'string':
      return Type.String();
    case 'bool':
      return Type.Boolean();
    case 'bytes':
      return Bytes();
    case 'double':
    case 'float':
      return Type.Number();
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 });
    case 'uint32':
    case 'fixed32':
      return Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
    case 'int64':
    case 'sint64':
    case 'sfixed64':
    case 'uint64':
    case 'fixed64':
      if (options?.jstype === 'JS_NUMBER') return Type.Integer();
      return options?.jstype === 'JS_STRING' ? Type.String() : Type.BigInt();
    default:
      return undefined;
  }
}

function find(types: ProtoNamespace, path: readonly string[]): ProtoNested | undefined {
  let at: ProtoNested | undefined = types;
  for (const name of path) at = at !== undefined && 'nested' in at ? at.nested?.[name] : undefined;
  return at;
}
