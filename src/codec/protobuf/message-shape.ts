import { types } from 'node:util';
import protobuf from 'protobufjs/light.js';
import { emptyType, timestampType } from './descriptor.ts';
import { Fault, located, type Walk } from './fault.ts';
import { enumKind, type FieldKind, scalarKind, timestampKind } from './field-kinds.ts';
import { presenceOf } from './field-presence.ts';
import { type MessageKnowledge, markMessage, unknownField, unknownFieldsOf } from './message-info.ts';
import { type Fields, isFields, readField, type ShapeField, writeField } from './shape-field.ts';

/**
 * How messages of one type look in JavaScript, and the way there from protobufjs's messages and back. A field without presence always
 * holds a value, lists and maps too; one with presence is absent if it is not set.
 */
export class MessageShape implements MessageKnowledge {
  readonly name: string;
  readonly #type: protobuf.Type;
  readonly #shapeOf: (type: protobuf.Type) => MessageShape;
  #fields: ReadonlyMap<string, ShapeField> | undefined;

  /** `shapeOf` gives the shapes of the messages inside. */
  constructor(type: protobuf.Type, shapeOf: (type: protobuf.Type) => MessageShape) {
    this.name = type.fullName.slice(1);
    this.#type = type;
    this.#shapeOf = shapeOf;
  }

  get fieldNames(): readonly string[] {
    return [...this.#all().keys()];
  }

  enumOf(field: string): Readonly<Record<string, number>> | undefined {
    return this.#all().get(field)?.kind.enumValues;
  }

  isSet(message: object, name: string): boolean {
    const value: unknown = Object.hasOwn(message, name) ? Reflect.get(message, name) : undefined;
    if (value === undefined || value === null) return false;
    switch (this.#all().get(name)?.presence) {
      case 'repeated':
        return Array.isArray(value) && value.length > 0;
      case 'map':
        return Object.keys(value).length > 0;
      case 'implicit':
        return this.#isNotZero(name, value);
      default:
        return true;
    }
  }

  /** The message that the decoder gave, as handlers see it. @throws Fault */
  read(raw: unknown, walk: Walk, depth = 1): object {
    walk.enter(depth);
    const message: Record<string, unknown> = {};
    if (!isFields(raw)) return message;
    for (const field of this.#all().values()) {
      try {
        const value = readField(
          field,
          Object.hasOwn(raw, field.name) ? raw[field.name] : undefined,
          walk,
          depth,
        );
        if (value === undefined) continue;
        walk.count(1);
        message[field.name] = value;
      } catch (thrown) {
        throw located(thrown, field.name);
      }
    }
    markMessage(message, this, joined(raw.$unknowns));
    return message;
  }

  /** A message of handlers or callers as the encoder takes it. @throws Fault for what does not fit */
  write(message: unknown, walk: Walk, depth = 1): Fields {
    walk.enter(depth);
    if (!isFields(message)) throw Fault.of(`an object (${this.name})`, message);
    const raw: Record<string, unknown> = {};
    const chosen = new Map<string, string>();
    for (const [name, value] of Object.entries(message)) {
      if (value === undefined || value === null) continue;
      try {
        const field = this.#all().get(name);
        if (field === undefined) throw new Fault(unknownField(this, name));
        walk.count(1);
        const other = field.oneof === undefined ? undefined : chosen.get(field.oneof);
        if (other !== undefined)
          throw new Fault(`cannot be set besides '${other}': both are of oneof ${field.oneof}`);
        if (field.oneof !== undefined) chosen.set(field.oneof, name);
        raw[name] = writeField(field, value, walk, depth);
      } catch (thrown) {
        throw located(thrown, name);
      }
    }
    for (const { name, presence } of this.#all().values()) {
      if (presence === 'required' && raw[name] === undefined)
        throw new Fault('required, but not set').inside(name);
    }
    const unknown = unknownFieldsOf(message, this.name);
    if (unknown !== undefined) raw.$unknowns = [unknown];
    return raw;
  }

  #isNotZero(name: string, value: unknown): boolean {
    if (types.isUint8Array(value)) return value.length > 0;
    const { kind } = this.#all().get(name) ?? {};
    if (kind?.enumValues !== undefined && typeof value === 'string') return kind.enumValues[value] !== 0;
    return value !== '' && value !== false && Number(value) !== 0;
  }

  /** Made at first use: types refer to each other, and to themselves. */
  #all(): ReadonlyMap<string, ShapeField> {
    this.#fields ??= new Map(this.#type.fieldsArray.map((field) => [field.name, this.#field(field)]));
    return this.#fields;
  }

  #field(declared: protobuf.Field): ShapeField {
    const field = declared.resolve();
    const keyType = field instanceof protobuf.MapField ? field.keyType : undefined;
    return {
      name: field.name,
      kind: this.#kind(field),
      presence: presenceOf(field),
      keys: keyType === undefined ? undefined : scalarKind(keyType),
      hasLongKeys: keyType?.endsWith('64') ?? false,
      hasUnsignedKeys: keyType === 'uint64' || keyType === 'fixed64',
      oneof: field.partOf?.name ?? undefined,
    };
  }

  #kind(field: protobuf.Field): FieldKind {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Enum) {
      const zero: unknown = field.typeDefault;
      return enumKind(
        { ...resolvedType.values },
        resolvedType.valuesById,
        typeof zero === 'number' ? zero : 0,
      );
    }
    if (resolvedType === null) return scalarKind(field.type, field.options?.jstype) ?? unsupported(field);
    if (resolvedType.fullName === `.${timestampType}`) return timestampKind;
    return messageKind(() => this.#shapeOf(resolvedType));
  }
}

/** The kind of whole contents: as a field of that type, but that an empty message is null. */
export function contentKind(shape: MessageShape): FieldKind {
  if (shape.name === timestampType) return timestampKind;
  if (shape.name !== emptyType) return messageKind(() => shape);
  return {
    zero: () => null,
    read: () => null,
    write: (value) => {
      if (value === null || value === undefined || (isFields(value) && Object.keys(value).length === 0))
        return {};
      throw Fault.of(`null (${shape.name})`, value);
    },
  };
}

function messageKind(shape: () => MessageShape): FieldKind {
  return {
    zero: () => undefined,
    read: (raw, walk, depth) => shape().read(raw, walk, depth + 1),
    write: (value, walk, depth) => shape().write(value, walk, depth + 1),
  };
}

/** Unknown fields as one piece; a copy, since what the decoder gives are views of all that came in. */
function joined(parts: unknown): Uint8Array | undefined {
  if (!Array.isArray(parts) || parts.length === 0) return undefined;
  return new Uint8Array(Buffer.concat(parts.filter((part) => types.isUint8Array(part))));
}

function unsupported(field: protobuf.Field): never {
  throw new Fault(`the type ${field.type} is not known`).inside(field.name);
}
