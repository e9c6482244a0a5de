import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec, type Portable, resolveCodecLimits, UndecodableError } from '../../../src/codec/index.ts';

const codec = new Codec();

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function reasonOf(body: Uint8Array, using = codec): string {
  try {
    using.decodeJsonContent(body);
    return 'decoded';
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableError);
    return error instanceof UndecodableError ? error.reason : '';
  }
}

describe('Codec#decodeJson()', () => {
  test.each([
    ['the type property', { type: 'hello' }],
    ['the op header', { headers: { op: 'hello' } }],
    ['the type property before the header', { type: 'hello', headers: { op: 'bye' } }],
    ['the op header where the type is empty', { type: '', headers: { op: 'hello' } }],
  ])('takes the operation from %s', (_, properties) => {
    expect(codec.decodeJson(bytes('{"text":"world"}'), properties)).toEqual({
      op: 'hello',
      content: { text: 'world' },
    });
  });

  test.each([[{}], [{ type: '' }], [{ headers: { op: 5 } }], [{ headers: { op: '' } }]])(
    'refuses a message without operation: %p',
    (properties) => {
      expect(() => codec.decodeJson(bytes('1'), properties)).toThrow(
        expect.objectContaining({ reason: 'no-operation' }),
      );
    },
  );

  test.each([
    ['property type', (op: string) => ({ type: op })],
    ['header op', (op: string) => ({ headers: { op } })],
  ])('answers too-large for an operation of over 255 bytes in the %s', (_, properties) => {
    expect(codec.decodeJson(bytes('1'), properties(`${'é'.repeat(127)}x`)).content).toBe(1);
    for (const op of ['é'.repeat(128), 'x'.repeat(256)]) {
      expect(() => codec.decodeJson(bytes('1'), properties(op))).toThrow(
        expect.objectContaining({ reason: 'too-large' }),
      );
    }
  });

  test('takes an empty body for null, and skips a byte order mark', () => {
    expect(codec.decodeJson(new Uint8Array(0), { type: 'ping' }).content).toBeNull();
    expect(codec.decodeJsonContent(bytes('\ufeff'))).toBeNull();
    expect(codec.decodeJsonContent(bytes('\ufeff[1]'))).toEqual([1]);
  });
});

describe('Codec#decodeJsonContent()', () => {
  test.each<[string, string, string]>([
    ['bad-json', 'no JSON', '{a:1}'],
    ['bad-json', 'a cut text', '{"a":[1,'],
    ['bad-json', 'two marks', '\ufeff\ufeff1'],
    ['bad-json', 'white space only', ' '],
    ['bad-number', 'a number beyond doubles', '[1e999]'],
    ['bad-utf8', 'an escaped lone surrogate', '["\\ud800"]'],
    ['bad-utf8', 'an escaped lone surrogate in a key', '{"\\udc00":1,"b":2}'],
    ['bad-utf8', 'an escaped lone surrogate in a lone key', '{"\\udc00":1}'],
    ['bad-key', '__proto__', '{"__proto__":{"polluted":true}}'],
    ['bad-key', '__proto__ behind escapes', '{"a":1,"__pr\\u006fto__":{}}'],
    ['bad-bytes', 'bytes that are a number', '{"$bytes":5}'],
    ['bad-bytes', 'bytes that are null', '{"$bytes":null}'],
    ['bad-bytes', 'bytes without padding', '{"$bytes":"AQ"}'],
    ['bad-bytes', 'bytes with white space', '{"$bytes":"AQ ID"}'],
    ['bad-bytes', 'bytes in the URL alphabet', '{"$bytes":"-_-_"}'],
    ['bad-date', 'a date that is a number', '{"$date":5}'],
    ['bad-date', 'a date in words', '{"$date":"1 Jan 2026"}'],
    ['bad-date', 'a month 13', '{"$date":"2026-13-01T00:00:00Z"}'],
    ['bad-date', 'a date without zone', '{"$date":"2026-01-01T00:00:00"}'],
    ['too-deep', 'arrays nested 65 deep', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['too-deep', '200 000 opening brackets', '['.repeat(200_000)],
    ['too-deep', '200 000 opening braces', '{"a":'.repeat(200_000)],
  ])('answers %s to %s', (reason, _, text) => {
    expect(reasonOf(bytes(text))).toBe(reason);
    expect(Object('').polluted).toBeUndefined();
  });

  test('answers bad-utf8 to bytes that are none', () => {
    expect(reasonOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe('bad-utf8');
  });

  test('answers too-large and too-many-values above its limits, before anything is built', () => {
    const small = new Codec(
      resolveCodecLimits({ maxFrameBytes: 5000, maxEnvelopeBytes: 900, maxValues: 100 }),
    );
    expect(reasonOf(bytes(`[${'1,'.repeat(98)}1]`), small)).toBe('decoded');
    expect(reasonOf(bytes(`[${'1,'.repeat(99)}1]`), small)).toBe('too-many-values');
    expect(reasonOf(bytes(`[${'1,'.repeat(2000)}`), small)).toBe('too-many-values');
    expect(reasonOf(bytes(' '.repeat(5001)), small)).toBe('too-large');
  });

  test('counts no brackets inside strings', () => {
    const text = `["${'['.repeat(100)}", "\\"${'{'.repeat(100)}"]`;
    expect(codec.decodeJsonContent(bytes(text))).toHaveLength(2);
  });

  test('reads dates with offset or without fraction', () => {
    for (const text of ['2026-01-31T12:00:00Z', '2026-01-31T14:00:00.000+02:00']) {
      expect(codec.decodeJsonContent(bytes(`{"$date":"${text}"}`))).toEqual(new Date('2026-01-31T12:00:00Z'));
    }
  });

  test('whatever the bytes, yields a portable value or an UndecodableError', () => {
    const token = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      ',',
      ':',
      '1',
      '-0',
      '$bytes',
      '$date',
      'e9',
      'null',
      '\\',
    );
    const text = fc
      .array(fc.oneof(token, fc.string({ maxLength: 3 })), { maxLength: 20 })
      .map((parts) => parts.join(''));
    const body = fc.oneof(text.map(bytes), fc.json().map(bytes), fc.uint8Array({ maxLength: 30 }));
    fc.assert(
      fc.property(body, (given) => {
        if (reasonOf(given) === 'decoded') codec.copy(codec.decodeJsonContent(given));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('Codec#encodeJson()', () => {
  test.each<[Portable, string]>([
    [Uint8Array.of(1, 2, 3), '{"$bytes":"AQID"}'],
    [new Date(0), '{"$date":"1970-01-01T00:00:00.000Z"}'],
    [{ $bytes: 'AQID' }, '{"$$bytes":"AQID"}'],
    [{ $$date: new Date(0) }, '{"$$$date":{"$date":"1970-01-01T00:00:00.000Z"}}'],
    [{ $bytes: 'AQID', more: 1 }, '{"$bytes":"AQID","more":1}'],
    [[-0, 1e20], '[0,100000000000000000000]'],
  ])('writes %p as %s', (value, text) => {
    expect(new TextDecoder().decode(codec.encodeJson(value))).toBe(text);
    const read = codec.decodeJsonContent(bytes(text));
    expect(isDeepStrictEqual(read, codec.copy(value))).toBe(true);
  });

  test('counts a marked member only after undefined ones are dropped', () => {
    const value = { $bytes: 'AQID', more: undefined } as unknown as Portable;
    expect(new TextDecoder().decode(codec.encodeJson(value))).toBe('{"$$bytes":"AQID"}');
  });

  test('answers TooLarge when the text is over maxFrameBytes', () => {
    const small = new Codec(resolveCodecLimits({ maxFrameBytes: 2000, maxEnvelopeBytes: 900 }));
    expect(() => small.encodeJson('\u0000'.repeat(500))).toThrow(
      expect.objectContaining({ code: 'TooLarge' }),
    );
  });
});
