import type { Static, TNull, TUnsafe } from 'typebox';
import type { OperationCodec } from '../codec/index.ts';
import type { NoErrors } from './declared-error.ts';
import type { Operation, ReplyKind } from './operation.ts';

/** Any message, to whom its type is not known: fields by their names. */
export type ProtoMessage = Record<string, unknown>;

/**
 * An operation whose content and result travel as protobuf: `C` and `R` are the messages as they are received, null for
 * `google.protobuf.Empty`.
 */
export interface ProtoOperation<C = ProtoMessage, R = ProtoMessage, P extends ReplyKind = 'single'>
  extends Operation<ProtoSchema<C>, ProtoSchema<R>, NoErrors, P> {
  readonly codec: OperationCodec;
}

type ProtoSchema<T> = [T] extends [null] ? TNull : TUnsafe<T>;

/**
 * What a sender gives for a message `T`: fields may be left out, at every depth, and a 64-bit integer may be a whole number that is exact
 * (below 2^53).
 */
export type ProtoInit<T> = T extends bigint
  ? bigint | number
  : T extends string | number | boolean | null | undefined | Date | Uint8Array
    ? T
    : T extends readonly (infer E)[]
      ? readonly ProtoInit<E>[]
      : { readonly [K in keyof T]?: ProtoInit<T[K]> | undefined };

/** What is given for the content or result of an operation: of protobuf, fields may be left out. */
export type Given<O extends Operation, K extends 'content' | 'result'> = O extends {
  readonly codec: OperationCodec;
}
  ? ProtoInit<Static<O[K]>>
  : Static<O[K]>;
