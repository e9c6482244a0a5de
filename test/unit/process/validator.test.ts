import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { BadRequestError } from '../../../src/errors/index.ts';
import { Type } from '../../../src/process/index.ts';
import { ContentValidator, closeObjects } from '../../../src/process/validator.ts';

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

describe('ContentValidator#fail()', () => {
  test.each<[TSchema, unknown, string]>([
    [Type.String(), 7, 'content must be string; found number 7'],
    [Type.Null(), undefined, 'content must be null; found undefined'],
    [Type.Number(), null, 'content must be number; found null'],
    [at, { at: 7 }, 'content/at must be string; found number 7'],
    [at, {}, "content must have required properties at ('at'); found an object with 0 members"],
    [at, [1, 2], 'content must be object; found an array of 2'],
    [
      at,
      { at: 'bow', extra: 1 },
      "content must not have additional properties ('extra'); found an object with 2 members",
    ],
    [Type.Array(at), [{ at: 'bow' }, { at: true }], 'content/1/at must be string; found boolean true'],
    [
      Type.Object({ where: at }),
      { where: { at: 'x', deep: 1 } },
      "content/where must not have additional properties ('deep'); found an object with 2 members",
    ],
    [
      Type.Object({ 'a/b~c': Type.Number() }),
      { 'a/b~c': 'x' },
      'content/a~1b~0c must be number; found string "x"',
    ],
    [Type.String(), Uint8Array.of(1, 2), 'content must be string; found 2 bytes'],
    [Type.Integer(), 1.5, 'content must be integer; found number 1.5'],
    [Type.String({ minLength: 3 }), 'ab', 'content must not have fewer than 3 characters; found string "ab"'],
  ])('%p of %p: %s', (schema, value, text) => {
    expect(complaint(schema, value)).toBe(text);
  });

  test('names a member that an intersection does not know', () => {
    expect(complaint(Type.Intersect([at, unit]), { at: 'bow', extra: 1 })).toMatch(
      /^content must not have unevaluated properties.*\('extra'\); found an object with 2 members$/,
    );
  });

  test('shortens what was found', () => {
    const text = complaint(Type.Number(), 'x'.repeat(10_000));
    expect(text).toMatch(/^content must be number; found string "x{50,60}…$/);
  });

  test('tells programs where and what, in details', () => {
    const validator = new ContentValidator(at);
    expect(validator.check({ at: 7 })).toBe(false);
    try {
      validator.fail({ at: 7 }, 'result');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'BadRequest',
        message: expect.stringMatching(/^result\/at /),
        details: { path: '/at', expected: 'must be string' },
      });
    }
    expect.assertions(2);
  });

  test('always finds words, whatever does not fit', () => {
    const schemas = [
      at,
      Type.Union([at, unit]),
      Type.Intersect([at, unit]),
      Type.Tuple([Type.Number()]),
      Type.Never(),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...schemas), fc.jsonValue(), (schema, value) => {
        expect(complaint(schema, value)).toMatch(/^fits$|^content.*; found ./s);
      }),
      { numRuns: 300 },
    );
  });
});
