import { describe, expect, test } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { defaultCodecLimits } from '../../../src/codec/limits.ts';
import { copyPortable } from '../../../src/codec/portable.ts';
import { PortableWriter } from '../../../src/codec/portable-writer.ts';
import { ContainerError } from '../../../src/errors/index.ts';
import { portable } from './arbitraries.ts';

function written(value: unknown, writer = new PortableWriter(defaultCodecLimits)): Buffer {
  writer.begin();
  writer.value(value, 'content');
  return Buffer.from(writer.end());
}

/** What it throws, as far as anybody can tell. */
function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
  return undefined;
}

const around = (border: number): number[] => [border - 1, border, border + 1];
const numbers = [
  ...[0, 0x80, 0x100, 0x1_0000, 0x8000_0000, 0x1_0000_0000, Number.MAX_SAFE_INTEGER].flatMap(around),
  ...[-0x20, -0x80, -0x8000, -0x8000_0000, -0x1_0000_0000, Number.MIN_SAFE_INTEGER].flatMap(around),
  ...[0.5, -1.5, 1e300, Number.MIN_VALUE, Number.MAX_VALUE],
];
const lengths = [0, 1, 10, 11, 23, 24, 31, 32, 85, 86, 255, 256, 5_000, 65_535, 65_536];
const moments = [
  0,
  1,
  -1,
  999,
  1_760_000_000_000,
  1_760_000_000_123,
  2 ** 32 * 1_000,
  2 ** 34 * 1_000,
  8.64e15,
];

describe('PortableWriter#value()', () => {
  // The library is the oracle: whoever else speaks msgpack writes the same.
  test.each(numbers)('writes the number %p as the library does', (value) => {
    expect(written(value)).toEqual(Buffer.from(encode(value)));
  });

  test.each(['a', 'é', '€', '😀'])('writes texts of %p of all lengths as the library does', (unit) => {
    for (const length of lengths) {
      const text = unit.repeat(length);
      expect(written(text).equals(encode(text))).toBe(true);
      expect(written(`a${text}`).equals(encode(`a${text}`))).toBe(true);
    }
  });

  test('writes bytes, arrays and objects of all sizes, and moments, as the library does', () => {
    for (const length of [0, 1, 15, 16, 255, 256, 65_535, 65_536]) {
      const object = Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, index]));
      for (const value of [new Uint8Array(length).fill(7), new Array(length).fill(null), object])
        expect(written(value).equals(encode(value))).toBe(true);
    }
    for (const time of moments) expect(written(new Date(time))).toEqual(Buffer.from(encode(new Date(time))));
  });

  test('writes what a copy would be, whatever the value is, one after the other', () => {
    const writer = new PortableWriter(defaultCodecLimits);
    fc.assert(
      fc.property(portable, (value) => {
        expect(written(value, writer)).toEqual(Buffer.from(encode(copyPortable(value))));
      }),
      { numRuns: 500 },
    );
  });

  test('leaves undefined members out, and makes of undefined elements null', () => {
    for (const count of [3, 15, 16, 17, 70_000]) {
      const members = Array.from({ length: count }, (_, index) => [
        `k${index}`,
        index % 3 ? index : undefined,
      ]);
      const object = Object.fromEntries(members);
      expect(decode(written({ object, list: [undefined] }))).toEqual(
        copyPortable({ object, list: [undefined] }),
      );
    }
  });

  test('refuses what a copy refuses, in the same words, and nothing of it stays', () => {
    const limits = { maxFrameBytes: 9_000, maxEnvelopeBytes: 100, maxDepth: 3, maxValues: 20 };
    const writer = new PortableWriter(limits);
    const throwing = {
      get boom(): never {
        throw new Error('boom');
      },
    };
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const bad = [
      Number.NaN,
      [1, { a: Number.POSITIVE_INFINITY }],
      () => 1,
      Symbol('s'),
      1n,
      new Map(),
      new Date(Number.NaN),
      'a\ud800',
      { 'a\udc00': 1 },
      { __proto__x: { ['__proto__']: 1 } },
      JSON.parse('{"__proto__": 1}'),
      [[[[1]]]],
      cycle,
      new Array(21),
      Array.from({ length: 10 }, () => [1, 2]),
      'x'.repeat(101),
      ['x'.repeat(60), new Uint8Array(41)],
      { a: { 'b/~': [throwing] } },
      new (class Ship {})(),
      ...[-1, 1.5, '3'].map(
        (length) =>
          new Proxy([1, 2, 3], { get: (of, key) => (key === 'length' ? length : Reflect.get(of, key)) }),
      ),
    ];
    for (const value of bad) {
      const expected = refusal(() => copyPortable(value, 'content', limits));
      expect(refusal(() => written(value, writer))).toEqual(expected);
      expect(written('fine', writer)).toEqual(Buffer.from(encode('fine')));
    }
  });

  test('writes the bytes that there are, whatever an object says of their number', () => {
    const writer = new PortableWriter(defaultCodecLimits);
    written('a secret of the message before', writer);
    const lying = Object.defineProperty(new Uint8Array([1, 2, 3]), 'length', { value: 200 });
    expect(decode(written(lying, writer))).toEqual(new Uint8Array([1, 2, 3]));
    expect(copyPortable(lying)).toEqual(new Uint8Array([1, 2, 3]));
  });

  test('gives a large buffer back', () => {
    const writer = new PortableWriter(defaultCodecLimits);
    const large = 'x'.repeat(1_000_000);
    expect(written(large, writer)).toHaveLength(1_000_005);
    expect(written('small', writer)).toEqual(Buffer.from(encode('small')));
    expect(written(large, writer).equals(encode(large))).toBe(true);
  });
});
