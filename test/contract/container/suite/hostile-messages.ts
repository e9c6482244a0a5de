import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { performatives } from '../../../../src/codec/index.ts';
import type { MessageProperties } from '../../../../src/transport/index.ts';

export const frameContentType = 'application/vnd.ioncore.v1+msgpack';

/** The container that the messages are for. Its services are `target`, `echo` and `flow`, its processes 1 to 3. */
export const hostId = 'shore';

/** Names and keys that meant something to some program. */
const trickyText = fc.constantFrom(
  '',
  '.',
  '.1',
  '..',
  '__proto__',
  'constructor',
  'toString',
  '#',
  '*',
  '~control',
  `${hostId}.0`,
  `${hostId}.1`,
  `${hostId}.-1`,
  `${hostId}.1e3`,
  'target',
  'echo',
  'mallory.1',
  '\u0000',
  '😀',
  'x'.repeat(255),
  'x'.repeat(256),
);
const trickyNumber = fc.constantFrom(0, 1, -1, 0.5, 5, 6, 7, 255, 1e9, 2 ** 32, 2 ** 53, 1e300, -1e300);
/** Any value of a message. */
const portable = fc.oneof(
  { weight: 3, arbitrary: trickyText },
  { weight: 3, arbitrary: trickyNumber },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, Uint8Array.of(1, 2), new Date(0), [], {}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      { constructor: { prototype: { polluted: true } } },
      { code: '__proto__', message: '', status: 1e300 },
      { code: 'Internal', message: 'x', details: { toString: 1 } },
      [[[[[[[[]]]]]]]],
    ),
  },
);
/** And what is none. */
const anything = fc.oneof(
  { weight: 5, arbitrary: portable },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      JSON.parse('{"__proto__": {"polluted": true}}'),
      JSON.parse('{"code": "Internal", "message": "x", "details": {"__proto__": {"polluted": 1}}}'),
    ),
  },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 2, maxKeys: 3 }).filter(isEncodable) },
);
/** What is usual there; one time in so many something else. */
const or = (usual: fc.Arbitrary<unknown>, odds: number, other: fc.Arbitrary<unknown> = anything) =>
  fc.oneof({ weight: odds, arbitrary: usual }, { weight: 1, arbitrary: other });

const step = or(
  fc.tuple(
    fc.constantFrom('mallory.1', `${hostId}.1`, `${hostId}.2`, `${hostId}.3`),
    fc.constantFrom('', 'target', 'echo'),
    fc.constantFrom(1, 2, 1e9),
    fc.boolean(),
  ),
  10,
  portable,
);
const headers = fc.record(
  {
    credit: or(fc.constantFrom(32, 1024), 1, portable),
    'conv-seq': or(fc.constantFrom(1, 2, 3), 1, portable),
    protocol: or(fc.constantFrom('rpc', 'request', 'stream'), 3, portable),
    retry: portable,
    resent: portable,
    'user-id': portable,
    expiry: portable,
    traceparent: portable,
    baggage: portable,
    encoding: portable,
    schema: portable,
    'reply-to': portable,
  },
  { requiredKeys: [] },
);

/** A frame that says otherwise would be taken for one that was long under way. */
const sentNow = fc.constant(0).map(() => Date.now());

const operations = fc.constantFrom(
  'typed',
  'nested',
  'parts',
  'echo',
  'ping',
  'terminate',
  'activate',
  'contract',
  'sys_procexit',
);

/** An envelope of ours, now and then with something else in any place. */
const envelope = (forged: string) =>
  fc.tuple(
    or(fc.oneof(fc.constantFrom(0, 1, 1), fc.nat(performatives.length - 1)), 80),
    or(fc.constantFrom('', 'k#1', 'k#2', forged), 80),
    or(fc.constantFrom('target', 'echo', 'flow', '.', '.1', '.2', '.3', '.99', `${hostId}.1`), 80),
    or(fc.constantFrom('.1', '.', 'mallory.2', `${hostId}.1`), 80),
    or(fc.constantFrom<unknown>({ at: 'x' }, 0, 3, null), 1, portable),
    or(operations, 80),
    or(fc.constantFrom(0, 100, 5000, 1e300, Number.MAX_SAFE_INTEGER), 80),
    or(fc.constantFrom(1, 2, 6, 1e9, 1e300), 80),
    or(headers, 80),
    or(fc.constantFrom(0, 1, 1e300), 80),
    or(fc.array(step, { maxLength: 70 }), 80),
  );

const mutation = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'repeat'),
  at: fc.nat(10_000),
  byte: fc.nat(255),
});

/** One AMQP message as a stranger sends it. */
export interface Hostile {
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  readonly routingKey: string;
}

const routingKey = fc.constantFrom('target', 'echo', 'flow', `~${hostId}`, `~${hostId}.1`, `~${hostId}.2`);

/** Frames to a host of id {@link hostId} in system `sysname`. `forged`: a conversation that is open there. */
export function hostileFrames(sysname: string, forged: string): fc.Arbitrary<Hostile> {
  const container = or(fc.constantFrom('mallory', hostId), 80);
  const header = or(fc.tuple(container, or(fc.constant(sysname), 80), or(sentNow, 80)), 80);
  const envelopes = fc.array(or(envelope(forged), 80), { minLength: 1, maxLength: 3 });
  const frame = fc.tuple(or(fc.constant(1), 80), header, envelopes);
  return fc
    .tuple(frame, fc.array(mutation, { minLength: 1, maxLength: 2 }), fc.nat(9), routingKey)
    .map(([[version, head, envelopes], mutations, chance, key]) => {
      const bytes = encode([version, head, ...envelopes], { ignoreUndefined: true });
      const body = chance === 0 ? mutations.reduce(mutate, bytes) : bytes;
      return { body, properties: { contentType: frameContentType }, routingKey: key };
    });
}

/** JSON to the same. */
export const hostileJson: fc.Arbitrary<Hostile> = fc
  .tuple(
    fc.oneof(
      fc.json({ maxDepth: 3 }),
      anything.map((value) => JSON.stringify(value) ?? ''),
      fc.constantFrom(
        '{"__proto__": {"polluted": 1}}',
        '{"at": "x", "__proto__": 1}',
        '{"constructor": {"prototype": {"polluted": 1}}}',
        '{"$bytes": "!"}',
        '{"$date": 1e999}',
        '[1e999]',
        '"\\ud800"',
        '['.repeat(100),
      ),
    ),
    fc.record(
      {
        contentType: fc.constantFrom('application/json', '', 'text/plain'),
        type: fc.constantFrom('typed', 'nested', 'parts', 'echo', 'ping', 'terminate', '__proto__', ''),
        replyTo: fc.constantFrom('replies', `${hostId}~1`, 'amq.topic', ''),
        correlationId: fc.constantFrom('1', 'k#1', ''),
        expirationMs: fc.constantFrom(1, 1000),
        headers: fc.constantFrom({ op: 'echo' }, { op: 7 }, { op: '__proto__' }, {}),
      },
      { requiredKeys: [] },
    ),
    routingKey,
    fc.array(mutation, { maxLength: 1 }),
    fc.nat(9),
  )
  .map(([text, properties, key, mutations, chance]) => {
    const bytes = new TextEncoder().encode(text);
    return { body: chance === 0 ? mutations.reduce(mutate, bytes) : bytes, properties, routingKey: key };
  });

function isEncodable(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}

function mutate(
  bytes: Uint8Array,
  { kind, at: anywhere, byte }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
) {
  if (bytes.length === 0) return bytes;
  const at = anywhere % bytes.length;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  if (kind === 'flip') return Uint8Array.of(...before, byte, ...after.subarray(1));
  if (kind === 'cut') return Uint8Array.of(...before, ...after.subarray(1 + (byte % 8)));
  return Uint8Array.of(...before, ...after.subarray(0, 1 + (byte % 16)), ...after);
}
