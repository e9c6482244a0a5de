/// <reference lib="es2024.string" />
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { BadRequestError } from '../../../src/errors/index.ts';
import { closeObjects } from '../../../src/process/close-objects.ts';
import { Bytes, Timestamp, Type } from '../../../src/process/index.ts';
import { ContentValidator } from '../../../src/process/validator.ts';

const at = Type.Object({ at: Type.String() });
const unit = Type.Object({ unit: Type.Optional(Type.String()) });

/** What `value` is told. */
function complaint(schema: TSchema, value: unknown): string {
  const validator = new ContentValidator(schema);
  if (validator.check(value)) return 'fits';
  try {
    return validator.fail(value, 'content');
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequestError);
    return error instanceof Error ? error.message : '';
  }
}

describe('ContentValidator, closed objects', () => {
  test.each<[string, TSchema, readonly unknown[], readonly unknown[]]>([
    ['an object', at, [{ at: 'bow' }], [{ at: 'bow', extra: 1 }, {}, null, [], 'bow']],
    ['an empty object', Type.Object({}), [{}], [{ extra: 1 }]],
    ['an optional member', unit, [{}, { unit: 'm' }], [{ unit: 1 }, { extra: 1 }, { unit: null }]],
    [
      'an object in an object',
      Type.Object({ where: at }),
      [{ where: { at: 'bow' } }],
      [{ where: { at: 'bow', extra: 1 } }, { where: { at: 'bow' }, extra: 1 }],
    ],
    [
      'an optional object in an object',
      Type.Object({ where: Type.Optional(at) }),
      [{}, { where: { at: 'bow' } }],
      [{ where: { at: 'bow', extra: 1 } }],
    ],
    ['an array of objects', Type.Array(at), [[], [{ at: 'bow' }]], [[{ at: 'bow', extra: 1 }], [{}]]],
    [
      'a tuple of objects',
      Type.Tuple([at, Type.Number()]),
      [[{ at: 'bow' }, 1]],
      [[{ at: 'bow', extra: 1 }, 1], [{ at: 'bow' }], [{ at: 'bow' }, 1, 2]],
    ],
    [
      'a union of objects',
      Type.Union([at, Type.Object({ depth: Type.Number() }), Type.Null()]),
      [{ at: 'bow' }, { depth: 1 }, null],
      [{ at: 'bow', depth: 1 }, {}, { at: 'bow', extra: 1 }],
    ],
    [
      'an intersection, which sees all its parts’ members',
      Type.Intersect([at, unit]),
      [{ at: 'bow' }, { at: 'bow', unit: 'm' }],
      [{ at: 'bow', extra: 1 }, { unit: 'm' }],
    ],
    [
      'an intersection in an intersection',
      Type.Intersect([Type.Intersect([at, unit]), Type.Object({ depth: Type.Number() })]),
      [
        { at: 'bow', depth: 1 },
        { at: 'bow', unit: 'm', depth: 1 },
      ],
      [{ at: 'bow', depth: 1, extra: 1 }, { at: 'bow' }],
    ],
    [
      'a union in an intersection',
      Type.Intersect([
        Type.Union([at, Type.Object({ id: Type.Number() })]),
        Type.Object({ depth: Type.Number() }),
      ]),
      [
        { at: 'bow', depth: 1 },
        { id: 1, depth: 1 },
      ],
      [{ at: 'bow', depth: 1, extra: 1 }, { depth: 1 }, { at: 'bow' }],
    ],
    [
      'an intersection in a union',
      Type.Union([Type.Intersect([at, unit]), Type.Null()]),
      [null, { at: 'bow', unit: 'm' }],
      [{ at: 'bow', extra: 1 }],
    ],
    [
      'an object below an intersection',
      Type.Intersect([Type.Object({ where: at }), unit]),
      [{ where: { at: 'bow' }, unit: 'm' }],
      [{ where: { at: 'bow', extra: 1 } }],
    ],
    [
      'a record, whose keys are free and whose values are closed',
      Type.Record(Type.String(), at),
      [{}, { any: { at: 'bow' }, other: { at: 'stern' } }],
      [{ any: { at: 'bow', extra: 1 } }, { any: 1 }],
    ],
    [
      'a record of some names',
      Type.Record(Type.String({ pattern: '^a' }), Type.Number()),
      [{}, { a: 1, ab: 2 }],
      [{ b: 1 }, { a: 'x' }, { a: 1, b: 'x' }],
    ],
    [
      'a record, names with line breaks included',
      Type.Record(Type.String(), Type.Number()),
      [{ 'a\nb': 1 }],
      [{ 'a\nb': 'x' }],
    ],
    [
      'explicit additionalProperties: true',
      Type.Object({ at: Type.String() }, { additionalProperties: true }),
      [{ at: 'bow', extra: 1 }],
      [{ extra: 1 }],
    ],
    [
      'explicit additionalProperties of a schema, which is closed itself',
      Type.Object({ at: Type.String() }, { additionalProperties: unit }),
      [{ at: 'bow', more: { unit: 'm' } }],
      [
        { at: 'bow', more: { extra: 1 } },
        { at: 'bow', more: 1 },
      ],
    ],
    ['anything at all', Type.Unknown(), [null, 1, { extra: 1 }], []],
    [
      'a recursive object',
      Type.Cyclic(
        { Node: Type.Object({ id: Type.Number(), next: Type.Optional(Type.Ref('Node')) }) },
        'Node',
      ),
      [{ id: 1 }, { id: 1, next: { id: 2 } }],
      [
        { id: 1, extra: 1 },
        { id: 1, next: { id: 2, extra: 1 } },
      ],
    ],
  ])('%s', (_name, schema, fitting, refused) => {
    const validator = new ContentValidator(schema);
    for (const value of fitting) expect([value, validator.check(value)]).toEqual([value, true]);
    for (const value of refused) expect([value, validator.check(value)]).toEqual([value, false]);
  });

  test('what the open schema takes and closes over, and only that, is taken: any objects of known members', () => {
    const names = ['a', 'b', 'c', 'd'] as const;
    const part = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 });
    const schemaOf = (members: readonly string[]) =>
      Type.Object(Object.fromEntries(members.map((name) => [name, Type.Optional(Type.Number())])));
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 3 }),
        part,
        fc.constantFrom('object', 'intersect', 'union'),
        (parts, given, kind) => {
          const schemas = parts.map(schemaOf);
          const first = parts[0] ?? [];
          const schema =
            kind === 'object'
              ? schemaOf(first)
              : kind === 'intersect'
                ? Type.Intersect(schemas)
                : Type.Union(schemas);
          const value = Object.fromEntries(given.map((name) => [name, 1]));
          const isKnown = (members: readonly string[]) => given.every((name) => members.includes(name));
          const expected =
            kind === 'object'
              ? isKnown(first)
              : kind === 'intersect'
                ? isKnown(parts.flat())
                : parts.some(isKnown);
          expect(new ContentValidator(schema).check(value)).toBe(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('closeObjects() leaves the schema that it was given alone', () => {
    const schema = Type.Object({ list: Type.Array(at), both: Type.Intersect([at, unit]) });
    const before = JSON.stringify(schema);
    const closed = closeObjects(schema);
    expect(JSON.stringify(schema)).toBe(before);
    expect(JSON.stringify(closed)).not.toBe(before);
    expect(JSON.stringify(closeObjects(closed))).toBe(JSON.stringify(closed));
  });
});

describe('ContentValidator, maps', () => {
  test('bytes and moments are no objects, although TypeBox takes them for some', () => {
    const open = [Type.Object({}), unit, Type.Record(Type.String(), Type.Unknown()), Type.Partial(at)];
    for (const schema of open) {
      const validator = new ContentValidator(schema);
      expect(validator.check({})).toBe(true);
      for (const value of [new Date(0), new Uint8Array(0), Uint8Array.of(1)]) {
        expect([value, validator.check(value)]).toEqual([value, false]);
      }
    }
  });
});

describe('ContentValidator#fail()', () => {
  test.each<[TSchema, unknown, string]>([
    [Type.String(), 7, 'content: expected string, found number 7'],
    [Type.Null(), undefined, 'content: expected null, found nothing'],
    [Type.Number(), null, 'content: expected number, found null'],
    [at, { at: 7 }, 'content.at: expected string, found number 7'],
    [at, {}, 'content.at: expected string, found nothing'],
    [at, [1, 2], 'content: expected object {at}, found an array of 2'],
    [at, { at: 'bow', extra: 1 }, 'content.extra: expected no such member, found number 1'],
    [Type.Array(at), [{ at: 'bow' }, { at: true }], 'content[1].at: expected string, found boolean true'],
    [
      Type.Object({ where: at }),
      { where: { at: 'x', deep: 1 } },
      'content.where.deep: expected no such member, found number 1',
    ],
    [
      Type.Object({ 'a/b~c': Type.Number() }),
      { 'a/b~c': 'x' },
      'content["a/b~c"]: expected number, found string "x"',
    ],
    [Type.String(), Uint8Array.of(1, 2), 'content: expected string, found 2 bytes'],
    [Type.Number(), new Date(0), 'content: expected number, found date 1970-01-01T00:00:00.000Z'],
    [Type.Integer({ minimum: 1 }), 1.5, 'content: expected integer of at least 1, found number 1.5'],
    [
      Type.String({ minLength: 3 }),
      'ab',
      'content: expected string of at least 3 characters, found string "ab"',
    ],
    [
      Type.Object({
        items: Type.Array(Type.Object({ count: Type.Integer() })),
      }),
      { items: [{ count: 1 }, { count: 2 }, { count: 3 }, { count: 'four' }] },
      'content.items[3].count: expected integer, found string "four"',
    ],
    [
      Type.Refine(
        Type.String(),
        () => false,
        () => 'a name of ours',
      ),
      'x',
      'content: expected a name of ours, found string "x"',
    ],
  ])('%p of %p: %s', (schema, value, text) => {
    expect(complaint(schema, value)).toBe(text);
  });

  test('of alternatives it tells the one that was meant, if that can be told', () => {
    const shape = Type.Union([
      Type.Object({ kind: Type.Literal('circle'), radius: Type.Number() }),
      Type.Object({ kind: Type.Literal('square'), side: Type.Number() }),
      Type.Null(),
    ]);
    expect(complaint(shape, { kind: 'square', side: 'x' })).toBe(
      'content.side: expected number, found string "x"',
    );
    expect(complaint(Type.Array(shape), [null, { kind: 'circle' }])).toBe(
      'content[1].radius: expected number, found nothing',
    );
    expect(complaint(shape, { kind: 'star' })).toBe(
      'content: expected object {kind, radius} or object {kind, side} or null, found an object with 1 member',
    );
    const names = Type.Union(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => Type.Literal(name)));
    expect(complaint(names, 'x')).toMatch(
      /^content: expected "a" or "b" or "c" or "d" or "e" or "f" or 3 more, found string "x"/,
    );
  });

  test('tells how many other places do not fit', () => {
    const three = Type.Object({ a: Type.Number(), b: Type.Number(), c: Type.Number() });
    expect(complaint(three, { a: 1, b: 'x', c: 'y' })).toBe(
      'content.b: expected number, found string "x" (and 1 more)',
    );
    expect(complaint(three, {})).toBe('content.a: expected number, found nothing (and 2 more)');
    expect(
      complaint(
        Type.Array(Type.Number()),
        Array.from({ length: 50 }, () => 'x'),
      ),
    ).toBe('content[0]: expected number, found string "x" (and 7 or more others)');
  });

  test('names a member that an intersection does not know', () => {
    expect(complaint(Type.Intersect([at, unit]), { at: 'bow', extra: 1 })).toBe(
      'content.extra: expected no such member, found number 1',
    );
  });

  test('is short, whatever was sent', () => {
    const text = complaint(Type.Number(), 'x'.repeat(1_000_000));
    expect(text).toMatch(/^content: expected number, found string "x{60,80}…$/);
    const key = 'k'.repeat(1_000_000);
    const record = Type.Record(Type.String(), Type.Number());
    expect(complaint(record, { [key]: 'x' }).length).toBeLessThan(400);
    expect(complaint(at, { at: 'bow', [key]: 'x' }).length).toBeLessThan(400);
    const many = Type.Union(
      Array.from({ length: 500 }, (_, index) => Type.Literal(`${index}${key.slice(0, 1000)}`)),
    );
    expect(complaint(many, 0).length).toBeLessThan(400);
  });

  test('tells programs where, what was expected and what was found, in details', () => {
    const validator = new ContentValidator(at);
    expect(validator.check({ at: 7 })).toBe(false);
    try {
      validator.fail({ at: 7 }, 'result');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'BadRequest',
        message: 'result.at: expected string, found number 7',
        details: { path: 'result.at', expected: 'string', found: 'number 7' },
      });
    }
    expect.assertions(2);
  });

  test('names a place inside the value, whatever is wrong with it', () => {
    const item = Type.Object({ count: Type.Integer(), name: Type.Optional(Type.String()) });
    const schema = Type.Object({ items: Type.Array(item), note: Type.Optional(Type.Null()) });
    const wrong = fc.constantFrom<unknown>(null, 'x', 1.5, true, [], {});
    fc.assert(
      fc.property(
        fc.array(fc.record({ count: fc.integer(), name: fc.string() }), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.constantFrom('count', 'name'),
        wrong,
        (items, at, member, value) => {
          const index = at % items.length;
          const changed = items.map((one, other) => (other === index ? { ...one, [member]: value } : one));
          fc.pre(!(member === 'name' && value === 'x'));
          const text = complaint(schema, { items: changed });
          const expected = member === 'count' ? 'integer' : 'string';
          expect(text).toBe(
            `content.items[${index}].${member}: expected ${expected}, found ${text.split(', found ')[1]}`,
          );
        },
      ),
    );
  });

  test('always finds words, few ones, whatever does not fit', () => {
    const schemas = [
      at,
      Type.Union([at, unit]),
      Type.Intersect([at, unit]),
      Type.Tuple([Type.Number()]),
      Type.Never(),
      Bytes({ maxLength: 3 }),
      Type.Object({
        when: Timestamp(),
        all: Type.Array(Type.Union([Bytes(), Type.Integer({ minimum: 3 })])),
      }),
      Type.Record(Type.String({ pattern: '^a' }), Type.Number()),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...schemas),
        fc.anything({ withDate: true, withTypedArray: true }),
        (schema, value) => {
          const text = complaint(schema, value);
          expect(text).toMatch(/^fits$|^content.*: expected .+, found ./s);
          expect(text.length).toBeLessThan(900);
          expect(text.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
