import type { ProtoNamespace } from './descriptor.ts';

/** `implicit`: an unset field holds the default of its type; `explicit`: it is absent. */
export type FieldPresence = 'implicit' | 'explicit' | 'required' | 'repeated' | 'map';

/** What a `.proto` file says, as contracts and generated modules need it. */
export interface ProtoFile {
  readonly services: readonly ProtoServiceInfo[];
  /** The messages and enums that the services use, inside others too, in the order in which they come up. */
  readonly types: readonly (ProtoMessageInfo | ProtoEnumInfo)[];
  /** The same as data for {@link ProtobufTypes}. */
  readonly namespace: ProtoNamespace;
}

export interface ProtoServiceInfo {
  /** With its package: `ioncore.example.v1.HelloService`. */
  readonly fullName: string;
  readonly name: string;
  readonly comment: string | undefined;
  readonly methods: readonly ProtoMethodInfo[];
}

export interface ProtoMethodInfo {
  readonly name: string;
  readonly comment: string | undefined;
  /** Full names of message types. */
  readonly content: string;
  readonly result: string;
  /** `returns (stream …)`. */
  readonly isStream: boolean;
  /** Option `idempotency_level` is `IDEMPOTENT` or `NO_SIDE_EFFECTS`. */
  readonly isIdempotent: boolean;
}

export interface ProtoMessageInfo {
  readonly fullName: string;
  /** Its package: `ioncore.example.v1`. */
  readonly package: string;
  readonly comment: string | undefined;
  readonly fields: readonly ProtoFieldInfo[];
}

export interface ProtoFieldInfo {
  readonly name: string;
  readonly comment: string | undefined;
  readonly presence: FieldPresence;
  /** A scalar type of protobuf, or the full name of a message or enum. */
  readonly type: string;
  readonly isScalar: boolean;
  /** The field option of that name. */
  readonly jstype: unknown;
}

export interface ProtoEnumInfo {
  readonly fullName: string;
  readonly package: string;
  readonly comment: string | undefined;
  readonly values: readonly { readonly name: string; readonly comment: string | undefined }[];
}
