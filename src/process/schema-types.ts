import { types } from 'node:util';
import { type TUnsafe, Type } from 'typebox';
import { BadRequestError } from '../errors/index.ts';

/** What {@link Bytes} takes. */
export interface BytesOptions {
  /** Bytes at least. Default 0. */
  readonly minLength?: number;
  /** Bytes at most. Default: what a message may hold. */
  readonly maxLength?: number;
  /** For people. */
  readonly description?: string;
}

/** What {@link Timestamp} takes. */
export interface TimestampOptions {
  /** For people. */
  readonly description?: string;
}

/** Why a schema of {@link Bytes} carries this member: JSON Schema has no bytes, so descriptions and help find the type by it. */
export const bytesMarker = '$bytes';
/** As {@link bytesMarker}, for {@link Timestamp}. */
export const dateMarker = '$date';

/**
 * A schema of bytes: a `Uint8Array` at both ends, msgpack's binary on the wire, `{"$bytes": "<base64>"}` for JSON peers.
 *
 * @throws BadRequestError for limits that are not whole numbers of at least 0
 */
export function Bytes(options: BytesOptions = {}): TUnsafe<Uint8Array> {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, description } = options;
  const limits = { ...limit(options, 'minLength'), ...limit(options, 'maxLength') };
  return Type.Refine(
    Type.Unsafe<Uint8Array>({ [bytesMarker]: limits, ...(description !== undefined && { description }) }),
    (value: unknown) => types.isUint8Array(value) && value.length >= minLength && value.length <= maxLength,
    () => 'must be bytes',
  );
}

/** A schema of moments: a valid `Date` at both ends, `{"$date": "<ISO 8601>"}` for JSON peers. Milliseconds are its finest grain. */
export function Timestamp({ description }: TimestampOptions = {}): TUnsafe<Date> {
  return Type.Refine(
    Type.Unsafe<Date>({ [dateMarker]: {}, ...(description !== undefined && { description }) }),
    (value: unknown) => types.isDate(value) && !Number.isNaN(value.getTime()),
    () => 'must be a date',
  );
}

function limit(options: BytesOptions, name: 'minLength' | 'maxLength'): Partial<Record<typeof name, number>> {
  const value = options[name];
  if (value === undefined) return {};
  if (Number.isSafeInteger(value) && value >= 0) return { [name]: value };
  throw new BadRequestError(`Bytes(): ${name} must be a whole number of at least 0, not ${String(value)}`);
}
