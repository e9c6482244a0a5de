import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ContentCodec } from '../../../src/codec/index.ts';
import { BadRequestError } from '../../../src/errors/index.ts';
import { protoContent, roundTrip } from './proto-bed.ts';

const proto = `
  import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/any.proto";
  message M {
    string text = 1; repeated int32 numbers = 2; M inner = 3; repeated M all = 4; map<string, M> by_name = 5;
    map<uint64, string> by_id = 6; Mood mood = 7; bytes data = 8; google.protobuf.Timestamp at = 9; repeated sint64 big = 10;
    oneof kind { bool yes = 11; M other = 12; } optional double ratio = 13; google.protobuf.Value value = 14;
    google.protobuf.Any any = 15; repeated fixed64 fixed = 16; float small = 17;
    enum Mood { NONE = 0; CALM = 1; }
  }`;
const content = protoContent(proto, 'M');

/** Messages of type M. */
const message: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{ m: Record<string, unknown> }>((tie) => {
  const inner = fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('m'));
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const text = fc.string({ unit: 'grapheme' });
  return {
    m: fc.record(
      {
        text,
        numbers: fc.array(fc.integer(), { maxLength: 5 }),
        inner,
        all: fc.array(inner, { maxLength: 2 }),
        byName: fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          inner,
          { maxKeys: 2 },
        ),
        byId: fc.dictionary(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), text, { maxKeys: 2 }),
        mood: fc.constantFrom('NONE', 'CALM', 5),
        data: fc.uint8Array({ maxLength: 9 }),
        at: fc.date({ noInvalidDate: true }),
        big: fc.array(int64, { maxLength: 3 }),
        yes: fc.boolean(),
        ratio: fc.double(),
        small: fc.float(),
      },
      { requiredKeys: [] },
    ),
  };
}).m;

/** What `work` gives; an error that is no BadRequest fails the test. */
function tried(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    expect(error.message.isWellFormed()).toBe(true);
    return undefined;
  }
}

/** Reads bytes as a container would. Nothing but a BadRequest may come of it, and no prototype changes. */
function readAnything(codec: ContentCodec, bytes: Uint8Array): void {
  const value = tried(() => codec.receive(bytes, codec.headers, 'content'));
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(pristine);
  // What was read can be written, and then reads the same.
  if (value !== undefined) expect(roundTrip(codec, value)).toEqual(value);
}
const pristine = Object.getOwnPropertyNames(Object.prototype);

describe('protobuf content', () => {
  test('any message arrives as it was sent, and plain as the same', async () => {
    const codec = await content;
    fc.assert(
      fc.property(message, (given) => {
        const sent = roundTrip(codec, given);
        expect(roundTrip(codec, sent)).toEqual(sent);
        expect(codec.receive(given, undefined, 'content')).toEqual(sent);
        for (const [name, value] of Object.entries(given)) {
          if (['text', 'numbers', 'data', 'at', 'big', 'byId', 'yes', 'ratio'].includes(name)) {
            expect(Object(sent)).toHaveProperty([name], Object.is(value, -0) ? expect.anything() : value);
          }
        }
        // A peer without protobuf gives back what it got.
        const plain = tried(() => codec.plain(given, 'result'));
        expect(codec.receive(plain, undefined, 'content')).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes are a message or a BadRequest', async () => {
    const codec = await content;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => readAnything(codec, bytes)),
      { numRuns: 2000 },
    );
  });

  test('messages with some bytes changed, cut or doubled are a message or a BadRequest', async () => {
    const codec = await content;
    const change = fc.record({
      at: fc.nat(),
      to: fc.integer({ min: 0, max: 255 }),
      how: fc.constantFrom('set', 'cut', 'insert', 'double'),
    });
    fc.assert(
      fc.property(message, fc.array(change, { minLength: 1, maxLength: 4 }), (given, changes) => {
        let bytes = codec.encode(given, 'content').bytes.slice();
        for (const { at, to, how } of changes) {
          const place = bytes.length === 0 ? 0 : at % bytes.length;
          if (how === 'set' && bytes.length > 0) bytes[place] = to;
          if (how === 'cut') bytes = bytes.slice(0, place);
          if (how === 'insert') bytes = Uint8Array.of(...bytes.slice(0, place), to, ...bytes.slice(place));
          if (how === 'double') bytes = Uint8Array.of(...bytes, ...bytes.slice(place));
        }
        readAnything(codec, bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('any value is written or a BadRequest', async () => {
    const codec = await content;
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    const names = fc.constantFrom(
      'text',
      'numbers',
      'inner',
      'all',
      'byName',
      'byId',
      'at',
      'value',
      'any',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.oneof(value, fc.dictionary(names, value)), (given) => {
        tried(() => codec.encode(given, 'content'));
        tried(() => codec.receive(given, undefined, 'content'));
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(pristine);
      }),
      { numRuns: 1000 },
    );
  });

  test('depth is bounded at both ends', async () => {
    const codec = await content;
    const nest = (depth: number): object => (depth === 1 ? {} : { inner: nest(depth - 1) });
    const { bytes, headers } = codec.encode(nest(64), 'content');
    expect(codec.receive(bytes, headers, 'content')).toBeDefined();
    expect(() => codec.encode(nest(65), 'content')).toThrow(/inner: nested more than 64 deep$/);
    const cyclic: Record<string, unknown> = {};
    cyclic.inner = cyclic;
    expect(() => codec.encode(cyclic, 'content')).toThrow(/inner: nested more than 64 deep$/);
    for (const field of [3, 4, 5, 12, 99]) {
      let deep = new Uint8Array(0);
      for (let depth = 0; depth < 2000; depth += 1) deep = delimited(field === 5 ? 2 : field, deep);
      if (field === 5) deep = delimited(5, deep);
      tried(() => codec.receive(deep, headers, 'content'));
    }
    // It is seen before anything is made.
    let deep = new Uint8Array(0);
    for (let depth = 0; depth < 64; depth += 1) deep = delimited(3, deep);
    expect(() => codec.receive(deep, headers, 'content')).toThrow(
      new BadRequestError('content: nested more than 64 deep'),
    );
    // Groups of unknown fields inside each other.
    const groups = new Uint8Array(100_000).fill((99 << 3) & 0xff);
    expect(() => codec.receive(groups.fill(0x9b), headers, 'content')).toThrow(BadRequestError);
    expect(() => codec.receive(new Uint8Array(100_000).fill(0x1b), headers, 'content')).toThrow(
      BadRequestError,
    );
  });

  test.each([
    ['messages in a list', [0x22, 0x00]],
    ['unknown fields', [0x90, 0x06, 0x01]],
    ['entries of a map', [0x2a, 0x00]],
    ['elements that are not packed', [0x10, 0x01]],
  ])('%s that would make too many values are refused before they are made', async (_what, piece) => {
    const codec = await content;
    const bytes = new Uint8Array(piece.length * 1_000_001);
    for (let at = 0; at < bytes.length; at += piece.length) bytes.set(piece, at);
    expect(() => codec.receive(bytes, codec.headers, 'content')).toThrow('content: more than 1000000 values');
  });

  test.each([
    [2, 1],
    [10, 1],
    [16, 8],
  ])('so are packed elements of field %i', async (field, size) => {
    const codec = await content;
    const bytes = delimited(field, new Uint8Array(size * 1_000_000));
    expect(() => codec.receive(bytes, codec.headers, 'content')).toThrow('content: more than 1000000 values');
    expect(
      codec.receive(delimited(field, new Uint8Array(size * 1000)), codec.headers, 'content'),
    ).toBeDefined();
  });

  test('defaults count as values too', async () => {
    const fields = Array.from({ length: 40 }, (_, index) => `int32 f${index} = ${index + 2};`).join(' ');
    const codec = await protoContent(`message W { repeated W all = 1; ${fields} }`, 'W');
    const bytes = new Uint8Array(2 * 30_000);
    for (let at = 0; at < bytes.length; at += 2) bytes.set([0x0a, 0x00], at);
    expect(() => codec.receive(bytes, codec.headers, 'content')).toThrow(/more than 1000000 values$/);
  });
});

/** A field of bytes, text or a message. */
function delimited(field: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]),
  );
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
