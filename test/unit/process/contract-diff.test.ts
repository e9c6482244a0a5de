import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import {
  Bytes,
  contractDescription,
  contractDiff,
  defineService,
  isContractDescription,
  isMajorRaised,
  type Operation,
  operation,
  Timestamp,
  Type,
} from '../../../src/process/index.ts';
import { ContentValidator } from '../../../src/process/validator.ts';
import { changedSchema, samples } from './schema-arbitraries.ts';

const shop = (operations: Record<string, Operation>, version = '1.0.0') =>
  defineService({ name: 'shop', version, operations });
const taking = (content: TSchema & object) => shop({ buy: operation({ content }) });

/** What is told of a change from one operation to another. */
function told(a: Operation, b: Operation): readonly string[] {
  return contractDiff(shop({ buy: a }), shop({ buy: b }, '1.1.0')).map(
    ({ operation, path, kind, breaking, text }) =>
      `${breaking ? 'BREAKING ' : ''}${kind} ${operation} ${path}: ${text}`,
  );
}

const item = { item: Type.String() };

describe('contractDiff() of content', () => {
  test('a member more that may be left out is no break, and said', () => {
    const a = operation({ content: Type.Object(item) });
    const b = operation({ content: Type.Object({ ...item, note: Type.Optional(Type.String()) }) });
    expect(told(a, b)).toEqual([
      'content-widened buy content.note: callers of 1.1.0 may send string, 1.0.0 takes nothing',
    ]);
    expect(told(b, a)).toEqual([
      'BREAKING content-narrowed buy content.note: callers of 1.0.0 may send string, 1.1.0 takes nothing',
    ]);
  });

  test('a member more that must be there breaks', () => {
    const a = operation({ content: Type.Object(item) });
    const b = operation({ content: Type.Object({ ...item, count: Type.Integer() }) });
    expect(told(a, b)).toEqual([
      'BREAKING content-narrowed buy content.count: callers of 1.0.0 may send nothing, 1.1.0 takes integer',
    ]);
  });

  test('places are named to the last item', () => {
    const list = (count: TSchema) =>
      operation({ content: Type.Object({ items: Type.Array(Type.Object({ count })) }) });
    expect(told(list(Type.Number()), list(Type.Integer({ minimum: 1 })))).toEqual([
      'BREAKING content-narrowed buy content.items[].count: callers of 1.0.0 may send number, 1.1.0 takes integer of at least 1',
    ]);
  });

  test('of one version, sides are called older and newer', () => {
    const [a, b] = [taking(Type.String()), taking(Type.Number())];
    expect(contractDiff(a, b)[0]?.text).toBe(
      'callers of the older 1.0.0 may send string, the newer 1.0.0 takes number',
    );
  });
});

const yes: readonly [string, TSchema, TSchema][] = [
  ['the same', Type.Object(item), Type.Object(item)],
  ['titles and defaults', Type.String({ title: 'a', default: 'x' }), Type.String({ description: 'b' })],
  ['a wider limit', Type.String({ maxLength: 3 }), Type.String({ maxLength: 4 })],
  ['integer to number', Type.Integer(), Type.Number()],
  [
    'whole numbers above 0 to at least 1',
    Type.Integer({ exclusiveMinimum: 0 }),
    Type.Integer({ minimum: 1 }),
  ],
  ['multiples of 4 to multiples of 2', Type.Integer({ multipleOf: 4 }), Type.Integer({ multipleOf: 2 })],
  [
    'one alternative more',
    Type.Union([Type.String(), Type.Null()]),
    Type.Union([Type.Null(), Type.Number(), Type.String()]),
  ],
  ['alternatives to an enum', Type.Union([Type.Literal('a'), Type.Literal('b')]), Type.Enum(['a', 'b', 'c'])],
  ['a literal to its kind', Type.Literal('abc'), Type.String({ minLength: 3 })],
  ['boolean to its literals', Type.Boolean(), Type.Union([Type.Literal(true), Type.Literal(false)])],
  ['less must be there', Type.Object(item), Type.Object({ item: Type.Optional(Type.String()) })],
  ['an object to a record', Type.Object(item), Type.Record(Type.String(), Type.String())],
  [
    'an intersection to one object',
    Type.Intersect([Type.Object(item), Type.Object({ a: Type.Null() })]),
    Type.Object({ a: Type.Null(), ...item }),
  ],
  [
    'a tuple to an array',
    Type.Tuple([Type.String(), Type.String()]),
    Type.Array(Type.String(), { minItems: 2 }),
  ],
  ['smaller bytes', Bytes({ maxLength: 3 }), Bytes()],
  ['anything', Timestamp(), Type.Unknown()],
  ['nothing', Type.Never(), Timestamp()],
  [
    'a recursive object of wider members',
    Type.Cyclic({ Node: Type.Object({ id: Type.Integer(), next: Type.Optional(Type.Ref('Node')) }) }, 'Node'),
    Type.Cyclic(
      { Other: Type.Object({ id: Type.Number(), next: Type.Optional(Type.Ref('Other')) }) },
      'Other',
    ),
  ],
];
function cyclic(id: TSchema): TSchema {
  return Type.Cyclic({ Node: Type.Object({ id, next: Type.Optional(Type.Ref('Node')) }) }, 'Node');
}
const no: readonly [string, TSchema, TSchema][] = [
  ['another kind', Type.String(), Type.Number()],
  ['a narrower limit', Type.Array(Type.Null(), { maxItems: 4 }), Type.Array(Type.Null(), { maxItems: 3 })],
  ['another pattern', Type.String({ pattern: 'a' }), Type.String({ pattern: 'b' })],
  ['one alternative less', Type.Union([Type.String(), Type.Null()]), Type.String()],
  ['number to boolean alternatives', Type.Boolean(), Type.Union([Type.Literal(true), Type.Null()])],
  ['bytes to text', Bytes(), Type.String()],
  ['bytes to an empty map', Bytes(), Type.Object({})],
  ['a moment to bytes', Timestamp(), Bytes()],
  ['an open object to a closed one', Type.Object(item, { additionalProperties: true }), Type.Object(item)],
  [
    'a record to an object',
    Type.Record(Type.String(), Type.String()),
    Type.Object({ item: Type.Optional(Type.String()) }),
  ],
  ['the limit itself', Type.Number({ minimum: 1 }), Type.Number({ exclusiveMinimum: 1 })],
  ['duplicates', Type.Array(Type.Null()), Type.Array(Type.Null(), { uniqueItems: true })],
  [
    'values of a record of some names',
    Type.Record(Type.String({ pattern: '^a' }), Type.Number()),
    Type.Record(Type.String({ pattern: '^a' }), Type.Integer()),
  ],
  [
    'names of a record',
    Type.Record(Type.String({ pattern: '^a' }), Type.Number()),
    Type.Record(Type.String({ pattern: '^b' }), Type.Number()),
  ],
  [
    'a member that both parts of an intersection have',
    Type.Object({ item: Type.String() }),
    Type.Intersect([Type.Object({ item: Type.Number() }), Type.Object(item)]),
  ],
  [
    'what no alternative takes, although the same is compared with each',
    Type.Cyclic(
      { Deep: Type.Object({ v: Type.Number() }), Top: Type.Object({ x: Type.Ref('Deep') }) },
      'Top',
    ),
    Type.Cyclic(
      {
        Deep: Type.Object({ v: Type.Integer() }),
        Top: Type.Union([
          Type.Object({ x: Type.Ref('Deep'), y: Type.Optional(Type.Null()) }),
          Type.Object({ x: Type.Ref('Deep') }),
        ]),
      },
      'Top',
    ),
  ],
  [
    'two definitions of one name, which TypeBox mixes up',
    Type.Tuple([cyclic(Type.Integer()), cyclic(Type.String())]),
    Type.Tuple([cyclic(Type.Number()), cyclic(Type.String())]),
  ],
  ['a check of its own', Type.String(), Type.Refine(Type.String(), () => true)],
  [
    'a recursive object of narrower members',
    Type.Cyclic({ Node: Type.Object({ id: Type.Number(), next: Type.Optional(Type.Ref('Node')) }) }, 'Node'),
    Type.Cyclic({ Node: Type.Object({ id: Type.Integer(), next: Type.Optional(Type.Ref('Node')) }) }, 'Node'),
  ],
];

describe('contractDiff() of two schemas', () => {
  const isBreaking = (a: TSchema, b: TSchema) =>
    contractDiff(taking(a), taking(b)).some(({ breaking }) => breaking);

  test.each(yes)('%s is no break', (_name, a, b) => {
    expect(isBreaking(a, b)).toBe(false);
  });

  test.each(no)('%s breaks', (_name, a, b) => {
    expect(isBreaking(a, b)).toBe(true);
  });

  test('what is not told as breaking does not break: old content is taken, new results are taken', () => {
    fc.assert(
      fc.property(
        samples,
        samples,
        fc.option(fc.array(fc.nat({ max: 5 }), { minLength: 12, maxLength: 12 }), { freq: 6 }),
        fc.gen(),
        (a, other, changes, generate) => {
          let used = 0;
          const choose = (count: number) => (count === 0 ? 0 : (changes?.[used++ % 12] ?? 0) % count);
          const b = changes === null ? other.schema : (changedSchema(a.schema, choose) as TSchema);
          const takesA = new ContentValidator(a.schema);
          const takesB = new ContentValidator(b);
          const [forth, back] = [!isBreaking(a.schema, b), !isBreaking(b, a.schema)];
          const values = Array.from({ length: 4 }, () => generate(() => a.values));
          for (const value of values) {
            const [isOfA, isOfB] = [takesA.check(value), takesB.check(value)];
            if (forth && isOfA) expect([value, 'B', isOfB]).toEqual([value, 'B', true]);
            if (back && isOfB) expect([value, 'A', isOfA]).toEqual([value, 'A', true]);
          }
          const answers = contractDiff(
            shop({ buy: operation({ result: b }) }),
            shop({ buy: operation({ result: a.schema }) }),
          );
          expect(answers.some(({ breaking }) => breaking)).toBe(!forth);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('nothing breaks between a schema and itself', () => {
    fc.assert(
      fc.property(samples, ({ schema }) => {
        const copy = JSON.parse(JSON.stringify(contractDescription(taking(schema))));
        expect(isContractDescription(copy)).toBe(true);
        expect(contractDiff(taking(schema), copy)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('does not hang on a description that is made to', () => {
    const deep = (depth: number, leaf: object): object =>
      depth === 0
        ? leaf
        : { anyOf: Array.from({ length: 4 }, () => ({ type: 'array', items: deep(depth - 1, leaf) })) };
    const [a, b] = [deep(6, { type: 'string' }), deep(6, { type: 'number' })];
    expect(isBreaking(a, b)).toBe(true);
  });
});

describe('contractDiff() of everything else', () => {
  const plain = operation({ result: Type.Number() });

  test('operations', () => {
    const [a, b] = [shop({ buy: plain }), shop({ sell: plain }, '1.1.0')];
    expect(contractDiff(a, b)).toEqual([
      {
        operation: 'buy',
        path: '',
        kind: 'operation-removed',
        breaking: true,
        text: 'operation removed; callers of 1.0.0 get NotFound',
      },
      {
        operation: 'sell',
        path: '',
        kind: 'operation-added',
        breaking: false,
        text: 'operation added; instances of 1.0.0 answer NotFound',
      },
    ]);
  });

  test('results: more than callers take breaks, less is said', () => {
    const wide = operation({ result: Type.Union([Type.Number(), Type.Null()]) });
    expect(told(plain, wide)).toEqual([
      'BREAKING result-widened buy result: 1.1.0 may answer null, callers of 1.0.0 take number',
    ]);
    expect(told(wide, plain)).toEqual([
      'result-narrowed buy result: 1.0.0 may answer null, callers of 1.1.0 take number',
    ]);
  });

  test('errors: only wider data breaks', () => {
    const failing = (left: TSchema) =>
      operation({ result: Type.Number(), errors: { Gone: Type.Object({ left }) } });
    expect(told(plain, failing(Type.Integer()))).toEqual([
      'error-added buy errors.Gone: error added; callers of 1.0.0 get it as RemoteError',
    ]);
    expect(told(failing(Type.Integer()), plain)).toEqual(['error-removed buy errors.Gone: error removed']);
    expect(told(failing(Type.Integer()), failing(Type.Number()))).toEqual([
      'BREAKING error-widened buy errors.Gone.left: 1.1.0 may answer number, callers of 1.0.0 take integer',
    ]);
    expect(told(failing(Type.Number()), failing(Type.Integer()))[0]).toMatch(
      /^error-narrowed buy errors\.Gone\.left/,
    );
  });

  test('how it is run: what callers rely on breaks when it goes', () => {
    const relied = operation({ idempotent: true, reentrant: true, concurrency: 2, timeoutMs: 5 });
    expect(told(relied, operation({ reply: 'stream' }))).toEqual([
      'BREAKING reply buy : the reply was single, it is stream',
      'BREAKING idempotent buy : no longer idempotent; callers of 1.0.0 send it again after a lost connection',
      'BREAKING reentrant buy : no longer reentrant; calls that come back to it end in Deadlock',
      'concurrency buy : concurrency was 2, it is the default',
      'timeout buy : timeoutMs was 5, it is the default',
    ]);
    expect(
      contractDiff(shop({ buy: operation() }), shop({ buy: relied })).every(({ breaking }) => !breaking),
    ).toBe(true);
  });

  test('an encoding: members more or less are skipped there, other types are not', () => {
    const encoded = (result: TSchema & object, encoding?: string) => {
      const { name, version, operations } = contractDescription(shop({ buy: operation({ result }) }));
      const { buy } = operations;
      if (buy === undefined) throw new Error('no operation');
      return { name, version, operations: { buy: { ...buy, ...(encoding && { encoding }) } } };
    };
    const [few, more] = [Type.Object({}), Type.Object({ depth: Type.Optional(Type.Number()) })];
    const other = Type.Object({ depth: Type.Optional(Type.String()) });
    const breaks = (a: ReturnType<typeof encoded>, b: ReturnType<typeof encoded>) =>
      contractDiff(a, b)
        .filter(({ breaking }) => breaking)
        .map(({ kind }) => kind);
    expect(breaks(encoded(few), encoded(more))).toEqual(['result-widened']);
    expect(breaks(encoded(few, 'protobuf'), encoded(more, 'protobuf'))).toEqual([]);
    expect(breaks(encoded(more, 'protobuf'), encoded(few, 'protobuf'))).toEqual([]);
    expect(breaks(encoded(more, 'protobuf'), encoded(other, 'protobuf'))).toEqual(['result-widened']);
    expect(breaks(encoded(few), encoded(few, 'protobuf'))).toEqual([]);
    expect(breaks(encoded(few, 'protobuf'), encoded(few))).toEqual(['encoding']);
  });

  test('the name', () => {
    const renamed = defineService({ name: 'store', version: '1.0.0', operations: {} });
    expect(contractDiff(shop({}), renamed)).toMatchObject([{ kind: 'name', breaking: true }]);
  });

  test.each([
    ['1.0.0', '1.9.0', false],
    ['0.9.0', '1.0.0', true],
    ['1.2.3', '2.0.0-rc.1', true],
    ['2.0.0', '1.0.0', false],
  ])('isMajorRaised() from %s to %s: %p', (a, b, expected) => {
    expect(isMajorRaised({ version: a }, { version: b })).toBe(expected);
  });
});

describe('contractDescription()', () => {
  test('is plain JSON', () => {
    const contract = shop({
      buy: operation({
        content: Type.Object({ image: Bytes({ maxLength: 9 }), at: Type.Optional(Timestamp()) }),
        errors: { Gone: Type.Object({}) },
        timeoutMs: 50,
      }),
    });
    const description = contractDescription(contract);
    expect(description).toEqual({
      name: 'shop',
      version: '1.0.0',
      operations: {
        buy: {
          content: {
            type: 'object',
            required: ['image'],
            properties: { image: { $bytes: { maxLength: 9 } }, at: { $date: {} } },
          },
          result: { type: 'null' },
          errors: { Gone: { type: 'object', properties: {} } },
          reply: 'single',
          idempotent: false,
          reentrant: false,
          timeoutMs: 50,
        },
      },
    });
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(contractDescription(description)).toBe(description);
  });

  test.each([
    null,
    5,
    [],
    {},
    { name: 'x', version: '1.0.0' },
    { name: 'x', version: 'one', operations: {} },
    { name: 'x', version: '1.0.0', operations: { a: {} } },
  ])('isContractDescription(%j) is false', (value) => {
    expect(isContractDescription(value)).toBe(false);
  });
});
