import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec, resolveCodecLimits } from '../../../src/codec/index.ts';
import { BadRequestError, OverloadedError, UnavailableError } from '../../../src/errors/index.ts';
import { ConfirmedEvents, confirmedEventsDefaults } from '../../../src/exchange/confirmed-events.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { identity, message, ScriptedTransport } from './bed.ts';

interface Confirmation {
  readonly resolve: (outcome: 'confirmed' | 'unroutable') => void;
  readonly reject: (error: unknown) => void;
}

function makeEvents({ timeoutMs = 1_000, codec = new Codec() } = {}) {
  const env = fakeEnv();
  const transport = new ScriptedTransport();
  const confirmations: Confirmation[] = [];
  transport.outcome = () =>
    new Promise((resolve, reject) => {
      confirmations.push({ resolve, reject });
    });
  const events = new ConfirmedEvents({ identity, codec, transport, env, timeoutMs });
  const outcomes: Record<string, string> = {};
  return {
    env,
    transport,
    events,
    /** By content. */
    outcomes,
    publish: (topic: string, content: unknown) => {
      const bytes = codec.encodeEnvelope(message({ content, performative: 'none' }), identity.container);
      void Promise.resolve(events.publish(topic, bytes)).then((outcome) => {
        outcomes[String(content)] = outcome;
      });
    },
    /** What was handed over, frame by frame: topic, contents, and whether it is marked. */
    frames: () =>
      transport.confirmed.map(({ routingKey, body }) => {
        const { header, messages } = codec.decodeFrame(body, 'ship');
        const contents = messages.map(({ content }) => content);
        return header.resent === true ? [routingKey, contents, 'resent'] : [routingKey, contents];
      }),
    /** The broker answers the frame of that number, from 0 on. */
    answer: async (number: number, outcome: 'confirmed' | 'unroutable' | Error) => {
      const confirmation = confirmations[number];
      if (outcome instanceof Error) confirmation?.reject(outcome);
      else confirmation?.resolve(outcome);
      await turns(2);
    },
    disconnect: () => {
      transport.status = {
        type: 'disconnected',
        epoch: 1,
        cause: new Error('cut'),
        retryInMs: 50,
      };
    },
    connect: async () => {
      transport.status = { type: 'connected', url: 'scripted:', epoch: 2 };
      events.connectionRestored();
      await turns(2);
    },
  };
}

const lost = (published: 'no' | 'unknown') =>
  new UnavailableError('the connection was lost', { details: { published } });

describe('ConfirmedEvents#publish()', () => {
  test('makes one frame per topic of what is published in one turn; all of it has one outcome', async () => {
    const { publish, frames, answer, outcomes, transport } = makeEvents();
    publish('depth.ship7', 1);
    publish('depth.ship8', 2);
    publish('depth.ship7', 3);
    await turns(2);
    expect(frames()).toEqual([
      ['depth.ship7', [1, 3]],
      ['depth.ship8', [2]],
    ]);
    expect(transport.confirmed[0]).toMatchObject({
      exchange: 'fleet~events',
      mandatory: true,
      properties: { contentType: 'application/vnd.ioncore.v1+msgpack', persistent: true },
    });
    expect(outcomes).toEqual({});
    await answer(0, 'confirmed');
    await answer(1, 'unroutable');
    expect(outcomes).toEqual({ 1: 'confirmed', 2: 'unroutable', 3: 'confirmed' });
  });

  test('a frame holds 64 events, and so many bytes as frames may', async () => {
    const { publish, frames } = makeEvents({
      codec: new Codec(resolveCodecLimits({ maxFrameBytes: 2_500, maxEnvelopeBytes: 1_000 })),
    });
    for (let number = 0; number < 65; number += 1) publish('a', number);
    for (const letter of ['x', 'y', 'z']) publish('b', letter.repeat(900));
    await turns(2);
    expect(frames().map(([topic, contents]) => [topic, contents?.length])).toEqual([
      ['a', 64],
      ['a', 1],
      ['b', 2],
      ['b', 1],
    ]);
  });

  test('has so many frames in flight, and what follows waits in order', async () => {
    const { publish, frames, answer } = makeEvents();
    const { framesInFlight } = confirmedEventsDefaults;
    for (let number = 0; number < framesInFlight + 3; number += 1) publish(`t${number}`, number);
    await turns(2);
    expect(frames()).toHaveLength(framesInFlight);
    await answer(7, 'confirmed');
    expect(frames()).toHaveLength(framesInFlight + 1);
    expect(frames().at(-1)).toEqual([`t${framesInFlight}`, [framesInFlight]]);
  });

  test('rejects what is more than may wait', async () => {
    const { events, transport, publish, outcomes } = makeEvents();
    transport.status = { type: 'disconnected', epoch: 0, cause: new Error('x'), retryInMs: 1 };
    const bytes = new Uint8Array(1);
    for (let number = 0; number < confirmedEventsDefaults.maxWaiting; number += 1)
      void events.publish('a', bytes);
    publish('a', 'more');
    await turns(1);
    expect(outcomes).toEqual({ more: 'rejected' });
  });

  test('rejects what would make more bytes wait than may, but for a single event', async () => {
    const { events, transport } = makeEvents();
    transport.status = { type: 'disconnected', epoch: 0, cause: new Error('x'), retryInMs: 1 };
    const large = new Uint8Array(confirmedEventsDefaults.maxWaitingBytes + 1);
    const one = events.publish('a', large);
    expect(one).toBeInstanceOf(Promise);
    expect(events.publish('b', new Uint8Array(1))).toBe('rejected');
    events.close();
    expect(await one).toBe('rejected');
  });

  test('has room again when what waited is with the broker', async () => {
    const { events, answer } = makeEvents({ timeoutMs: 60_000 });
    const half = new Uint8Array(confirmedEventsDefaults.maxWaitingBytes / 2 + 1);
    const first = events.publish('a', half.subarray(0, 1_000));
    await turns(2);
    await answer(0, 'confirmed');
    expect(await first).toBe('confirmed');
    expect(events.publish('a', half)).toBeInstanceOf(Promise);
    expect(events.publish('a', half)).toBe('rejected');
    events.close();
  });
});

describe('ConfirmedEvents, when the broker refuses,', () => {
  test.each([
    ['refuses it (nack)', new OverloadedError('nack')],
    ['cannot carry it', new BadRequestError('a topic of 300 bytes')],
    ['fails otherwise', new Error('who knows')],
  ])('an event that the transport %s is rejected, and the next go on', async (_, error) => {
    const { publish, answer, outcomes } = makeEvents();
    publish('a', 1);
    await turns(2);
    publish('b', 2);
    await turns(2);
    await answer(0, error);
    await answer(1, 'confirmed');
    expect(outcomes).toEqual({ 1: 'rejected', 2: 'confirmed' });
  });

  test('one that was in doubt before stays unknown', async () => {
    const { publish, answer, outcomes, disconnect, connect } = makeEvents();
    publish('a', 1);
    await turns(2);
    disconnect();
    await answer(0, lost('unknown'));
    await connect();
    await answer(1, new OverloadedError('nack'));
    expect(outcomes).toEqual({ 1: 'unknown' });
  });
});

describe('ConfirmedEvents, over a lost connection,', () => {
  test('sends again what was in flight, marked, in its order and before what came later', async () => {
    const { publish, frames, answer, disconnect, connect, outcomes } = makeEvents();
    for (const number of [1, 2, 3]) {
      publish(`t${number}`, number);
      await turns(2);
    }
    await answer(1, 'confirmed');
    disconnect();
    publish('t4', 4);
    await answer(2, lost('unknown'));
    await answer(0, lost('unknown'));
    expect(frames()).toHaveLength(3);
    await connect();
    expect(frames().slice(3)).toEqual([
      ['t1', [1], 'resent'],
      ['t3', [3], 'resent'],
      ['t4', [4]],
    ]);
    for (const number of [3, 4, 5]) await answer(number, 'confirmed');
    expect(outcomes).toEqual({ 1: 'confirmed', 2: 'confirmed', 3: 'confirmed', 4: 'confirmed' });
  });

  test('does not mark what never left', async () => {
    const { publish, frames, answer, disconnect, connect } = makeEvents();
    publish('a', 1);
    await turns(2);
    disconnect();
    await answer(0, lost('no'));
    await connect();
    expect(frames()).toEqual([
      ['a', [1]],
      ['a', [1]],
    ]);
  });

  test('waits for all that was in flight to come back before it sends again', async () => {
    const { publish, frames, answer, disconnect, connect } = makeEvents();
    publish('a', 1);
    publish('b', 2);
    await turns(2);
    disconnect();
    await answer(1, lost('unknown'));
    await connect();
    expect(frames()).toHaveLength(2);
    await answer(0, lost('unknown'));
    // Its channel was lost although there is a connection: a moment later.
    expect(frames()).toHaveLength(2);
  });

  test('a lost channel: tries again a moment later', async () => {
    const { publish, frames, answer, env, outcomes } = makeEvents();
    publish('a', 1);
    await turns(2);
    await answer(0, lost('unknown'));
    expect(frames()).toHaveLength(1);
    await env.advance(100);
    expect(frames()[1]).toEqual(['a', [1], 'resent']);
    await answer(1, 'confirmed');
    expect(outcomes).toEqual({ 1: 'confirmed' });
  });
});

describe('ConfirmedEvents, when the time is over,', () => {
  test('what was handed over is unknown, what never was is rejected', async () => {
    const { publish, answer, disconnect, env, outcomes } = makeEvents({ timeoutMs: 500 });
    publish('never answered', 1);
    await turns(2);
    await env.advance(499);
    expect(outcomes).toEqual({});
    await env.advance(1);
    expect(outcomes).toEqual({ 1: 'unknown' });
    publish('lost', 2);
    await turns(2);
    disconnect();
    await answer(1, lost('unknown'));
    publish('never sent', 3);
    await env.advance(500);
    expect(outcomes).toEqual({ 1: 'unknown', 2: 'unknown', 3: 'rejected' });
  });

  test('a late confirmation changes nothing, and no timer is left', async () => {
    const { publish, answer, env, outcomes } = makeEvents({ timeoutMs: 500 });
    publish('a', 1);
    await env.advance(500);
    await answer(0, 'confirmed');
    expect(outcomes).toEqual({ 1: 'unknown' });
    await env.advance(1_000);
    expect(env.pendingTimers()).toBe(0);
  });

  test('each has its own time', async () => {
    const { publish, env, outcomes, disconnect } = makeEvents({ timeoutMs: 500 });
    disconnect();
    publish('a', 1);
    await env.advance(300);
    publish('a', 2);
    await env.advance(200);
    expect(outcomes).toEqual({ 1: 'rejected' });
    await env.advance(300);
    expect(outcomes).toEqual({ 1: 'rejected', 2: 'rejected' });
  });
});

describe('ConfirmedEvents#settled()', () => {
  test('resolves at once when nothing waits', async () => {
    await makeEvents().events.settled();
  });

  test('hands over what was published in this turn, and resolves when nothing waits any more', async () => {
    const { publish, events, answer, frames } = makeEvents();
    publish('a', 1);
    publish('b', 2);
    publish('b', 3);
    let isSettled = false;
    void events.settled().then(() => {
      isSettled = true;
    });
    expect(frames()).toHaveLength(2);
    await answer(0, 'confirmed');
    expect(isSettled).toBe(false);
    await answer(1, 'unroutable');
    expect(isSettled).toBe(true);
  });
});

describe('ConfirmedEvents#close()', () => {
  test('tells what is in flight as unknown and what was not sent as rejected; later ones are rejected', async () => {
    const { publish, events, env, outcomes } = makeEvents();
    const { framesInFlight } = confirmedEventsDefaults;
    for (let number = 0; number <= framesInFlight; number += 1) publish(`t${number}`, number);
    await turns(2);
    publish('open', 'open');
    events.close();
    publish('late', 'late');
    await turns(2);
    expect(outcomes[0]).toBe('unknown');
    expect(outcomes[framesInFlight - 1]).toBe('unknown');
    expect(outcomes[framesInFlight]).toBe('rejected');
    expect(outcomes).toMatchObject({ open: 'rejected', late: 'rejected' });
    expect(env.pendingTimers()).toBe(0);
  });
});

describe('ConfirmedEvents, whatever the connection does,', () => {
  type Step = 'publish' | 'turn' | 'confirm' | 'lose' | 'restore' | 'wait';

  test('tell the truth: what is confirmed arrived, what is rejected did not, and only what is marked came twice', async () => {
    const step = fc.constantFrom<Step>('publish', 'publish', 'turn', 'confirm', 'lose', 'restore', 'wait');
    const steps = fc.array(fc.tuple(step, fc.boolean()), { maxLength: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { env, transport, events, publish, outcomes, frames, connect, disconnect } = makeEvents();
        /** Frames that the broker has, by number; it answered for some of them. */
        const taken = new Set<number>();
        const open = new Map<number, Confirmation>();
        transport.outcome = () =>
          new Promise((resolve, reject) => {
            open.set(transport.confirmed.length - 1, { resolve, reject });
          });
        let published = 0;
        for (const [what, chance] of all) {
          const [oldest] = open;
          if (what === 'publish') {
            published += 1;
            publish(`t${published % 3}`, published);
          } else if (what === 'turn') {
            await turns(2);
          } else if (what === 'confirm' && oldest !== undefined) {
            const [number, { resolve }] = oldest;
            open.delete(number);
            taken.add(number);
            resolve('confirmed');
            await turns(2);
          } else if (what === 'lose') {
            disconnect();
            for (const [number, { reject }] of open) {
              // With its confirmation on the way, or not yet there.
              if (chance) taken.add(number);
              reject(lost('unknown'));
            }
            open.clear();
            await turns(2);
          } else if (what === 'restore' && transport.status.type === 'disconnected') {
            await connect();
          } else if (what === 'wait') {
            await env.advance(chance ? 150 : 400);
          }
        }
        // Handed over, and nobody will hear of it.
        for (const number of open.keys()) taken.add(number);
        events.close();
        await turns(2);
        const arrived = frames().filter((_, number) => taken.has(number));
        const seen = new Map<unknown, number>();
        for (const [, contents, mark] of arrived) {
          for (const content of contents ?? []) {
            if (seen.has(content)) expect(mark).toBe('resent');
            seen.set(content, (seen.get(content) ?? 0) + 1);
          }
        }
        for (let number = 1; number <= published; number += 1) {
          const outcome = outcomes[number];
          expect(['confirmed', 'rejected', 'unknown']).toContain(outcome);
          if (outcome === 'confirmed') expect(seen.has(number)).toBe(true);
          if (outcome === 'rejected') expect(seen.has(number)).toBe(false);
        }
        // Of each topic what came first is in the order in which it was published.
        for (const topic of ['t0', 't1', 't2']) {
          const first = new Set(arrived.flatMap(([to, contents]) => (to === topic ? contents : [])));
          expect([...first]).toEqual([...first].sort((one, other) => Number(one) - Number(other)));
        }
      }),
      { numRuns: 300 },
    );
  });
});
