import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Codec,
  copyPortable,
  type Message,
  type MessageFields,
  makeMessage,
  resolveCodecLimits,
  UndecodableError,
} from '../../../src/codec/index.ts';
import { BadRequestError } from '../../../src/errors/index.ts';
import { message as anyMessage } from './arbitraries.ts';

const codec = new Codec();
const header = { container: 'ship', sysname: 'fleet', sentAt: 1_760_000_000_005 };
const hello: MessageFields = {
  performative: 'request',
  conversationId: 'k3Jx.5',
  receiver: 'hello',
  sender: 'ship.12',
  op: 'hello',
  content: { text: 'hello' },
  budgetMs: 15_000,
};

function envelope(fields: Partial<MessageFields> = {}): Uint8Array {
  return codec.encodeEnvelope(makeMessage({ ...hello, ...fields }), 'ship');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A frame of the header above around the given bytes. */
function frameOf(...envelopes: string[]): Uint8Array {
  const start = hex(codec.encodeFrame(header, [envelope()])).slice(2, -2 * envelope().length);
  return Buffer.from(`${(0x92 + envelopes.length).toString(16)}${start}${envelopes.join('')}`, 'hex');
}

function received(message: Message, target?: string): Message | undefined {
  const frame = codec.encodeFrame(header, [codec.encodeEnvelope(message, 'ship', target)]);
  return codec.decodeFrame(frame, target ?? 'shore').messages[0];
}

describe('Codec#decodeFrame()', () => {
  test('gives back every message and the header, in order', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(undefined, 'shore'),
        (messages, target) => {
          const envelopes = messages.map((message) => codec.encodeEnvelope(message, 'ship', target));
          const frame = codec.decodeFrame(codec.encodeFrame(header, envelopes), 'shore');
          expect(frame.header).toEqual(header);
          for (const message of messages) {
            message.content = copyPortable(message.content);
            if (message.headers !== undefined) message.headers = { ...Object(copyPortable(message.headers)) };
          }
          expect(isDeepStrictEqual(frame.messages, messages)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([13, 14, 1023, 1024])('reads a frame of %d envelopes', (count) => {
    const bytes = codec.encodeFrame(header, new Array(count).fill(Uint8Array.of(0x90)));
    expect(codec.decodeFrame(bytes, 'shore').messages).toHaveLength(count);
  });

  test('takes what is left out, and nil, for the default', () => {
    const defaults = makeMessage({ performative: 'none', receiver: 'shore', sender: 'ship' });
    for (const bytes of ['90', '9100', '9bc0c0c0c0c0c0c0c0c0c0c0']) {
      expect(codec.decodeFrame(frameOf(bytes), 'shore').messages).toStrictEqual([defaults]);
    }
    expect(codec.decodeFrame(frameOf('9104'), 'shore').messages[0]?.op).toBe('result');
  });

  test('ignores positions that a newer minor added', () => {
    const longHeader = '95a473686970a5666c6565740180c3';
    const longEnvelope = '9d00c0c0c0c0c0c0c0c0c0c0a161a162';
    const bytes = Buffer.from(`9301${longHeader}${longEnvelope}`, 'hex');
    expect(codec.decodeFrame(bytes, 'shore')).toMatchObject({
      header: { container: 'ship', sentAt: 1 },
      messages: [{ performative: 'none', content: null }],
    });
  });

  test('makes relative names absolute: the sender’s by the frame, the receiver’s by the reader', () => {
    const bytes = frameOf('9401a163a22e35a22e37');
    expect(codec.decodeFrame(bytes, 'shore').messages[0]).toMatchObject({
      receiver: 'shore.5',
      sender: 'ship.7',
    });
  });

  test('shares no memory with the frame, and gives no Buffer', () => {
    const bytes = Buffer.from(
      codec.encodeFrame(header, [envelope({ content: { raw: Uint8Array.of(1, 2, 3) } })]),
    );
    const content = codec.decodeFrame(bytes, 'shore').messages[0]?.content;
    bytes.fill(0);
    expect(isDeepStrictEqual(content, { raw: Uint8Array.of(1, 2, 3) })).toBe(true);
  });

  test('reads a negative zero as zero', () => {
    for (const zero of ['ca80000000', 'cb8000000000000000']) {
      expect(codec.decodeFrame(frameOf(`9500a0a161a162${zero}`), 'shore').messages[0]?.content).toBe(0);
    }
  });

  test('has no memory of a frame that it refused', () => {
    const good = codec.encodeFrame(header, [envelope()]);
    for (const bad of [good.slice(0, -1), Uint8Array.of(0x93, 1, 0x91), good.subarray(0, 9)]) {
      expect(() => codec.decodeFrame(bad, 'shore')).toThrow(UndecodableError);
      expect(codec.decodeFrame(good, 'shore').messages).toStrictEqual([makeMessage(hello)]);
    }
  });
});

describe('Codec#encodeEnvelope()', () => {
  test('takes the message as it is now', () => {
    const content = { list: [1] };
    const message = makeMessage({ ...hello, content });
    const bytes = codec.encodeEnvelope(message, 'ship');
    content.list.push(2);
    message.op = 'bye';
    expect(codec.decodeFrame(codec.encodeFrame(header, [bytes]), 'shore').messages[0]).toMatchObject({
      op: 'hello',
      content: { list: [1] },
    });
  });

  test('shortens only names of the very container', () => {
    const long = { receiver: 'shoreline.1', sender: 'shipyard.1' };
    expect(received(makeMessage({ ...hello, ...long }), 'shore')).toMatchObject(long);
    const short = makeMessage({ ...hello, receiver: 'shore.1', sender: 'ship.1' });
    expect(received(short, 'shore')).toMatchObject({ receiver: 'shore.1', sender: 'ship.1' });
    expect(codec.encodeEnvelope(short, 'ship', 'shore').length).toBe(
      codec.encodeEnvelope(short, 'ship').length - 5,
    );
  });

  test('rounds a budget up, never down to none', () => {
    expect(received(makeMessage({ ...hello, budgetMs: 0.2 }))?.budgetMs).toBe(1);
    expect(received(makeMessage({ ...hello, budgetMs: 0 }))?.budgetMs).toBe(0);
  });

  test.each<[string, Partial<Record<keyof Message, unknown>>]>([
    ['performative', { performative: 'shout' }],
    ['op', { op: 5 }],
    ['op', { op: 'a\ud800' }],
    ['op', { op: 'é'.repeat(128) }],
    ['conversationId', { conversationId: 'x'.repeat(256) }],
    ['receiver', { receiver: 'x'.repeat(256) }],
    ['sender', { sender: 'x'.repeat(256) }],
    ['conversationId', { conversationId: null }],
    ['receiver', { receiver: '.5' }],
    ['sender', { sender: undefined }],
    ['budgetMs', { budgetMs: -1 }],
    ['budgetMs', { budgetMs: Number.NaN }],
    ['budgetMs', { budgetMs: Number.POSITIVE_INFINITY }],
    ['attempt', { attempt: 0 }],
    [
      'callPath',
      { callPath: new Array(65).fill({ process: 'a.1', service: '', instances: 1, isBlocked: true }) },
    ],
    ['callPath', { callPath: [{ process: 'x'.repeat(256), service: '', instances: 1, isBlocked: true }] }],
    ['callPath', { callPath: [{ process: 'a.1', service: '', instances: -1, isBlocked: true }] }],
    ['callPath', { callPath: [{ process: 'a.\ud800', service: '', instances: 1, isBlocked: true }] }],
    ['workUs', { workUs: -1 }],
    ['headers', { headers: [] }],
    ['headers', { headers: { trace: () => 1 } }],
  ])('refuses a %s that the other end would refuse: %p', (member, fields) => {
    const message = Object.assign(makeMessage(hello), fields);
    expect(() => codec.encodeEnvelope(message, 'ship')).toThrow(BadRequestError);
    expect(() => codec.encodeEnvelope(message, 'ship')).toThrow(member);
  });

  test('answers TooLarge above maxEnvelopeBytes, by its bytes', () => {
    const small = new Codec(resolveCodecLimits({ maxEnvelopeBytes: 100 }));
    const sized = (content: string) => small.encodeEnvelope(makeMessage({ ...hello, content }), 'ship');
    const room = 100 - sized('').length - 1;
    expect(sized('x'.repeat(room))).toHaveLength(100);
    expect(() => sized('x'.repeat(room + 1))).toThrow(expect.objectContaining({ code: 'TooLarge' }));
    expect(() => sized('é'.repeat(50))).toThrow(expect.objectContaining({ code: 'TooLarge' }));
  });

  test('writes large messages, and small ones after them', () => {
    const big = new Uint8Array(1_000_000).fill(7);
    expect(isDeepStrictEqual(received(makeMessage({ ...hello, content: big }))?.content, big)).toBe(true);
    expect(received(makeMessage(hello))).toStrictEqual(makeMessage(hello));
  });
});

describe('Codec#encodeFrame()', () => {
  test('writes the header of the frame at hand', () => {
    for (const given of [
      header,
      { ...header, sysname: 'other' },
      { ...header, container: 'boat' },
      { ...header, sentAt: 0 },
      { ...header, resent: true },
      { ...header, tellWork: true },
      { ...header, resent: true, tellWork: true },
    ]) {
      expect(codec.decodeFrame(codec.encodeFrame(given, [envelope()]), 'shore').header).toEqual(given);
    }
  });

  test('says of a frame that it was sent before only if it was, also of one with many envelopes', () => {
    const plain = codec.encodeFrame({ ...header, resent: false }, [envelope()]);
    expect(plain).toEqual(codec.encodeFrame(header, [envelope()]));
    expect(codec.decodeFrame(plain, 'shore').header).toEqual(header);
    const many = Array.from({ length: 30 }, () => envelope());
    const again = codec.decodeFrame(codec.encodeFrame({ ...header, resent: true }, many), 'shore');
    expect(again.header.resent).toBe(true);
    expect(again.messages).toHaveLength(30);
  });

  test('takes a lone envelope of any size, and several up to maxValues bytes', () => {
    const small = new Codec(resolveCodecLimits({ maxValues: 2000 }));
    expect(small.encodeFrame(header, [new Uint8Array(8_000_000)]).length).toBeGreaterThan(8_000_000);
    expect(() => small.encodeFrame(header, [new Uint8Array(1000), new Uint8Array(1000)])).toThrow(
      'at most 2000',
    );
  });

  test('refuses a frame without envelopes and moments that are none', () => {
    expect(() => codec.encodeFrame(header, [])).toThrow(RangeError);
    for (const sentAt of [-1, Number.NaN, 2 ** 53]) {
      expect(() => codec.encodeFrame({ ...header, sentAt }, [envelope()])).toThrow(RangeError);
    }
  });
});

describe('Codec#encodeEnvelope() of a content that sends messages when it is read', () => {
  test('writes each of them as it is', () => {
    const codec = new Codec();
    const inner = makeMessage({
      performative: 'none',
      receiver: 'inner',
      sender: 'ship.1',
      content: [1, 2, 3],
    });
    let within: Uint8Array = new Uint8Array();
    const content = {
      before: 'x'.repeat(50),
      get lazy() {
        within = codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 1 }, [
          codec.encodeEnvelope(inner, 'ship'),
        ]);
        return 'read';
      },
    };
    const outer = codec.encodeEnvelope(
      makeMessage({ performative: 'none', receiver: 'outer', sender: 'ship.1', content }),
      'ship',
    );
    const frame = codec.encodeFrame({ container: 'ship', sysname: 'fleet', sentAt: 1 }, [outer]);
    expect(codec.decodeFrame(frame, 'shore').messages).toMatchObject([
      { receiver: 'outer', content: { before: content.before, lazy: 'read' } },
    ]);
    expect(codec.decodeFrame(within, 'shore').messages).toMatchObject([
      { receiver: 'inner', content: [1, 2, 3] },
    ]);
  });
});
