import { describe, expect, test } from '@jest/globals';
import { BadRequestError } from '../../../src/errors/index.ts';
import { protoContent, received, roundTrip } from './proto-bed.ts';

const scalars = `
  message Scalars {
    double a_double = 1; float a_float = 2; int32 an_int = 3; uint32 a_uint = 4; sint32 a_sint = 5;
    fixed32 a_fixed = 6; sfixed32 an_sfixed = 7; bool a_bool = 8; string a_string = 9; bytes some_bytes = 10;
    int64 an_int64 = 11; uint64 a_uint64 = 12; sint64 a_sint64 = 13; fixed64 a_fixed64 = 14; sfixed64 an_sfixed64 = 15;
  }`;
const unset = {
  aDouble: 0,
  aFloat: 0,
  anInt: 0,
  aUint: 0,
  aSint: 0,
  aFixed: 0,
  anSfixed: 0,
  aBool: false,
  aString: '',
  someBytes: new Uint8Array(0),
  anInt64: 0n,
  aUint64: 0n,
  aSint64: 0n,
  aFixed64: 0n,
  anSfixed64: 0n,
};

describe('protobuf scalars', () => {
  test('fields without presence hold the default of their type', async () => {
    expect(roundTrip(await protoContent(scalars, 'Scalars'), {})).toEqual(unset);
  });

  test('the ends of each range arrive as they are', async () => {
    const codec = await protoContent(scalars, 'Scalars');
    const lowest = {
      aDouble: -Number.MAX_VALUE,
      aFloat: -Math.fround(3.4028234e38),
      anInt: -(2 ** 31),
      aSint: -(2 ** 31),
      anSfixed: -(2 ** 31),
      anInt64: -(2n ** 63n),
      aSint64: -(2n ** 63n),
      anSfixed64: -(2n ** 63n),
    };
    const highest = {
      aDouble: Number.NaN,
      aFloat: Number.POSITIVE_INFINITY,
      anInt: 2 ** 31 - 1,
      aUint: 2 ** 32 - 1,
      aSint: 2 ** 31 - 1,
      aFixed: 2 ** 32 - 1,
      anSfixed: 2 ** 31 - 1,
      aBool: true,
      aString: '☃ \u{1f6a2}',
      someBytes: Uint8Array.of(0, 255),
      anInt64: 2n ** 63n - 1n,
      aUint64: 2n ** 64n - 1n,
      aSint64: 2n ** 63n - 1n,
      aFixed64: 2n ** 64n - 1n,
      anSfixed64: 2n ** 63n - 1n,
    };
    expect(roundTrip(codec, lowest)).toEqual({ ...unset, ...lowest });
    expect(roundTrip(codec, highest)).toEqual(highest);
  });

  test.each([
    [
      { anInt: 2 ** 31 },
      'content.anInt: expected a whole number from -2147483648 to 2147483647, found number 2147483648',
    ],
    [{ anInt: 1.5 }, /^content.anInt: expected a whole number .* found number 1.5$/],
    [{ anInt: '1' }, /^content.anInt: .* found string "1"$/],
    [{ aUint: -1 }, /^content.aUint: expected a whole number from 0 to 4294967295, found number -1$/],
    [{ aFloat: 1e39 }, 'content.aFloat: expected a number of 32 bits, found number 1e+39'],
    [{ aDouble: '1' }, 'content.aDouble: expected a number, found string "1"'],
    [{ aBool: 1 }, 'content.aBool: expected true or false, found number 1'],
    [{ aString: 5 }, 'content.aString: expected a well-formed string, found number 5'],
    [{ aString: '\ud800' }, /^content.aString: expected a well-formed string, found string/],
    [{ someBytes: 'AQ==' }, 'content.someBytes: expected bytes (a Uint8Array), found string "AQ=="'],
    [{ someBytes: [1] }, 'content.someBytes: expected bytes (a Uint8Array), found an array of 1'],
    [{ anInt64: 2n ** 63n }, /^content.anInt64: expected a whole number from -9223372036854775808 to/],
    [
      { aUint64: -1 },
      /^content.aUint64: expected a whole number from 0 to 18446744073709551615, found number -1$/,
    ],
    [{ anInt64: 2 ** 53 }, /^content.anInt64: .* found number 9007199254740992$/],
    [{ anInt64: '1e3' }, /^content.anInt64: .* found string "1e3"$/],
    [{ anint: 1 }, "content.anint: 'anint' is no field of t.Scalars; did you mean 'anInt'?"],
    [{ an_int: 1 }, "content.an_int: 'an_int' is no field of t.Scalars; did you mean 'anInt'?"],
    [{ $unknowns: [] }, /^content.\$unknowns: '\$unknowns' is no field of t.Scalars; known are aDouble, /],
    [JSON.parse('{"__proto__": 1}'), /^content.__proto__: '__proto__' is no field of t.Scalars; known/],
    [[], 'content: expected an object (t.Scalars), found an array of 0'],
    [null, 'content: expected an object (t.Scalars), found null'],
    [new Date(0), 'content: expected an object (t.Scalars), found date 1970-01-01T00:00:00.000Z'],
  ])('%p is refused at its place', async (value, message) => {
    const codec = await protoContent(scalars, 'Scalars');
    expect(() => codec.encode(value, 'content')).toThrow(BadRequestError);
    expect(() => codec.encode(value, 'content')).toThrow(message);
    // The same for a caller that does not know protobuf.
    expect(() => codec.receive(value, undefined, 'content')).toThrow(message);
  });

  test('members that are undefined or null are not set', async () => {
    const codec = await protoContent(scalars, 'Scalars');
    expect(roundTrip(codec, { aString: undefined, anInt: null })).toEqual(unset);
  });

  test('64-bit integers: a bigint; given as a number or decimal text too; text for a peer without protobuf', async () => {
    const codec = await protoContent(scalars, 'Scalars');
    for (const given of [5n, 5, '5'])
      expect(roundTrip(codec, { anInt64: given })).toMatchObject({ anInt64: 5n });
    expect(codec.receive({ anInt64: '-7' }, undefined, 'content')).toMatchObject({ anInt64: -7n });
    expect(codec.plain({ anInt64: 2n ** 60n, someBytes: Uint8Array.of(1) }, 'result')).toMatchObject({
      anInt64: '1152921504606846976',
      aUint64: '0',
      someBytes: Uint8Array.of(1),
    });
  });

  test('64-bit integers follow the field option jstype', async () => {
    const codec = await protoContent(
      'message M { int64 size = 1 [jstype = JS_NUMBER]; uint64 id = 2 [jstype = JS_STRING]; repeated int64 all = 3; }',
      'M',
    );
    expect(roundTrip(codec, {})).toEqual({ size: 0, id: '0', all: [] });
    const given = { size: Number.MAX_SAFE_INTEGER, id: '18446744073709551615', all: [1n, -1n] };
    expect(roundTrip(codec, given)).toEqual(given);
    expect(codec.plain(given, 'result')).toEqual({ ...given, all: ['1', '-1'] });
    const { bytes, headers } = codec.encode({ size: 2n ** 53n }, 'content');
    expect(() => codec.receive(bytes, headers, 'content')).toThrow(
      'content.size: 9007199254740992 is more than a number can hold; leave out jstype = JS_NUMBER in the .proto',
    );
  });
});

describe('protobuf presence', () => {
  test('a field with presence is absent until it is set, to its default too', async () => {
    const codec = await protoContent(
      'message M { optional int32 count = 1; optional string text = 2; M inner = 3; oneof kind { bool yes = 4; } }',
      'M',
    );
    expect(roundTrip(codec, {})).toEqual({});
    const given = { count: 0, text: '', inner: {}, yes: false };
    expect(roundTrip(codec, given)).toEqual(given);
  });

  test('of a oneof only one is set', async () => {
    const codec = await protoContent('message M { oneof kind { string text = 1; int32 count = 2; } }', 'M');
    expect(roundTrip(codec, { text: 'a' })).toEqual({ text: 'a' });
    expect(roundTrip(codec, { text: undefined, count: 0 })).toEqual({ count: 0 });
    expect(() => codec.encode({ text: 'a', count: 1 }, 'content')).toThrow(
      "content.count: cannot be set besides 'text': both are of oneof kind",
    );
    // Of two on the wire the last counts.
    expect(received(codec, 0x0a, 1, 0x61, 0x10, 7)).toEqual({ count: 7 });
  });

  test('proto2: required fields, groups and closed enums', async () => {
    const codec = await protoContent(
      `syntax = "proto2";
       message M {
         required string name = 1; optional int32 count = 2 [default = 5];
         repeated group Part = 3 { optional int32 size = 1; }
         optional Colour colour = 4;
       }
       enum Colour { RED = 1; BLUE = 2; }`,
      'M',
    );
    expect(roundTrip(codec, { name: 'a' })).toEqual({ name: 'a', part: [] });
    const given = { name: '', count: 5, part: [{ size: 1 }, {}], colour: 'BLUE' };
    expect(roundTrip(codec, given)).toEqual(given);
    expect(() => codec.encode({ count: 1 }, 'content')).toThrow('content.name: required, but not set');
    expect(() => received(codec)).toThrow("content: not a t.M: missing required 'name'");
  });

  test('editions: presence as the file says', async () => {
    const codec = await protoContent(
      `edition = "2023";
       message M { int32 a = 1; int32 b = 2 [features.field_presence = IMPLICIT]; }`,
      'M',
    );
    expect(roundTrip(codec, {})).toEqual({ b: 0 });
    expect(roundTrip(codec, { a: 0, b: 0 })).toEqual({ a: 0, b: 0 });
  });
});

describe('protobuf lists, maps and messages', () => {
  test('lists and maps are there when they are empty', async () => {
    const codec = await protoContent(
      'message M { repeated M inner = 1; map<string, M> by_name = 2; repeated bytes parts = 3; }',
      'M',
    );
    expect(roundTrip(codec, {})).toEqual({ inner: [], byName: {}, parts: [] });
    const leaf = { inner: [], byName: {}, parts: [Uint8Array.of(1), new Uint8Array(0)] };
    const given = { inner: [leaf, leaf], byName: { '': leaf, constructor: leaf, toString: leaf }, parts: [] };
    expect(roundTrip(codec, given)).toEqual(given);
    expect(() => codec.encode({ inner: [leaf, { parts: [5] }] }, 'content')).toThrow(
      'content.inner[1].parts[0]: expected bytes (a Uint8Array), found number 5',
    );
    expect(() => codec.encode({ byName: { 'a b': { inner: 1 } } }, 'content')).toThrow(
      'content.byName["a b"].inner: expected an array, found number 1',
    );
    expect(() => codec.encode({ inner: [null] }, 'content')).toThrow(
      'content.inner[0]: expected an object (t.M)',
    );
  });

  test.each(['int32', 'sint32', 'uint64', 'int64', 'sfixed64', 'fixed32'])(
    'keys of type %s',
    async (type) => {
      const codec = await protoContent(`message M { map<${type}, int32> m = 1; }`, 'M');
      const signed = type.startsWith('s') || type.startsWith('int');
      const big = type.endsWith('64') ? (2n ** (signed ? 63n : 64n) - 1n).toString() : '2147483647';
      // The second has eight ASCII digits for its bytes, the form in which protobufjs names keys.
      const m = { '0': 1, [type.endsWith('64') ? '3978425819141910832' : '1']: 2, '12345678': 3, [big]: 4 };
      expect(roundTrip(codec, { m })).toEqual({ m });
      if (signed) expect(roundTrip(codec, { m: { '-5': 1 } })).toEqual({ m: { '-5': 1 } });
      else
        expect(() => codec.encode({ m: { '-5': 1 } }, 'content')).toThrow(
          'content.m["-5"]: expected a whole number',
        );
      for (const key of ['', 'a', '1.5', '01', ' 1', '1e3', '99999999999999999999', 'abcdefgh']) {
        expect(() => codec.encode({ m: { [key]: 1 } }, 'content')).toThrow(
          /^content\.m.*: expected a whole number/,
        );
      }
    },
  );

  test('keys of type bool', async () => {
    const codec = await protoContent('message M { map<bool, int32> m = 1; }', 'M');
    expect(roundTrip(codec, { m: { true: 1, false: 2 } })).toEqual({ m: { true: 1, false: 2 } });
    expect(() => codec.encode({ m: { '1': 1 } }, 'content')).toThrow(
      'content.m["1"]: expected true or false',
    );
  });

  test('the key __proto__ is refused at both ends', async () => {
    const codec = await protoContent('message M { map<string, int32> m = 1; }', 'M');
    const m: unknown = JSON.parse('{"__proto__": 1}');
    expect(() => codec.encode({ m }, 'content')).toThrow(
      'content.m.__proto__: a name that no member may have',
    );
    const key = new TextEncoder().encode('__proto__');
    const entry = [0x0a, key.length, ...key, 0x10, 1];
    expect(() => received(codec, 0x0a, entry.length, ...entry)).toThrow(
      'content.m.__proto__: a name that no member may have',
    );
  });

  test('fields named like what every object inherits', async () => {
    const codec = await protoContent(
      'message M { string constructor = 1; int32 has_own_property = 2; optional string to_string = 3; M value_of = 4; }',
      'M',
    );
    expect(roundTrip(codec, {})).toEqual({ constructor: '', hasOwnProperty: 0 });
    const given = {
      constructor: 'a',
      hasOwnProperty: 1,
      toString: 'b',
      valueOf: { constructor: '', hasOwnProperty: 2 },
    };
    expect(roundTrip(codec, given)).toEqual(given);
  });

  test('enums are names; numbers without a name stay numbers', async () => {
    const codec = await protoContent(
      'message M { Mood mood = 1; repeated Mood moods = 2; map<string, Mood> by_name = 3; } enum Mood { NONE = 0; CALM = 1; WILD = -1; }',
      'M',
    );
    const empty = { mood: 'NONE', moods: [], byName: {} };
    expect(roundTrip(codec, {})).toEqual(empty);
    const given = { mood: 'WILD', moods: ['CALM', 'NONE', 7], byName: { a: 'CALM', b: -9 } };
    expect(roundTrip(codec, given)).toEqual(given);
    expect(roundTrip(codec, { mood: 1 })).toEqual({ ...empty, mood: 'CALM' });
    expect(() => codec.encode({ mood: 'CLAM' }, 'content')).toThrow(
      `content.mood: expected one of the enum's names (did you mean 'CALM'?), found string "CLAM"`,
    );
    expect(() => codec.encode({ mood: 'zebra' }, 'content')).toThrow(
      'content.mood: expected one of NONE, CALM, WILD',
    );
    for (const mood of ['toString', 1.5, 2 ** 31, true]) {
      expect(() => codec.encode({ mood }, 'content')).toThrow(/^content\.mood: expected one of/);
    }
  });

  test('a Timestamp is a Date, to the millisecond', async () => {
    const codec = await protoContent(
      'import "google/protobuf/timestamp.proto"; message M { google.protobuf.Timestamp at = 1; }',
      'M',
    );
    for (const at of [0, 1, -1, 999, -1001, 1.76e12, -6.2e13, 8.64e15, -8.64e15]) {
      expect(roundTrip(codec, { at: new Date(at) })).toEqual({ at: new Date(at) });
    }
    expect(() => codec.encode({ at: new Date(Number.NaN) }, 'content')).toThrow(
      'content.at: expected a valid Date, found an invalid date',
    );
    expect(() => codec.encode({ at: '2026-01-01T00:00:00Z' }, 'content')).toThrow(
      'content.at: expected a valid Date',
    );
    // The highest seconds that fit, 2^63 - 1.
    const seconds = [0x08, ...Array<number>(8).fill(0xff), 0x7f];
    expect(() => received(codec, 0x0a, seconds.length, ...seconds)).toThrow(
      'content.at: a moment that a Date cannot hold',
    );
  });

  test('as the whole content, a Timestamp is a Date and an Empty null', async () => {
    const timestamp = await protoContent(
      'import "google/protobuf/timestamp.proto";',
      'google.protobuf.Timestamp',
    );
    expect(roundTrip(timestamp, new Date(5))).toEqual(new Date(5));
    const empty = await protoContent('import "google/protobuf/empty.proto";', 'google.protobuf.Empty');
    expect(empty.encode(null, 'content').bytes).toEqual(new Uint8Array(0));
    for (const given of [null, undefined, {}]) expect(roundTrip(empty, given)).toBeNull();
    expect(empty.plain(null, 'result')).toBeNull();
    expect(() => empty.encode({ a: 1 }, 'content')).toThrow('content: expected null (google.protobuf.Empty)');
  });
});

describe('ContentCodec#receive() of protobuf', () => {
  const proto = 'message M { string text = 1; }';

  test('takes bytes only with the right headers', async () => {
    const codec = await protoContent(proto, 'M');
    const { bytes, headers } = codec.encode({ text: 'a' }, 'content');
    expect(headers).toEqual({ encoding: 'protobuf', format: 't.M' });
    expect(codec.receive(bytes, { encoding: 'protobuf' }, 'content')).toEqual({ text: 'a' });
    expect(() => codec.receive(bytes, { encoding: 'protobuf', format: 't.N' }, 'content')).toThrow(
      "content: expected t.M, found format 't.N'",
    );
    expect(() => codec.receive(bytes, { encoding: 'avro' }, 'content')).toThrow(
      "found bytes with encoding 'avro'",
    );
    expect(() => codec.receive('text', headers, 'content')).toThrow(BadRequestError);
    expect(() => codec.receive(bytes, undefined, 'content')).toThrow(
      'content: expected an object (t.M), found 3 bytes',
    );
  });

  test('what it gives shares no memory with the bytes', async () => {
    const codec = await protoContent('message M { bytes data = 1; }', 'M');
    const { bytes, headers } = codec.encode({ data: Uint8Array.of(1, 2) }, 'content');
    const message = codec.receive(bytes, headers, 'content');
    bytes.fill(0xff);
    expect(message).toEqual({ data: Uint8Array.of(1, 2) });
  });
});
