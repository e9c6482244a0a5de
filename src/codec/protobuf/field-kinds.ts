import { types } from 'node:util';
import { closest } from '../../util/index.ts';
import { Fault, type Walk } from './fault.ts';

/** How the values of one field type look in JavaScript, and to protobufjs ("raw"). */
export interface FieldKind {
  /** What an unset field without presence holds. */
  zero(walk: Walk): unknown;
  /** From what the decoder gives. @throws Fault */
  read(raw: unknown, walk: Walk, depth: number): unknown;
  /** To what the encoder takes. @throws Fault for a value that does not fit */
  write(value: unknown, walk: Walk, depth: number): unknown;
  /** Of enums: numbers by name. */
  readonly enumValues?: Readonly<Record<string, number>>;
}

/** A 64-bit integer as protobufjs has it. */
interface Halves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

const asIs = (raw: unknown): unknown => raw;

const text: FieldKind = {
  zero: () => '',
  read: asIs,
  write: (value) => {
    if (typeof value === 'string' && value.isWellFormed()) return value;
    throw Fault.of('a well-formed string', value);
  },
};

const bool: FieldKind = {
  zero: () => false,
  read: asIs,
  write: (value) => {
    if (typeof value === 'boolean') return value;
    throw Fault.of('true or false', value);
  },
};

const bytes: FieldKind = {
  zero: () => new Uint8Array(0),
  // A copy: what the decoder gives is a view of all that came in.
  read: (raw) => (types.isUint8Array(raw) ? new Uint8Array(raw) : raw),
  write: (value) => {
    if (types.isUint8Array(value)) return value;
    throw Fault.of('bytes (a Uint8Array)', value);
  },
};

const double: FieldKind = {
  zero: () => 0,
  read: asIs,
  write: (value) => {
    if (typeof value === 'number') return value;
    throw Fault.of('a number', value);
  },
};

const float: FieldKind = {
  zero: () => 0,
  read: asIs,
  write: (value) => {
    if (typeof value === 'number' && (!Number.isFinite(value) || Number.isFinite(Math.fround(value))))
      return value;
    throw Fault.of('a number of 32 bits', value);
  },
};

function integer(min: number, max: number): FieldKind {
  return {
    zero: () => 0,
    read: asIs,
    write: (value) => {
      if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value) + 0;
      throw Fault.of(`a whole number from ${min} to ${max}`, value);
    },
  };
}

const int32 = integer(-(2 ** 31), 2 ** 31 - 1);
const uint32 = integer(0, 2 ** 32 - 1);

/** How a 64-bit integer looks in JavaScript: protobuf's own field option `jstype`. */
type LongForm = 'bigint' | 'number' | 'string';

/**
 * 64-bit integers are a `bigint` unless the `.proto` says `jstype = JS_NUMBER` or `JS_STRING`; a peer without protobuf gets decimal text,
 * as in protobuf's JSON form. Written from any of the three.
 */
function long(unsigned: boolean, form: LongForm): FieldKind {
  const [min, max] = unsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const show = (value: bigint, { isPlain }: Walk): unknown => {
    if (form === 'number') {
      const number = Number(value);
      if (Number.isSafeInteger(number)) return number;
      throw new Fault(`${value} is more than a number can hold; leave out jstype = JS_NUMBER in the .proto`);
    }
    return form === 'string' || isPlain ? String(value) : value;
  };
  return {
    zero: (walk) => show(0n, walk),
    read: (raw, walk) => show(bigintOf(raw), walk),
    write: (value) => {
      const given = wholeNumber(value);
      if (given === undefined || given < min || given > max) {
        throw Fault.of(`a whole number from ${min} to ${max}`, value);
      }
      return halves(given, unsigned);
    },
  };
}

const scalars: Readonly<Record<string, FieldKind>> = {
  string: text,
  bool,
  bytes,
  double,
  float,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
};
const longs: Readonly<Record<string, boolean>> = {
  int64: false,
  sint64: false,
  sfixed64: false,
  uint64: true,
  fixed64: true,
};

/** The kind of a scalar type; `jstype` is the field's option of that name. Undefined for what is no scalar type. */
export function scalarKind(type: string, jstype?: unknown): FieldKind | undefined {
  const unsigned = longs[type];
  if (unsigned === undefined) return scalars[type];
  return long(unsigned, jstype === 'JS_NUMBER' ? 'number' : jstype === 'JS_STRING' ? 'string' : 'bigint');
}

/** Enum values are their names; numbers that the enum does not name stay numbers. */
export function enumKind(
  values: Readonly<Record<string, number>>,
  names: Readonly<Record<number, string>>,
  zero: number,
): FieldKind {
  const nameOf = (raw: unknown): unknown => (typeof raw === 'number' ? (names[raw] ?? raw) : raw);
  return {
    enumValues: values,
    zero: () => nameOf(zero),
    read: nameOf,
    write: (value) => {
      if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value];
      if (Number.isInteger(value) && (Number(value) | 0) === value) return value;
      const near = typeof value === 'string' ? closest(value, Object.keys(values)) : undefined;
      if (near !== undefined) throw Fault.of(`one of the enum's names (did you mean '${near}'?)`, value);
      throw Fault.of(`one of ${Object.keys(values).slice(0, 20).join(', ')}`, value);
    },
  };
}

/** A moment: a `Date`. What is finer than a millisecond is lost, as everywhere else. */
export const timestampKind: FieldKind = {
  zero: () => undefined,
  read: (raw) => {
    const { seconds, nanos } = timestampOf(raw);
    const date = new Date(Number(bigintOf(seconds)) * 1000 + Math.floor(nanos / 1_000_000));
    if (Number.isNaN(date.getTime())) throw new Fault('a moment that a Date cannot hold');
    return date;
  },
  write: (value) => {
    if (!types.isDate(value) || Number.isNaN(value.getTime())) throw Fault.of('a valid Date', value);
    const seconds = Math.floor(value.getTime() / 1000);
    return { seconds, nanos: (value.getTime() - seconds * 1000) * 1_000_000 };
  },
};

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(Number(value));
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

function bigintOf(raw: unknown): bigint {
  if (!isHalves(raw)) return typeof raw === 'number' ? BigInt(raw) : 0n;
  return (BigInt(raw.unsigned ? raw.high >>> 0 : raw.high) << 32n) | BigInt(raw.low >>> 0);
}

function halves(value: bigint, unsigned: boolean): Halves {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned };
}

function timestampOf(raw: unknown): { seconds: unknown; nanos: number } {
  if (typeof raw !== 'object' || raw === null) return { seconds: 0, nanos: 0 };
  const nanos: unknown = Reflect.get(raw, 'nanos');
  return { seconds: Reflect.get(raw, 'seconds'), nanos: typeof nanos === 'number' ? nanos : 0 };
}

function isHalves(raw: unknown): raw is Halves {
  return typeof raw === 'object' && raw !== null && 'low' in raw && 'high' in raw;
}
