import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec, frameContentType, isReply } from '../../../src/codec/index.ts';
import { Inbox } from '../../../src/exchange/inbox.ts';
import type { Arrival } from '../../../src/exchange/index.ts';
import { JsonGate } from '../../../src/exchange/json-gate.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import type { MessageProperties } from '../../../src/transport/index.ts';
import { message as anyMessage } from '../codec/arbitraries.ts';
import { frameOf, identity, primed, ScriptedDelivery, ScriptedTransport } from './bed.ts';

/** Nothing fails here. */
const keeper = {
  reread: (): never => {
    throw new Error('nothing is read again');
  },
  failed: (): void => undefined,
};

/** One inbox for all cases of a test, as in a container that strangers talk to for long. */
async function makeTarget() {
  const env = fakeEnv();
  const codec = new Codec();
  const transport = new ScriptedTransport();
  const logger = recordingLogger();
  const arrivals: Arrival[] = [];
  const json = new JsonGate(identity, codec, transport, env, ['replies']);
  await primed(json);
  const inbox = new Inbox({
    keeper,
    tellWork: () => undefined,
    identity,
    codec,
    json,
    calls: {
      readAnswer: () => {
        throw new Error('nothing comes by the default exchange here');
      },
    },
    tellContainer: () => undefined,
    env,
    logger,
    trustedUsers: new Set(['captain']),
    onArrival: (arrival) => void arrivals.push(arrival),
  });
  const target = { inbox, logger, transport, taken: 0, handedOn: 0, read: 0 };

  /** Gives the inbox a delivery both ways, and checks what must hold whatever it is. */
  function take(body: Uint8Array, properties: MessageProperties, routingKey: string): void {
    for (const isShared of [true, false]) {
      const delivery = new ScriptedDelivery(body, properties, routingKey);
      const before = inbox.stats;
      if (isShared) inbox.takeShared(delivery, 'hello');
      else inbox.takeOwn(delivery);
      const after = inbox.stats;
      target.taken += 1;
      target.read += after.frames - before.frames;
      target.handedOn += arrivals.length;
      // Read, or counted as not readable: one of the two, once.
      if (after.frames + after.undecodable !== before.frames + before.undecodable + 1)
        throw new Error('not counted');
      if (after.messages - before.messages !== arrivals.length) throw new Error('messages miscounted');
      for (const arrival of arrivals.splice(0)) {
        checkArrival(arrival, isShared);
        if (delivery.acks > 0) throw new Error('acknowledged before it was settled');
        arrival.settle();
      }
      if (isShared && delivery.acks !== 1) throw new Error(`acknowledged ${delivery.acks} times`);
      if (delivery.nacks > 0) throw new Error('nacked');
    }
    for (const { exchange, routingKey: to } of transport.published.splice(0)) {
      if (exchange !== '' || !(to === 'replies' || to.startsWith('amq.gen-')))
        throw new Error(`answered at ${to}`);
    }
  }
  return { ...target, target, take };
}

function checkArrival(arrival: Arrival, isShared: boolean): void {
  const { message, deadlineAt, replyRoute, wantsReply } = arrival;
  const isSound =
    arrival.fromSharedQueue === isShared &&
    !arrival.local &&
    deadlineAt > 0 &&
    (replyRoute === undefined || wantsReply) &&
    typeof message.op === 'string' &&
    typeof message.receiver === 'string' &&
    (arrival.origin !== '' || !isReply(message.performative));
  if (!isSound) throw new Error(`unsound arrival: ${JSON.stringify({ message, deadlineAt, replyRoute })}`);
}

const shortText = fc.string({ unit: 'binary', maxLength: 20 });
const properties: fc.Arbitrary<MessageProperties> = fc.record(
  {
    contentType: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(frameContentType, 'application/json', 'application/json; charset=x'),
      },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom('', 'text/plain'), shortText) },
    ),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('hello', 'terminate', '') },
      { weight: 1, arbitrary: shortText },
    ),
    replyTo: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('', 'replies', 'amq.gen-1') },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom('fleet.hello', 'amq.topic'), shortText) },
    ),
    correlationId: shortText,
    expirationMs: fc.nat(),
    userId: fc.constantFrom('', 'guest', 'mallory'),
    appId: shortText,
    headers: fc.dictionary(fc.constantFrom('op', 'sender', 'user-id', '__proto__'), fc.anything(), {
      maxKeys: 3,
    }),
  },
  { requiredKeys: [] },
);
const routingKey = fc.oneof(fc.constantFrom('hello', '~shore', '~shore.1', '', '~shore.log'), shortText);

const mutation = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'repeat', 'truncate'),
  at: fc.nat(10_000),
  byte: fc.nat(255),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let mutated = [...bytes];
  for (const { kind, at: anywhere, byte } of mutations) {
    if (mutated.length === 0) break;
    const at = anywhere % mutated.length;
    if (kind === 'flip') mutated[at] = byte;
    else if (kind === 'cut') mutated.splice(at, 1 + (byte % 8));
    else if (kind === 'insert') mutated.splice(at, 0, byte);
    else if (kind === 'repeat') mutated.splice(at, 0, ...mutated.slice(at, at + 1 + (byte % 16)));
    else mutated = mutated.slice(0, at);
  }
  return Uint8Array.from(mutated);
}

const mutations = fc.oneof(fc.constant([]), fc.array(mutation, { minLength: 1, maxLength: 3 }));

describe('Inbox, of anything', () => {
  test('frames, whole, mutated and random, never throw, are counted and always settled', async () => {
    const { target, take } = await makeTarget();
    const sentAt = fc.oneof(fc.constant(0), fc.nat(), fc.maxSafeInteger().map(Math.abs));
    const sysname = fc.oneof(
      { weight: 9, arbitrary: fc.constant('fleet') },
      { weight: 1, arbitrary: fc.constant('x') },
    );
    const container = fc.oneof(fc.constantFrom('ship', 'shore'), fc.stringMatching(/^[a-z]{1,8}$/));
    const frame = fc
      .tuple(
        fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
        fc.record({ container, sysname, sentAt }),
        mutations,
      )
      .map(([messages, header, changes]) => mutate(frameOf(messages, header), changes));
    const body = fc.oneof(
      { weight: 5, arbitrary: frame },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    );
    fc.assert(
      fc.property(body, properties, routingKey, (bytes, given, key) =>
        take(bytes, { ...given, contentType: frameContentType }, key),
      ),
      { numRuns: 10_000 },
    );
    expect(target.taken).toBeGreaterThanOrEqual(20_000);
    // The cases are worth their name: many are read, many are not.
    expect(target.read).toBeGreaterThan(2000);
    expect(target.inbox.stats.undecodable).toBeGreaterThan(2000);
    expect(target.logger.lines.length).toBeLessThanOrEqual(1000);
  });

  test('JSON, whole, mutated and random, never throws, is counted, always settled, and answered only where it may be', async () => {
    const { target, take } = await makeTarget();
    const encoder = new TextEncoder();
    const json = fc
      .tuple(fc.oneof(fc.json({ maxDepth: 4, stringUnit: 'grapheme' }), fc.json()), mutations)
      .map(([text, changes]) => mutate(encoder.encode(text), changes));
    // Errors that quote the text must not quote half a character.
    const emoji = fc
      .tuple(fc.stringMatching(/^[[{"1, a]{0,8}$/), fc.stringMatching(/^[😀é"x ]{0,30}$/u))
      .map((parts) => encoder.encode(parts.join('')));
    const nested = fc
      .tuple(fc.constantFrom('[', '{"a":', '[1,', ']'), fc.nat(300))
      .map(([part, times]) => encoder.encode(part.repeat(times)));
    const body = fc.oneof(
      { weight: 6, arbitrary: json },
      { weight: 3, arbitrary: emoji },
      { weight: 1, arbitrary: nested },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    );
    fc.assert(
      fc.property(body, properties, routingKey, (bytes, given, key) => take(bytes, given, key)),
      { numRuns: 10_000 },
    );
    expect(target.taken).toBeGreaterThanOrEqual(20_000);
    expect(target.read).toBeGreaterThan(1000);
    expect(target.inbox.stats.undecodable).toBeGreaterThan(2000);
    expect(target.logger.lines.length).toBeLessThanOrEqual(1000);
  });
});
