import { describe, expect, test } from '@jest/globals';
import { type Static, Type } from 'typebox';
import { BadRequestError } from '../../../src/errors/index.ts';
import { Bytes, Timestamp } from '../../../src/process/index.ts';
import { describeSchema } from '../../../src/process/schema-description.ts';
import { ContentValidator } from '../../../src/process/validator.ts';

const bytes = Uint8Array.of(1, 2, 3);
const moment = new Date('2026-01-31T12:00:00Z');

describe('Bytes() and Timestamp()', () => {
  test.each<[string, object, readonly unknown[], readonly unknown[]]>([
    [
      'Bytes()',
      Bytes(),
      [bytes, new Uint8Array(0), Buffer.from('x')],
      [null, 'AQID', [1, 2], {}, moment, new Uint16Array(1)],
    ],
    [
      'limited Bytes()',
      Bytes({ minLength: 1, maxLength: 3 }),
      [bytes],
      [new Uint8Array(0), new Uint8Array(4)],
    ],
    [
      'Timestamp()',
      Timestamp(),
      [moment, new Date(0)],
      [null, moment.toISOString(), 0, {}, bytes, new Date(Number.NaN)],
    ],
    [
      'members',
      Type.Object({ image: Bytes(), at: Type.Optional(Timestamp()) }),
      [{ image: bytes }, { image: bytes, at: moment }],
      [{}, { image: 'x' }, { image: bytes, at: 0 }, { image: moment }],
    ],
    ['items', Type.Array(Timestamp()), [[], [moment]], [[moment, bytes], [null]]],
    ['tuples', Type.Tuple([Bytes(), Timestamp()]), [[bytes, moment]], [[moment, bytes]]],
    ['alternatives', Type.Union([Bytes(), Timestamp(), Type.Null()]), [bytes, moment, null], ['x', {}]],
    ['records', Type.Record(Type.String(), Bytes()), [{}, { a: bytes }], [{ a: moment }]],
    [
      'intersections',
      Type.Intersect([Type.Object({ a: Bytes() }), Type.Object({ b: Timestamp() })]),
      [{ a: bytes, b: moment }],
      [{ a: moment, b: moment }],
    ],
    [
      'what TypeBox makes of an object',
      Type.Partial(Type.Pick(Type.Object({ a: Bytes(), b: Timestamp() }), ['a'])),
      [{}, { a: bytes }],
      [{ a: 1 }, { b: moment }],
    ],
  ])('%s', (_name, schema, fitting, refused) => {
    const validator = new ContentValidator(schema);
    for (const value of fitting) expect([value, validator.check(value)]).toEqual([value, true]);
    for (const value of refused) expect([value, validator.check(value)]).toEqual([value, false]);
  });

  test('are described by what a message says of them', () => {
    const tell = (schema: object, value: unknown) => {
      const validator = new ContentValidator(schema);
      expect(validator.check(value)).toBe(false);
      return validator.explain(value, 'content');
    };
    expect(tell(Bytes({ maxLength: 2 }), bytes)).toMatchObject({
      expected: 'bytes of at most 2',
      found: '3 bytes',
    });
    expect(tell(Timestamp(), 'noon')).toMatchObject({ expected: 'date', found: 'string "noon"' });
    expect(tell(Timestamp(), new Date(Number.NaN))).toMatchObject({ found: 'an invalid date' });
  });

  test('are marked in JSON', () => {
    const schema = Type.Object({
      image: Bytes({ maxLength: 9, description: 'PNG' }),
      at: Type.Optional(Timestamp()),
    });
    expect(describeSchema(schema)).toEqual({
      type: 'object',
      required: ['image'],
      properties: { image: { $bytes: { maxLength: 9 }, description: 'PNG' }, at: { $date: {} } },
    });
  });

  test.each([{ minLength: -1 }, { maxLength: 1.5 }, { maxLength: Number.POSITIVE_INFINITY }])(
    'Bytes(%p) is refused',
    (options) => {
      expect(() => Bytes(options)).toThrow(BadRequestError);
    },
  );

  test('have the types of what they take', () => {
    const schema = Type.Object({ image: Bytes(), at: Type.Optional(Timestamp()) });
    const value: Static<typeof schema> = { image: bytes };
    const image: Uint8Array = value.image;
    const at: Date | undefined = value.at;
    expect([image, at]).toEqual([bytes, undefined]);
  });
});
