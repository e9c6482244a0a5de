import protobuf from 'protobufjs';
import type {
  ProtoEnumDescriptor,
  ProtoFieldDescriptor,
  ProtoMessageDescriptor,
  ProtoNamespace,
  ProtoNested,
} from './descriptor.ts';

type Nested = Record<string, ProtoNested>;

/** The types alone as data, each where its full name says. */
export function namespaceOf(types: readonly (protobuf.Type | protobuf.Enum)[]): ProtoNamespace {
  const used = new Set<unknown>(types);
  const nested: Nested = {};
  /** What `parent` holds; messages that only lie around a used type have no fields. */
  const inside = (parent: protobuf.ReflectionObject | null): Nested => {
    if (parent === null || parent.parent === null) return nested;
    const around = inside(parent.parent);
    const holder = around[parent.name] ?? holderOf(parent, used.has(parent));
    around[parent.name] = holder;
    if ('values' in holder) return {};
    holder.nested ??= {};
    return holder.nested;
  };
  for (const type of types) {
    const around = inside(type.parent);
    around[type.name] ??=
      type instanceof protobuf.Enum ? enumDescriptor(type) : messageDescriptor(type, true);
  }
  return { nested };
}

function holderOf(parent: protobuf.ReflectionObject, isUsed: boolean): ProtoNested {
  return parent instanceof protobuf.Type ? messageDescriptor(parent, isUsed) : { nested: {} };
}

function messageDescriptor(type: protobuf.Type, isUsed: boolean): ProtoMessageDescriptor {
  const { edition, options, group } = type.toJSON();
  const oneofs: [string, { oneof: string[] }][] = type.oneofsArray.map(({ name, oneof }) => [
    name,
    { oneof: [...oneof] },
  ]);
  return {
    ...(edition !== undefined && { edition }),
    ...kept(options, ['features']),
    ...(isUsed && oneofs.length > 0 && { oneofs: Object.fromEntries(oneofs) }),
    fields: isUsed
      ? Object.fromEntries(type.fieldsArray.map((field) => [field.name, fieldDescriptor(field)]))
      : {},
    ...(group === true && { group }),
  };
}

function enumDescriptor(type: protobuf.Enum): ProtoEnumDescriptor {
  const { edition, options } = type.toJSON();
  return {
    ...(edition !== undefined && { edition }),
    ...kept(options, ['features', 'allow_alias']),
    values: { ...type.values },
  };
}

function fieldDescriptor(field: protobuf.Field): ProtoFieldDescriptor {
  return {
    ...(field instanceof protobuf.MapField && { keyType: field.keyType }),
    ...(field.rule !== undefined && field.rule !== 'optional' && { rule: field.rule }),
    type: field.resolvedType?.fullName ?? field.type,
    id: field.id,
    ...kept(field.options, ['proto3_optional', 'packed', 'default', 'jstype', 'features']),
  };
}

/** Those of the options that change how a message looks or travels. */
function kept(
  options: Record<string, unknown> | undefined,
  names: readonly string[],
): { options?: Record<string, unknown> } {
  const entries = Object.entries(options ?? {}).filter(([name]) => names.includes(name));
  return entries.length === 0 ? {} : { options: Object.fromEntries(entries) };
}
