import { describe, expect, test } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { resolveCodecLimits } from '../../../src/codec/limits.ts';
import { copyPortable } from '../../../src/codec/portable.ts';
import { PortableReader } from '../../../src/codec/portable-reader.ts';
import { Scanner } from '../../../src/codec/scan.ts';
import { portable } from './arbitraries.ts';

const scanner = new Scanner(resolveCodecLimits());

function read(bytes: Uint8Array, reader = new PortableReader()): unknown {
  scanner.check(bytes);
  return reader.read(bytes);
}

describe('PortableReader#read()', () => {
  // The library is the oracle: whoever else speaks msgpack is understood.
  test('reads what the library has written, whatever the value is, one after the other', () => {
    const reader = new PortableReader();
    fc.assert(
      fc.property(portable, (value) => {
        expect(read(encode(value), reader)).toEqual(copyPortable(value));
      }),
      { numRuns: 1_000 },
    );
  });

  test('reads numbers of every width, moments of every form, and texts and bytes of every length', () => {
    const forms = [
      ...['7f', 'ccff', 'cdffff', 'ceffffffff', 'cf001fffffffffffff', 'e0', 'ff', 'd080', 'd18000'],
      ...['d280000000', 'd3ffe0000000000001', 'd3ffffffffffffffff', 'ca3fc00000', 'cb3ff8000000000000'],
      ...['cd0001', 'ce00000001', 'cf0000000000000001', 'd001', 'd10001', 'd200000001', 'd30000000000000001'],
      ...['d6ff00000001', 'd7ff0000000400000000', 'c70cff00000000ffffffffffffffff', 'c704ff00000001'],
      ...['a161', 'd90161', 'da000161', 'db0000000161', 'c40161', 'c5000161', 'c60000000161'],
      ...[
        '9101',
        'dc000101',
        'dd0000000101',
        '81a16101',
        'de0001a16101',
        'df00000001a16101',
        'c0',
        'c2',
        'c3',
      ],
    ];
    for (const hex of forms) {
      const bytes = Buffer.from(hex, 'hex');
      expect([hex, read(bytes)]).toEqual([hex, copyPortable(decode(bytes))]);
    }
    for (const length of [0, 1, 11, 12, 13, 31, 32, 255, 256, 65_535, 65_536]) {
      for (const unit of ['a', 'é', '😀'])
        expect(read(encode(unit.repeat(length)))).toBe(unit.repeat(length));
      expect(read(encode(new Uint8Array(length).fill(9)))).toEqual(new Uint8Array(length).fill(9));
    }
  });

  test('keeps a leading U+FEFF, makes -0 zero, and takes the last of keys that are repeated', () => {
    const marked = `\ufeff${'x'.repeat(300)}`;
    expect(read(encode([marked, '\ufeff']))).toEqual([marked, '\ufeff']);
    expect(Object.is(read(Buffer.from('cb8000000000000000', 'hex')), 0)).toBe(true);
    expect(Object.is(read(Buffer.from('ca80000000', 'hex')), 0)).toBe(true);
    expect(read(Buffer.from('82a16101a16102', 'hex'))).toEqual({ a: 2 });
  });

  test('short texts whose remembered places meet do not take each other’s', () => {
    const reader = new PortableReader();
    const texts = Array.from({ length: 5_000 }, (_, index) => `k${index.toString(36)}`);
    for (let round = 0; round < 2; round += 1)
      for (const text of texts) expect(read(encode({ [text]: text }), reader)).toEqual({ [text]: text });
  });

  test('shares no memory with what it has read', () => {
    const bytes = encode(new Uint8Array([1, 2, 3]));
    const value = read(bytes);
    bytes.fill(0);
    expect(value).toEqual(new Uint8Array([1, 2, 3]));
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
  });
});
