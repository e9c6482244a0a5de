import { afterAll, describe, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { performatives } from '../../../../src/codec/index.ts';
import {
  type Container,
  defineService,
  operation,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../../../src/index.ts';
import type { Delivery, MessageProperties, Transport } from '../../../../src/transport/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { Echo, Stuck } from './processes.ts';
import type { UseSystem } from './runner.ts';

const frameContentType = 'application/vnd.ioncore.v1+msgpack';
const hostId = 'shore';

const Target = defineService({
  name: 'target',
  version: '1.0.0',
  operations: {
    typed: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.String(),
      idempotent: true,
    }),
    nested: operation({ content: Type.Unknown(), result: Type.Unknown() }),
  },
});
const Flow = defineService({
  name: 'flow',
  version: '1.0.0',
  operations: { parts: operation({ content: Type.Unknown(), result: Type.Integer(), reply: 'stream' }) },
});

/** Uses everything that a message brings along. */
class TargetService extends ServiceProcess.for(Target) {
  static readonly concurrency = 8;

  op_typed({ at }: { at: string }): string {
    return at;
  }
  /** Calls on, so that path, user and time travel. */
  async op_nested(content: unknown, message: ReceivedMessage): Promise<unknown> {
    message.signal.throwIfAborted();
    this.progress(message, message.actingUser);
    return this.rpcSend('echo', 'echo', content, { timeoutMs: 200 });
  }
}

/** Its readers may be silent, which keeps it busy. */
class FlowService extends ServiceProcess.for(Flow) {
  static readonly concurrency = 8;

  async *op_parts(_content: unknown, { signal }: ReceivedMessage) {
    for (let part = 1; part <= 3 && !signal.aborted; part += 1) yield part;
  }
}

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
    'call-path': or(fc.array(step, { maxLength: 70 }), 3, portable),
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
  );

const mutation = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'repeat'),
  at: fc.nat(10_000),
  byte: fc.nat(255),
});

interface Hostile {
  readonly body: Uint8Array;
  readonly properties: MessageProperties;
  readonly routingKey: string;
}

const routingKey = fc.constantFrom('target', 'echo', 'flow', `~${hostId}`, `~${hostId}.1`, `~${hostId}.2`);

function frames(sysname: string, forged: string): fc.Arbitrary<Hostile> {
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

const json: fc.Arbitrary<Hostile> = fc
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

/** Messages in all, on each broker. */
const cases = 24_000;

/** Whatever comes in: it is answered or dropped, and nothing else of the container changes. */
export function describeFuzz(useSystem: UseSystem): void {
  describe('hostile messages', () => {
    const system = useSystem();
    const prototype = Object.getOwnPropertyNames(Object.prototype);

    afterAll(() => {
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototype);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });

    test('frames with anything in any place: a normal call is answered as before, and nothing has grown', async () => {
      const bed = await makeBed();
      await bombard(frames(bed.host.sysname, bed.pending.id), bed, Math.ceil(cases * 0.75));
    }, 120_000);

    test('JSON with anything in any place: a normal call is answered as before, and nothing has grown', async () => {
      const bed = await makeBed();
      await bombard(json, bed, Math.ceil(cases * 0.25));
      expect(bed.replies.length).toBeGreaterThan(100);
    }, 120_000);

    test('a string of 64 MB is refused where it is over the limit, and carried where it is not', async () => {
      const text = 'x'.repeat(64 * 1024 * 1024);
      const { host, stranger, caller, callNormally } = await makeBed();
      await expect(caller.rpcSend('echo', 'echo', text)).rejects.toMatchObject({ code: 'TooLarge' });
      const envelopeOf = (content: unknown) => [1, 'big', 'echo', '.1', content, 'echo'];
      const before = host.info().inbox.undecodable;
      for (const routing of ['echo', `~${hostId}`]) {
        stranger.publish({
          exchange: host.sysname,
          routingKey: routing,
          body: encode([1, ['mallory', host.sysname, 1], envelopeOf(text)]),
          properties: { contentType: frameContentType },
        });
        stranger.publish({
          exchange: host.sysname,
          routingKey: routing,
          body: new TextEncoder().encode(JSON.stringify(text)),
          properties: { contentType: 'application/json', type: 'echo' },
        });
      }
      await eventually(() => host.info().inbox.undecodable === before + 4, { withinMs: 40_000 });
      await callNormally();

      const limits = { maxFrameBytes: 100 * 1024 * 1024, maxEnvelopeBytes: 90 * 1024 * 1024 };
      const [large, asking] = [
        await system.current.container({ exchange: { limits } }),
        await system.current.container({ exchange: { limits } }),
      ];
      const id = await large.processes.spawn(Echo);
      expect(await asking.rpcSend(id, 'echo', text, { timeoutMs: 40_000 })).toBe(text);
    }, 120_000);

    /** A container with all kinds of processes, somebody who calls it, a call that is pending, and a stranger who knows its conversation. */
    async function makeBed() {
      const host = await system.current.container({ id: hostId, exchange: { jsonReplyTo: ['replies'] } });
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      const ids = [
        await host.processes.spawn(TargetService),
        await host.processes.spawn(Echo, { serviceName: 'echo', concurrency: 8 }),
        await host.processes.spawn(FlowService),
        await caller.processes.spawn(Stuck),
      ];
      const stuck = caller.processes.get(ids[3] ?? '') as Stuck;
      const call = host.rpcSend(stuck.id, 'wait', null, { timeoutMs: 120_000 });
      // Where it is not awaited it ends with the container.
      call.catch(() => undefined);
      await eventually(() => stuck.begun === 1);
      const replies: Delivery[] = [];
      await stranger.declareQueue({ name: 'replies', durable: false, exclusive: true, autoDelete: false });
      await stranger.consume({
        queue: 'replies',
        prefetch: 0,
        noAck: true,
        onDelivery: (delivery) => replies.push(delivery),
      });
      return {
        host,
        caller,
        stranger,
        replies,
        pending: { id: stuck.conversations[0] ?? '', call, stuck },
        callNormally: () => answersNormally(caller),
      };
    }

    async function bombard(
      hostile: fc.Arbitrary<Hostile>,
      { host, caller, stranger, pending }: Awaited<ReturnType<typeof makeBed>>,
      count: number,
    ): Promise<void> {
      const batch = 250;
      const inbox = () => host.info().inbox;
      await fc.assert(
        fc.asyncProperty<[readonly Hostile[]]>(
          fc.array(hostile, { minLength: batch, maxLength: batch, size: 'max' }),
          async (all) => {
            publishAll(stranger, host, all);
            await answersNormally(caller);
            expect(host.processes.list().map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
          },
        ),
        { numRuns: Math.ceil(count / batch), endOnFailure: true, reporter: failShortly },
      );
      // Worth its name: much of it was read, much was not.
      expect(inbox().frames).toBeGreaterThan(count / 20);
      expect(inbox().undecodable).toBeGreaterThan(count / 20);
      // What was taken is settled, or waits within bounds; nothing that was not called is pending.
      const loadOf = (number: number) => host.processes.list()[number - 1]?.load;
      await eventually(() => loadOf(1) === 0 && loadOf(2) === 0);
      expect(loadOf(3)).toBeLessThanOrEqual(8 + 1024 + 32);
      await eventually(() => host.info().conversations.pending <= 1 + 8, { withinMs: 10_000 });
      pending.stuck.release();
      expect(await pending.call).toBe('released');
    }
  });
}

/** A call by name, one by id, one with an answer in parts. */
async function answersNormally(caller: Container): Promise<void> {
  const number = Math.random();
  expect(await caller.rpcSend('echo', 'echo', number)).toBe(number);
  expect(await caller.rpcSend(`${hostId}.2`, 'echo', { number })).toEqual({ number });
}

function publishAll(stranger: Transport, { sysname }: Container, all: readonly Hostile[]): void {
  for (const { body, properties, routingKey: key } of all)
    stranger.publish({ exchange: sysname, routingKey: key, body, properties });
}

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

/** What failed and how to see it again, without the bytes of the whole batch. */
function failShortly(run: fc.RunDetails<[readonly Hostile[]]>): void {
  if (!run.failed) return;
  const { seed, counterexamplePath, numRuns, errorInstance } = run;
  throw new Error(`batch ${numRuns}, {seed: ${seed}, path: '${counterexamplePath}'}`, {
    cause: errorInstance,
  });
}
