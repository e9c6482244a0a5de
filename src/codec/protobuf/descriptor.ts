/**
 * Message types and enums of a `.proto` as data, in protobufjs's JSON form: what a generated module holds. Types of fields are full names
 * with a leading dot.
 */
export interface ProtoNamespace {
  nested?: Record<string, ProtoNested>;
}

/** What a namespace or message holds by name. */
export type ProtoNested = ProtoNamespace | ProtoMessageDescriptor | ProtoEnumDescriptor;

export interface ProtoMessageDescriptor {
  /** Only of outermost types, and only if it is not `proto3`. */
  edition?: string;
  options?: Record<string, unknown>;
  oneofs?: Record<string, { oneof: string[] }>;
  fields: Record<string, ProtoFieldDescriptor>;
  /** A group of proto2. */
  group?: boolean;
  nested?: Record<string, ProtoNested>;
}

export interface ProtoFieldDescriptor {
  /** Of a map. */
  keyType?: string;
  rule?: string;
  type: string;
  id: number;
  options?: Record<string, unknown>;
}

export interface ProtoEnumDescriptor {
  edition?: string;
  options?: Record<string, unknown>;
  values: Record<string, number>;
}

/** Messages that have a form of their own in JavaScript: a `Date`, and null where it is the whole content. */
export const timestampType = 'google.protobuf.Timestamp';
export const emptyType = 'google.protobuf.Empty';
