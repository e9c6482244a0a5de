import fc from 'fast-check';
import { type TSchema, Type } from 'typebox';
import { Bytes, Timestamp } from '../../../src/process/index.ts';

/** A schema, and values that it takes (nearly always: the validator has the last word). */
export interface Sample {
  readonly schema: TSchema;
  readonly values: fc.Arbitrary<unknown>;
}

const names = ['a', 'b', 'c'] as const;

const small = fc.integer({ min: -3, max: 6 });
/** Two limits in order, each of which may be missing. */
const limits = (least: number, most: number) =>
  fc
    .tuple(fc.option(fc.integer({ min: least, max: most })), fc.option(fc.integer({ min: least, max: most })))
    .map(([a, b]) => (a !== null && b !== null && a > b ? [b, a] : [a, b]));

function given(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

const leaves: fc.Arbitrary<Sample> = fc.oneof(
  limits(0, 4).map(([minLength, maxLength]) => ({
    schema: Type.String(given({ minLength, maxLength })),
    values: fc.string({ minLength: minLength ?? 0, maxLength: maxLength ?? 6 }),
  })),
  fc.constantFrom('^a', '^[ab]*$').map((pattern) => ({
    schema: Type.String({ pattern }),
    values: fc.stringMatching(/^a[ab]{0,3}$/),
  })),
  fc
    .tuple(limits(-3, 6), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([[low, high], isInteger, openLow, openHigh]) => {
      const options = given({
        [openLow ? 'exclusiveMinimum' : 'minimum']: low,
        [openHigh ? 'exclusiveMaximum' : 'maximum']: high,
      });
      return {
        schema: isInteger ? Type.Integer(options) : Type.Number(options),
        values: isInteger ? small : fc.oneof(small, fc.double({ min: -4, max: 7, noNaN: true })),
      };
    }),
  fc.constantFrom(2, 3, 4).map((multipleOf) => ({
    schema: Type.Integer({ multipleOf }),
    values: small.map((value) => value * multipleOf),
  })),
  limits(0, 3).map(([minLength, maxLength]) => ({
    schema: Bytes(given({ minLength, maxLength })),
    values: fc.uint8Array({ minLength: minLength ?? 0, maxLength: maxLength ?? 5 }),
  })),
  fc.constantFrom<Sample>(
    { schema: Type.Boolean(), values: fc.boolean() },
    { schema: Type.Null(), values: fc.constant(null) },
    { schema: Timestamp(), values: fc.date({ noInvalidDate: true }) },
    {
      schema: Type.Unknown(),
      values: fc.oneof(small, fc.string(), fc.constant(null), fc.constant({ a: 1 })),
    },
    { schema: Type.Never(), values: fc.constant(undefined) },
    { schema: Type.Enum(['a', 'b']), values: fc.constantFrom('a', 'b') },
  ),
  fc
    .constantFrom('a', 'bb', 'abcd', 0, 2, true, false)
    .map((value) => ({ schema: Type.Literal(value), values: fc.constant(value) })),
);

/** Schemas of every kind that contracts are made of, a few levels deep, with their values. */
export const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample; object: Sample }>((tie) => ({
  object: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names), fc.tuple(tie('sample'), fc.boolean()), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.constantFrom('closed', 'closed', 'closed', 'open', 'further'),
      tie('sample'),
    )
    .map(([members, kind, further]) => {
      const entries = Object.entries(members);
      const properties = Object.fromEntries(
        entries.map(([name, [{ schema }, isOptional]]) => [
          name,
          isOptional ? Type.Optional(schema) : schema,
        ]),
      );
      const required = entries.filter(([, [, isOptional]]) => !isOptional).map(([name]) => name);
      const own = fc.record(Object.fromEntries(entries.map(([name, [{ values }]]) => [name, values])), {
        requiredKeys: required,
        noNullPrototype: true,
      });
      if (kind === 'closed') return { schema: Type.Object(properties), values: own };
      const extra = fc.dictionary(
        fc.constantFrom(...names, 'd'),
        kind === 'open' ? fc.oneof(small, fc.string()) : further.values,
        { maxKeys: 2, noNullPrototype: true },
      );
      return {
        schema: Type.Object(properties, { additionalProperties: kind === 'open' ? true : further.schema }),
        values: fc.tuple(extra, own).map(([more, all]) => ({ ...more, ...all })),
      };
    }),
  sample: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaves,
    tie('object'),
    fc
      .tuple(tie('sample'), limits(0, 3), fc.boolean())
      .map(([{ schema, values }, [min, max], uniqueItems]) => ({
        schema: Type.Array(schema, {
          ...given({ minItems: min, maxItems: max }),
          ...(uniqueItems && { uniqueItems }),
        }),
        values: fc.array(values, { minLength: min ?? 0, maxLength: max ?? 4 }),
      })),
    fc.array(tie('sample'), { maxLength: 3 }).map((parts) => ({
      schema: Type.Tuple(parts.map(({ schema }) => schema)),
      values: fc.tuple(...parts.map(({ values }) => values)),
    })),
    fc.array(tie('sample'), { minLength: 1, maxLength: 3 }).map((parts) => ({
      schema: Type.Union(parts.map(({ schema }) => schema)),
      values: fc.oneof(...parts.map(({ values }) => values)),
    })),
    fc.tuple(tie('object'), tie('object')).map(([one, other]) => ({
      schema: Type.Intersect([one.schema, other.schema]),
      values: fc.tuple(one.values, other.values).map((both) => Object.assign({}, ...both)),
    })),
    tie('sample').map(({ schema, values }) => ({
      schema: Type.Record(Type.String(), schema),
      values: fc.dictionary(fc.constantFrom(...names, 'd'), values, { maxKeys: 3, noNullPrototype: true }),
    })),
    fc.tuple(tie('sample'), fc.boolean()).map(([{ schema, values }, isOptional]) => ({
      schema: Type.Cyclic(
        {
          Node: Type.Object({
            a: schema,
            next: isOptional ? Type.Optional(Type.Ref('Node')) : Type.Union([Type.Ref('Node'), Type.Null()]),
          }),
        },
        'Node',
      ),
      values: fc
        .tuple(values, values)
        .map(([a, b]) => (isOptional ? { a, next: { a: b } } : { a, next: { a: b, next: null } })),
    })),
  ),
})).sample;

/** A schema that is another one with one thing changed somewhere, or nothing. */
export function changedSchema(schema: unknown, choose: (count: number) => number): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  const spots = Object.keys(schema);
  const copy: Record<string, unknown> = Object.create(
    Object.getPrototypeOf(schema),
    Object.getOwnPropertyDescriptors(schema),
  );
  const spot = spots[choose(spots.length)];
  if (spot === undefined) return copy;
  const value = copy[spot];
  if (spot === 'required' && Array.isArray(value)) {
    copy[spot] = value.slice(1);
  } else if (typeof value === 'number') {
    copy[spot] = Math.max(0, value + (choose(2) === 0 ? 1 : -1));
  } else if (Array.isArray(value) && value.length > 0 && choose(3) === 0) {
    copy[spot] = value.slice(0, -1);
  } else if (Array.isArray(value)) {
    const at = choose(value.length);
    copy[spot] = value.map((part, index) => (index === at ? changedSchema(part, choose) : part));
  } else if (typeof value === 'object') {
    copy[spot] = changedSchema(value, choose);
  } else if (spot === 'type' && value === 'integer') {
    copy[spot] = 'number';
  } else if (spot !== 'type' && spot !== '$ref' && spot !== '$id') {
    delete copy[spot];
  }
  return copy;
}
