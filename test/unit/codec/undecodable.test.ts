import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Codec,
  copyPortable,
  Message,
  makeMessage,
  performatives,
  resolveCodecLimits,
  UndecodableError,
} from '../../../src/codec/index.ts';
import { message as anyMessage } from './arbitraries.ts';

const codec = new Codec();
const header = { container: 'ship', sysname: 'fleet', sentAt: 5 };

function bytesOf(...parts: string[]): Uint8Array {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
}

/** A frame with one envelope whose content is the given bytes. */
function around(content: string): Uint8Array {
  return bytesOf('93 01', start, '95 00 a0 a161 a162', content);
}
const start = '93 a473686970 a5666c656574 05';
/** An envelope up to its path. */
const pathless = '9b 00 c0 c0 c0 c0 c0 c0 c0 c0 c0';

function reasonOf(bytes: Uint8Array, using = codec): string {
  try {
    using.decodeFrame(bytes, 'shore');
    return 'decoded';
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableError);
    return error instanceof UndecodableError ? error.reason : '';
  }
}

/** Either well-typed messages or an UndecodableError. */
function holds(bytes: Uint8Array): void {
  let frame: ReturnType<Codec['decodeFrame']>;
  try {
    frame = codec.decodeFrame(bytes, 'shore');
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    return;
  }
  if (frame.messages.length === 0) throw new Error('no messages');
  for (const message of frame.messages) {
    const {
      performative,
      conversationId,
      sender,
      receiver,
      op,
      budgetMs,
      attempt,
      headers,
      workUs,
      callPath,
    } = message;
    const wellTyped =
      message instanceof Message &&
      performatives.includes(performative) &&
      [conversationId, sender, receiver, op].every((text) => typeof text === 'string') &&
      // Names are absolute by now; any other text may begin with a dot.
      ![sender, receiver].some((name) => name.startsWith('.')) &&
      Number.isFinite(budgetMs) &&
      budgetMs >= 0 &&
      Number.isFinite(workUs) &&
      workUs >= 0 &&
      callPath.length <= 64 &&
      callPath.every(({ process, service }) => typeof process === 'string' && typeof service === 'string') &&
      attempt >= 1;
    if (!wellTyped) throw new Error(`not well-typed: ${JSON.stringify(message)}`);
    copyPortable(message.content);
    if (headers !== undefined) copyPortable(headers);
  }
}

describe('Codec#decodeFrame() of anything', () => {
  test('random bytes are refused or yield well-typed messages', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), holds), { numRuns: 10_000 });
  });

  test('random bytes inside a frame are refused or yield well-typed messages', () => {
    const typeBytes = fc.integer({ min: 0x80, max: 0xff });
    fc.assert(
      fc.property(fc.array(fc.oneof(typeBytes, fc.nat(255)), { maxLength: 30 }), (random) => {
        const content = Buffer.from(random).toString('hex');
        holds(around(content));
        holds(bytesOf('93 01', start, content));
      }),
      { numRuns: 10_000 },
    );
  });

  test('valid frames with bytes flipped, cut, inserted or repeated are refused or yield well-typed messages', () => {
    const mutation = fc.record({
      kind: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'truncate'),
      at: fc.nat(10_000),
      byte: fc.nat(255),
    });
    fc.assert(
      fc.property(
        fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (messages, mutations) => {
          const envelopes = messages.map((message) => codec.encodeEnvelope(message, 'ship', 'shore'));
          const bytes = [...codec.encodeFrame(header, envelopes)];
          for (const { kind, at, byte } of mutations) {
            const place = at % (bytes.length + 1);
            if (kind === 'flip') bytes[place] = byte;
            else if (kind === 'cut') bytes.splice(place, 1 + (byte % 4));
            else if (kind === 'insert') bytes.splice(place, 0, byte);
            else if (kind === 'repeat') bytes.splice(place, 0, ...bytes.slice(place, place + 8));
            else bytes.length = place;
          }
          holds(Uint8Array.from(bytes));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('every cut of a valid frame is refused', () => {
    const content = { a: [1, 'text', new Date(0), Uint8Array.of(1, 2)], b: 'x'.repeat(300), c: 2 ** 40 };
    const message = makeMessage({ performative: 'none', receiver: 'hello', sender: 'ship.1', content });
    const bytes = codec.encodeFrame(header, [codec.encodeEnvelope(message, 'ship')]);
    expect(reasonOf(bytes)).toBe('decoded');
    for (let length = 1; length < bytes.length; length++) {
      expect(reasonOf(bytes.subarray(0, length))).toBe('truncated');
    }
  });
});

describe('UndecodableError#reason', () => {
  test.each<[string, string, Uint8Array]>([
    ['empty', 'no bytes', bytesOf('')],
    ['truncated', 'a string that claims 4 GiB', around('dbffffffff')],
    ['truncated', 'an array that claims four billion elements', around('ddffffffff')],
    ['truncated', 'a map that claims two billion entries', around('df7fffffff')],
    ['truncated', 'a map of two entries in three bytes', around('8200a161')],
    ['truncated', 'nested arrays that claim 65535 elements each', around('dcffff'.repeat(33))],
    ['too-large', '1025 envelopes', bytesOf('dc0403 01', start, '90'.repeat(1025))],
    ['too-large', '100000 envelopes', bytesOf('dd000186a2 01', start, '90'.repeat(100_000))],
    ['trailing-bytes', 'a byte after the frame', around('c0c0')],
    ['too-deep', 'arrays nested 65 deep', around(`${'91'.repeat(64)}90`)],
    ['too-deep', 'maps nested 65 deep', around(`${'81a161'.repeat(64)}80`)],
    ['wrong-version', 'version 2', bytesOf('93 02', start, '90')],
    ['wrong-version', 'version 0 in types unknown to us', bytesOf('92 00 c1')],
    ['wrong-version', 'version 300', bytesOf('93 cd012c', start, '90')],
    ['wrong-version', 'version 3 of a long array', bytesOf('dc0001 03')],
    ['wrong-type', 'a version that is text', bytesOf('93 a131', start, '90')],
    ['wrong-type', 'no array', bytesOf('a0')],
    ['wrong-type', 'an empty array', bytesOf('90')],
    ['wrong-type', 'no envelope', bytesOf('92 01', start)],
    ['wrong-type', 'an envelope that is a map', bytesOf('93 01', start, '80')],
    ['wrong-type', 'a header that is no array', bytesOf('93 01 80 90')],
    ['wrong-type', 'a header without moment', bytesOf('93 01 92 a473686970 a5666c656574 90')],
    ['wrong-type', 'a header without container', bytesOf('93 01 93 a0 a5666c656574 05 90')],
    ['wrong-type', 'a moment before 1970', bytesOf('93 01 93 a473686970 a5666c656574 ff 90')],
    ['wrong-type', 'performative 9', bytesOf('93 01', start, '9109')],
    ['wrong-type', 'performative 1.5', bytesOf('93 01', start, '91cb3ff8000000000000')],
    ['wrong-type', 'an op that is a number', bytesOf('93 01', start, '96 00 c0 c0 c0 c0 05')],
    ['wrong-type', 'a budget that is text', bytesOf('93 01', start, '97 00 c0 c0 c0 c0 c0 a0')],
    ['wrong-type', 'headers that are an array', bytesOf('93 01', start, '99 00 c0 c0 c0 c0 c0 c0 c0 90')],
    [
      'wrong-type',
      'headers that are a date',
      bytesOf('93 01', start, '99 00 c0 c0 c0 c0 c0 c0 c0 d6ff00000000'),
    ],
    ['wrong-type', 'a path that is text', bytesOf('93 01', start, pathless, 'a0')],
    ['wrong-type', 'a step that is text', bytesOf('93 01', start, pathless, '91 a0')],
    ['wrong-type', 'a step without a service', bytesOf('93 01', start, pathless, '91 94 a0 c0 01 c3')],
    ['wrong-type', 'a step of three', bytesOf('93 01', start, pathless, '91 93 a0 a0 01')],
    [
      'too-large',
      'a step with a long name',
      bytesOf('93 01', start, pathless, '91 94 d9ff', '78'.repeat(255), 'da0100', '78'.repeat(256), '01 c3'),
    ],
    ['too-large', 'a path of 65 steps', bytesOf('93 01', start, pathless, 'dc0041', '94a0a001c3'.repeat(65))],
    ['wrong-type', 'type byte c1', around('c1')],
    ['wrong-type', 'an extension that is no timestamp', around('d60100000000')],
    ['wrong-type', 'fixext 1', around('d4ff00')],
    ['wrong-type', 'a timestamp of 5 bytes', around('c705ff0000000000')],
    ['bad-number', 'a negative budget', bytesOf('93 01', start, '97 00 c0 c0 c0 c0 c0 ff')],
    ['bad-number', 'attempt 0', bytesOf('93 01', start, '98 00 c0 c0 c0 c0 c0 c0 00')],
    ['bad-number', 'uint64 2^53', around('cf0020000000000000')],
    ['bad-number', 'int64 2^53', around('d30020000000000000')],
    ['bad-number', 'int64 -2^53', around('d3ffe0000000000000')],
    ['bad-number', 'int64 -2^63', around('d38000000000000000')],
    ['bad-number', 'NaN', around('cb7ff8000000000000')],
    ['bad-number', '-Infinity', around('cbfff0000000000000')],
    ['bad-number', 'Infinity as float 32', around('ca7f800000')],
    ['bad-date', 'a billion nanoseconds, 8 bytes', around('d7ffee6b280000000000')],
    ['bad-date', 'a billion nanoseconds, 12 bytes', around('c70cff3b9aca000000000000000000')],
    ['bad-date', 'beyond 8.64e15 ms', around('c70cff00000000000007dba8218001')],
    ['bad-utf8', 'a stray continuation byte', around('a180')],
    ['bad-utf8', 'an overlong slash', around('a2c0af')],
    ['bad-utf8', 'an encoded surrogate', around('a3eda080')],
    ['bad-utf8', 'a long string that ends inside a character', around(`da012c${'61'.repeat(299)}c3`)],
    ['bad-utf8', 'a key', around('81a1ff00')],
    ['bad-key', 'a number', around('810100')],
    ['bad-key', 'nil', around('81c000')],
    ['bad-key', '__proto__', around('81a95f5f70726f746f5f5f80')],
    ['bad-key', '__proto__ as str 8', around('81d9095f5f70726f746f5f5f80')],
    ['bad-key', '__proto__ as str 32', around('81db000000095f5f70726f746f5f5f80')],
  ])('is %s for %s', (reason, _, bytes) => {
    expect(reasonOf(bytes)).toBe(reason);
  });

  test.each<[string, string]>([
    ['uint64 2^53 - 1', 'cf001fffffffffffff'],
    ['int64 -(2^53 - 1)', 'd3ffe0000000000001'],
    ['the last date', 'c70cff00000000000007dba8218000'],
    ['the first date', 'c70cff00000000fffff82457de8000'],
    ['a timestamp of 4 bytes as ext 8', 'c704ff00000001'],
    ['arrays nested 64 deep', `${'91'.repeat(63)}90`],
    ['a key that ends in __proto__', '81aa785f5f70726f746f5f5f80'],
    ['a long key that ends in __proto__', `81d929${'78'.repeat(32)}5f5f70726f746f5f5f80`],
    ['a key of eight bytes that ends in _proto__', '81a85f70726f746f5f5fc0'],
  ])('does not mind %s', (_, content) => {
    expect(reasonOf(around(content))).toBe('decoded');
  });

  const str = (text: string) =>
    `d9${Buffer.from(text).length.toString(16)}${Buffer.from(text).toString('hex')}`;
  const str16 = (text: string) =>
    `da${Buffer.from(text).length.toString(16).padStart(4, '0')}${Buffer.from(text).toString('hex')}`;
  const fits = `${'é'.repeat(127)}x`;
  const tooLong = 'é'.repeat(128);

  test.each<[string, (text: string) => Uint8Array]>([
    ['conversationId', (text) => bytesOf('93 01', start, '92 00', text)],
    ['receiver', (text) => bytesOf('93 01', start, '93 00 c0', text)],
    ['sender', (text) => bytesOf('93 01', start, '94 00 c0 c0', text)],
    ['op', (text) => bytesOf('93 01', start, '96 00 c0 c0 c0 c0', text)],
    ['container', (text) => bytesOf('93 01 93', text, 'a5666c656574 05', '9100')],
    ['sysname', (text) => bytesOf('93 01 93 a473686970', text, '05', '9100')],
  ])('is too-large for %s of over 255 bytes, which no answer could name', (_, frame) => {
    expect(reasonOf(frame(str(fits)))).toBe('decoded');
    expect(reasonOf(frame(str('x'.repeat(255))))).toBe('decoded');
    expect(reasonOf(frame(str16(tooLong)))).toBe('too-large');
    expect(reasonOf(frame(str16('x'.repeat(256))))).toBe('too-large');
    expect(reasonOf(frame(str16('€'.repeat(86))))).toBe('too-large');
  });

  test('is too-large for relative names that are too long once they are absolute', () => {
    const receiver = (length: number) => bytesOf('93 01', start, '93 00 c0', str(`.${'1'.repeat(length)}`));
    const sender = (length: number) => bytesOf('93 01', start, '94 00 c0 c0', str(`.${'1'.repeat(length)}`));
    expect(reasonOf(receiver(255 - 'shore.'.length))).toBe('decoded');
    expect(reasonOf(receiver(256 - 'shore.'.length))).toBe('too-large');
    expect(reasonOf(sender(255 - 'ship.'.length))).toBe('decoded');
    expect(reasonOf(sender(256 - 'ship.'.length))).toBe('too-large');
  });

  test('is too-large above maxFrameBytes', () => {
    const small = new Codec(resolveCodecLimits({ maxFrameBytes: 2000, maxEnvelopeBytes: 900 }));
    expect(reasonOf(new Uint8Array(2001), small)).toBe('too-large');
    expect(reasonOf(new Uint8Array(2000), small)).not.toBe('too-large');
  });

  test('is too-many-values above maxValues', () => {
    const small = new Codec(resolveCodecLimits({ maxValues: 100 }));
    const message = (count: number) =>
      makeMessage({ performative: 'none', receiver: 'a', sender: 'ship', content: new Array(count).fill(1) });
    const frame = (count: number) =>
      codec.encodeFrame(header, [codec.encodeEnvelope(message(count), 'ship')]);
    expect(reasonOf(frame(99), small)).toBe('decoded');
    expect(reasonOf(frame(140), small)).toBe('too-many-values');
  });

  test('costs no memory: a bomb of a hundred bytes and a 16 MiB frame of arrays are refused by the scan', () => {
    const before = process.memoryUsage();
    const bomb = around('dd01ffffff'.repeat(20));
    const many = new Uint8Array(16 * 1024 * 1024).fill(0x90);
    many.set(around('dd00f00000'));
    for (let round = 0; round < 50; round++) expect(reasonOf(bomb)).toBe('truncated');
    expect(reasonOf(many)).toBe('too-many-values');
    const after = process.memoryUsage();
    const grownBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(grownBytes).toBeLessThan(80 * 1024 * 1024);
  });

  test('is a BadRequest with the reason in its details', () => {
    expect(() => codec.decodeFrame(around('c1'), 'shore')).toThrow(
      expect.objectContaining({
        code: 'BadRequest',
        name: 'UndecodableError',
        details: { reason: 'wrong-type' },
      }),
    );
  });
});
