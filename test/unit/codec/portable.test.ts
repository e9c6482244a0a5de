import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Codec,
  copyPortable,
  makeMessage,
  type Portable,
  resolveCodecLimits,
} from '../../../src/codec/index.ts';
import { BadRequestError, ContainerError } from '../../../src/errors/index.ts';
import { portable } from './arbitraries.ts';

const codec = new Codec();

/** What a receiver in another container gets. */
function overTheWire(content: unknown, using = codec): unknown {
  const message = makeMessage({ performative: 'none', receiver: 'a', sender: 'ship.1', content });
  const frame = using.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 1 }, [
    using.encodeEnvelope(message, 'ship'),
  ]);
  const [arrived] = using.decodeFrame(frame, 'shore').messages;
  return arrived === undefined ? 'nothing arrived' : arrived.content;
}

function nested(depth: number): Portable {
  let value: Portable = ['leaf'];
  for (let level = 1; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A value that the types would not let through, as it comes from untyped code. */
function untyped(value: unknown): Portable {
  return value as Portable;
}

describe('portable values', () => {
  test('arrive the same by local copy, msgpack and JSON', () => {
    fc.assert(
      fc.property(portable, (value) => {
        const copy = copyPortable(value);
        expect(isDeepStrictEqual(overTheWire(value), copy)).toBe(true);
        expect(isDeepStrictEqual(codec.decodeJsonContent(codec.encodeJson(value)), copy)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('arrive equal to the original but for -0', () => {
    fc.assert(
      fc.property(portable, (value) => {
        expect(isDeepStrictEqual(copyPortable(value), withoutNegativeZero(value))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('a binary 20-byte value survives the round trip unchanged', () => {
    const digest = Uint8Array.from({ length: 20 }, (_, index) => 255 - index * 12);
    for (const arrived of [
      copyPortable(digest),
      overTheWire(digest),
      codec.decodeJsonContent(codec.encodeJson(digest)),
    ]) {
      expect(isDeepStrictEqual(arrived, digest)).toBe(true);
    }
  });

  test('are as deep as 64 on every path, and no deeper', () => {
    const deepest = nested(64);
    expect(copyPortable(deepest)).toEqual(deepest);
    expect(overTheWire(deepest)).toEqual(deepest);
    const deepWithBytes = [nested(63), Uint8Array.of(1)];
    expect(overTheWire(deepWithBytes)).toEqual(deepWithBytes);
    expect(codec.decodeJsonContent(codec.encodeJson(deepest))).toEqual(deepest);
    const dates = [nested(63), { at: new Date(0), raw: Uint8Array.of(1) }];
    expect(codec.decodeJsonContent(codec.encodeJson(dates))).toEqual(dates);
    expect(() => copyPortable(nested(65))).toThrow('nested more than 64 deep');
    expect(() => overTheWire(nested(65))).toThrow('nested more than 64 deep');
    expect(() => codec.encodeJson(nested(65))).toThrow('nested more than 64 deep');
  });

  test('may be as many as maxValues on every path, and no more', () => {
    const small = new Codec(resolveCodecLimits({ maxValues: 100 }));
    const full = new Array<Portable>(99).fill([]);
    expect(small.copy(full)).toEqual(full);
    expect(overTheWire(full, small)).toEqual(full);
    expect(small.decodeJsonContent(small.encodeJson(full))).toEqual(full);
    for (const over of [[...full, 1], [full, full.slice(0, 50)], { a: full, b: 1 }]) {
      expect(() => small.copy(over)).toThrow('more than 100 values');
      expect(() => overTheWire(over, small)).toThrow('more than 100 values');
      expect(() => small.encodeJson(over)).toThrow('more than 100 values');
    }
  });
});

function withoutNegativeZero(value: Portable): Portable {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date)
    return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutNegativeZero(member)]));
}

describe('copyPortable()', () => {
  test('drops undefined members and makes null of undefined elements and of undefined itself', () => {
    const sparse = [1];
    sparse[2] = 3;
    expect(copyPortable({ a: undefined, b: [undefined, 1], c: sparse })).toStrictEqual({
      b: [null, 1],
      c: [1, null, 3],
    });
    expect(copyPortable(undefined)).toBeNull();
  });

  test('makes a plain Uint8Array of a Buffer, sharing no memory', () => {
    const given = Buffer.from('abc');
    const copy = copyPortable(given);
    expect(isDeepStrictEqual(copy, Uint8Array.of(97, 98, 99))).toBe(true);
    given[0] = 0;
    expect(isDeepStrictEqual(copy, Uint8Array.of(97, 98, 99))).toBe(true);
  });

  test('takes plain objects without prototype and of other realms', () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(isDeepStrictEqual(copyPortable(bare), { a: 1 })).toBe(true);
    const foreign: unknown = runInNewContext(
      '({ list: [1, { at: new Date(5) }], raw: new Uint8Array([1, 2]) })',
    );
    const expected = { list: [1, { at: new Date(5) }], raw: Uint8Array.of(1, 2) };
    expect(isDeepStrictEqual(copyPortable(foreign), expected)).toBe(true);
    expect(isDeepStrictEqual(overTheWire(untyped(foreign)), expected)).toBe(true);
  });

  test('copies own enumerable string keys only', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 });
    expect(Reflect.ownKeys(Object(copyPortable(value)))).toEqual(['a']);
  });

  test('names value, place, what was found and what is allowed', () => {
    const error = thrownBy(() => copyPortable({ 'a/b': [0, { '~': new Map() }] }, 'result'));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      message:
        'result/a~1b/1/~0 cannot be sent: found an instance of Map; allowed are null, booleans, finite numbers, ' +
        'well-formed strings, Uint8Array, valid Date, arrays and plain objects of these',
      details: { path: '/a~1b/1/~0', found: 'an instance of Map' },
    });
  });

  test('refuses a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle.again = cycle;
    expect(() => copyPortable(cycle)).toThrow('in a cycle');
  });

  test('refuses an array that claims billions of elements at once', () => {
    expect(() => copyPortable(new Array(2 ** 32 - 1))).toThrow('more than 1000000 values');
  });

  test('answers TooLarge for more text and bytes than an envelope may hold', () => {
    const small = new Codec(resolveCodecLimits({ maxEnvelopeBytes: 100 }));
    for (const value of [
      'x'.repeat(101),
      new Uint8Array(101),
      { ['k'.repeat(101)]: 1 },
      ['x'.repeat(60), 'y'.repeat(60)],
    ]) {
      expect(thrownBy(() => small.copy(value))).toMatchObject({ code: 'TooLarge' });
      expect(thrownBy(() => overTheWire(untyped(value), small))).toMatchObject({ code: 'TooLarge' });
    }
    expect(small.copy('x'.repeat(100))).toHaveLength(100);
  });
});

class Pump {
  state = 'on';
}
class Orphan {}
Object.setPrototypeOf(Orphan.prototype, null);

const protoMember: unknown = JSON.parse('{"__proto__": {"polluted": true}}');

const refused: Array<[string, unknown, string]> = [
  ['NaN', Number.NaN, 'NaN'],
  ['an infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['a bigint', 1n, 'a bigint'],
  ['a symbol', Symbol('s'), 'a symbol'],
  ['a function', () => 1, 'a function'],
  ['a lone surrogate', 'a\ud800', 'a string with a lone surrogate'],
  ['a key with a lone surrogate', { '\udc00': 1 }, 'a string with a lone surrogate'],
  ['an invalid Date', new Date(Number.NaN), 'an invalid Date'],
  ['a Map', new Map(), 'an instance of Map'],
  ['a Set', new Set(), 'an instance of Set'],
  ['a class instance', new Pump(), 'an instance of Pump'],
  ['an instance of a class without parent', new Orphan(), 'an instance of Orphan'],
  [
    'an object with a prototype of its own',
    Object.create(Object.create(null)),
    'an object with a prototype of its own',
  ],
  ['an Error', new Error('x'), 'an instance of Error'],
  ['a boxed string', Object('text'), 'an instance of String'],
  ['a boxed number', Object(1), 'an instance of Number'],
  ['another typed array', new Float64Array(1), 'an instance of Float64Array'],
  ['an ArrayBuffer', new ArrayBuffer(1), 'an instance of ArrayBuffer'],
  ['a promise', Promise.resolve(), 'an instance of Promise'],
  ['a member __proto__', protoMember, 'a member of that name'],
  [
    'a throwing getter',
    {
      get broken() {
        throw new Error('no');
      },
    },
    'a value that throws when it is read',
  ],
  ['a revoked proxy', revoked(), 'a value that throws when it is read'],
];

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('a value that is not portable', () => {
  test.each(refused)('%s is refused in the same words on every path', (_, value, found) => {
    for (const wrapped of [{ list: [0, value] }, [value], value]) {
      const local = thrownBy(() => copyPortable(wrapped));
      expect(local).toBeInstanceOf(BadRequestError);
      expect(local).toMatchObject({ details: { found } });
      const { message } = local as ContainerError;
      for (const path of [
        () => overTheWire(untyped(wrapped)),
        () => codec.encodeJson(untyped(wrapped)),
        () => codec.copy(wrapped),
      ]) {
        const error = thrownBy(path);
        expect(error).toBeInstanceOf(BadRequestError);
        expect(error).toMatchObject({ message });
      }
    }
  });

  test('leaves the codec fit for the next value', () => {
    for (const [, value] of refused) expect(() => overTheWire(untyped([value]))).toThrow(ContainerError);
    expect(overTheWire({ text: 'hello' })).toEqual({ text: 'hello' });
  });

  test('pollutes no prototype', () => {
    expect(() => overTheWire(untyped(protoMember))).toThrow(BadRequestError);
    expect(Object('').polluted).toBeUndefined();
  });
});
