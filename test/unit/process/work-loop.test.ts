import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Message } from '../../../src/codec/index.ts';
import { UnavailableError } from '../../../src/errors/index.ts';
import { type Arrival, FrameTicket } from '../../../src/exchange/index.ts';
import { defineService, operation, type ReceivedMessage, ServiceProcess, Type } from '../../../src/index.ts';
import { noTracing } from '../../../src/interact/index.ts';
import { Responder } from '../../../src/interact/responder.ts';
import { operationTable } from '../../../src/process/operation-table.ts';
import type { WorkHost, WorkKind } from '../../../src/process/work-host.ts';
import { WorkLoop } from '../../../src/process/work-loop.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { TimerWheel } from '../../../src/util/index.ts';
import { arrival, frameDelivery, message } from '../exchange/bed.ts';
import { fakeContext } from './bed.ts';

const Yard = defineService({
  name: 'yard',
  version: '1.0.0',
  operations: {
    slow: operation({ content: Type.Unknown(), result: Type.Unknown() }),
    quick: operation({ content: Type.Unknown(), result: Type.Unknown() }),
    crane: operation({ content: Type.Unknown(), result: Type.Unknown(), concurrency: 1 }),
    again: operation({ content: Type.Unknown(), result: Type.Unknown(), idempotent: true }),
    parts: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }),
    late: operation({ result: Type.Integer(), reply: 'stream' }),
  },
});

/** Every operation but the streams waits for its own gate. */
class YardService extends ServiceProcess.for(Yard) {
  readonly begun: unknown[] = [];
  readonly gates = new EventEmitter().setMaxListeners(0);
  finished = 0;

  op_slow(content: unknown) {
    return this.#work('slow', content);
  }
  op_quick(content: unknown) {
    return this.#work('quick', content);
  }
  op_crane(content: unknown) {
    return this.#work('crane', content);
  }
  op_again(content: unknown, { redelivered }: ReceivedMessage) {
    return this.#work('again', redelivered ? 'redelivered' : content);
  }
  async *op_parts(to: number) {
    try {
      for (let part = 1; part <= to; part += 1) yield part;
    } finally {
      this.finished += 1;
    }
  }
  async *op_late() {
    try {
      await once(this.gates, 'late');
      yield* [];
    } finally {
      this.finished += 1;
    }
  }
  async #work(op: string, content: unknown): Promise<unknown> {
    this.begun.push(content);
    await once(this.gates, op);
    return content;
  }
}

function makeLoop(over: Partial<WorkKind> = {}) {
  const env = fakeEnv();
  const logger = recordingLogger();
  const wheel = new TimerWheel(env.clock);
  const sent: Message[] = [];
  const passed: Arrival[] = [];
  const process = new YardService(fakeContext());
  const host: WorkHost = {
    id: 'shore.1',
    name: 'yard',
    strayError: () => undefined,
    attributesStrayErrors: true,
    process,
    serviceName: 'yard',
    logger,
    responder: new Responder((outgoing) => void sent.push(outgoing.message), logger, env.clock),
    tracing: noTracing,
    isOpen: true,
    now: () => env.clock.now(),
    arm: (entry, delayMs) => wheel.arm(entry, delayMs),
    disarm: (entry) => wheel.disarm(entry),
    passOn: (one) => void passed.push(one),
    instances: () => 1,
  };
  const loop = new WorkLoop(host, {
    operations: operationTable(YardService),
    concurrency: 1,
    mailboxLimit: 3,
    isReentrant: false,
    interleaves: false,
    ...over,
  });
  return {
    env,
    logger,
    loop,
    process,
    sent,
    passed,
    /** Lets everything of an operation go on that waits at its gate. */
    open: async (op: string) => {
      process.gates.emit(op);
      await turns();
    },
  };
}

let conversations = 0;
function request(
  op: string,
  content: unknown = null,
  facts: Parameters<typeof arrival>[1] = {},
  fields = {},
) {
  conversations += 1;
  return arrival(
    { receiver: 'yard', op, content, conversationId: `k#${conversations}`, ...fields },
    { local: false, deadlineAt: 15_000, ...facts },
  );
}
function shared(op: string, content: unknown = null, facts: Parameters<typeof arrival>[1] = {}, fields = {}) {
  const delivery = frameDelivery([message()]);
  return { delivery, one: request(op, content, { ticket: new FrameTicket(delivery, 1), ...facts }, fields) };
}
const failure = (code: string, details: object) => ({ performative: 'failure', content: { code, details } });

describe('WorkLoop, of requests that came through a shared queue,', () => {
  test('tells with the answer how long each kept the process from others', async () => {
    const { env, loop, sent, open } = makeLoop();
    loop.take(shared('slow').one);
    await env.advance(8);
    await open('slow');
    loop.take(request('slow'));
    await env.advance(8);
    await open('slow');
    expect(sent.map(({ workUs }) => workUs)).toEqual([8_000, 0]);
  });

  test('shares the time among as many as are handled together', async () => {
    const { env, loop, sent, open } = makeLoop({ concurrency: 4 });
    loop.take(shared('slow').one);
    loop.take(shared('crane').one);
    await env.advance(8);
    await open('slow');
    await open('crane');
    expect(sent.map(({ workUs }) => workUs)).toEqual([2_000, 8_000]);
  });
});

describe('WorkLoop, when the check of a declared error’s data throws,', () => {
  test('answers with that, and goes on', async () => {
    const operations = operationTable(YardService);
    const quick = operations.get('quick');
    if (quick === undefined) throw new Error('no operation');
    quick.failureFor = () => {
      throw new TypeError('a check that cannot check');
    };
    quick.run = () => {
      throw new Error('broken');
    };
    const { loop, sent, open } = makeLoop({ operations });
    const { one, delivery } = shared('quick');
    loop.take(one);
    loop.take(request('slow'));
    await open('slow');
    expect(sent).toMatchObject([
      { performative: 'failure', content: { code: 'Internal' } },
      { performative: 'inform_result' },
    ]);
    expect(delivery.acks).toBe(1);
    expect(loop.isIdle).toBe(true);
  });
});

describe('WorkLoop, of operations that limit themselves', () => {
  test('never begins more of one than it says, while others go on, in their own order', async () => {
    const { loop, process, open } = makeLoop({ concurrency: 3, mailboxLimit: 20 });
    for (const [op, content] of [
      ['crane', 'c1'],
      ['crane', 'c2'],
      ['quick', 'q1'],
      ['crane', 'c3'],
      ['quick', 'q2'],
      ['quick', 'q3'],
    ] as const)
      loop.take(request(op, content));
    expect(process.begun).toEqual(['c1', 'q1', 'q2']);
    await open('crane');
    expect(process.begun).toEqual(['c1', 'q1', 'q2', 'c2']);
    await open('quick');
    expect(process.begun).toEqual(['c1', 'q1', 'q2', 'c2', 'q3']);
    await open('crane');
    expect(process.begun.at(-1)).toBe('c3');
    await open('crane');
    await open('quick');
    expect(loop.load).toBe(0);
    expect(loop.handled).toBe(6);
  });
});

describe('WorkLoop, of more than it can hold', () => {
  test('answers requests Overloaded, with when to try again; counts and drops one-way messages', async () => {
    const { env, loop, sent, logger, open } = makeLoop({ mailboxLimit: 2 });
    loop.take(request('slow'));
    await env.advance(4000);
    await open('slow');
    for (let count = 0; count < 3; count += 1) loop.take(request('slow'));
    sent.length = 0;
    loop.take(request('quick'));
    expect(sent).toMatchObject([failure('Overloaded', { executed: 'no', retryAfterMs: 6000 })]);
    for (let count = 0; count < 2; count += 1) loop.take(arrival({ performative: 'none', op: 'quick' }));
    expect(loop.dropped).toBe(2);
    expect(logger.lines.filter(({ message: text }) => text.startsWith('mailbox full'))).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  test.each([
    [0, 100],
    [1_000_000, 30_000],
  ])(
    'after operations of %d ms it asks for %d ms: never less than 100, never more than 30 000',
    async (tookMs, retryAfterMs) => {
      const { env, loop, sent, open } = makeLoop({ mailboxLimit: 1 });
      loop.take(request('slow', null, { deadlineAt: Number.POSITIVE_INFINITY }));
      await env.advance(tookMs);
      await open('slow');
      const deadlineAt = Number.POSITIVE_INFINITY;
      for (let count = 0; count < 3; count += 1) loop.take(request('slow', null, { deadlineAt }));
      expect(sent.at(-1)).toMatchObject(failure('Overloaded', { retryAfterMs }));
    },
  );

  test('takes work of a shared queue all the same: its prefetch bounds it', () => {
    const { loop, sent } = makeLoop({ mailboxLimit: 1 });
    for (let count = 0; count < 10; count += 1) loop.take(shared('slow').one);
    expect(loop.load).toBe(10);
    expect(sent).toEqual([]);
  });
});

describe('WorkLoop, of work that has waited long in a shared queue', () => {
  /** A loop that knows: slow takes 1000 ms, quick 10 ms. */
  async function learned() {
    const bed = makeLoop({ mailboxLimit: 100 });
    const { env, loop, open } = bed;
    for (const [op, tookMs] of [
      ['slow', 1000],
      ['quick', 10],
    ] as const) {
      loop.take(request(op));
      await env.advance(tookMs);
      await open(op);
    }
    bed.sent.length = 0;
    return { ...bed, now: env.clock.now() };
  }

  test.each<[string, string, readonly string[], string, number, boolean]>([
    ['cannot be begun in time', 'slow', ['slow', 'slow', 'slow'], 'slow', 2000, true],
    ['can be begun in time', 'slow', ['slow', 'slow', 'slow'], 'slow', 3500, false],
    ['is quick and stands behind slow ones', 'slow', ['slow', 'slow', 'slow'], 'quick', 2000, true],
    ['is slow and stands behind quick ones', 'quick', ['quick', 'quick', 'quick'], 'slow', 2000, false],
    ['has no time left', 'slow', [], 'slow', 0, true],
    ['is next', 'slow', [], 'slow', 1, false],
    ['is wanted for ever', 'slow', ['slow', 'slow'], 'slow', Number.POSITIVE_INFINITY, false],
  ])('what %s', async (_name, running, waiting, op, leftMs, isRefused) => {
    const { loop, sent, now } = await learned();
    loop.take(request(running));
    for (const other of waiting) loop.take(shared(other).one);
    const { one, delivery } = shared(op, null, { deadlineAt: now + leftMs });
    loop.take(one);
    if (isRefused) expect(sent).toMatchObject([failure('Overloaded', { executed: 'no' })]);
    else expect(sent).toEqual([]);
    expect(delivery.acks).toBe(isRefused ? 1 : 0);
  });

  test('is never refused by a process that is idle, nor when it came by id', async () => {
    const { loop, process, sent, now } = await learned();
    loop.take(shared('slow', 'begun', { deadlineAt: now + 1 }).one);
    expect(process.begun.at(-1)).toBe('begun');
    for (let count = 0; count < 3; count += 1) loop.take(request('slow', null, { deadlineAt: now + 1 }));
    expect(sent).toEqual([]);
  });

  test('one-way messages are never refused for it', async () => {
    const { loop, now } = await learned();
    for (let count = 0; count < 3; count += 1) loop.take(request('slow'));
    const { one } = shared('slow', null, { deadlineAt: now }, { performative: 'none' });
    loop.take(one);
    expect(loop.load).toBe(4);
  });
});

describe('WorkLoop, of what comes again', () => {
  test('a request that still runs or waits is not begun again, nor answered twice', async () => {
    const { loop, process, sent, open } = makeLoop({ mailboxLimit: 10 });
    const [runs, waits] = [{ conversationId: 'runs' }, { conversationId: 'waits' }];
    loop.take(request('again', 1, {}, runs));
    loop.take(request('again', 2, {}, waits));
    for (const fields of [runs, waits]) {
      const { one, delivery } = shared('again', 3, { redelivered: true }, fields);
      loop.take(one);
      expect(delivery.acks).toBe(1);
      loop.take(request('again', 4, {}, { ...fields, attempt: 2 }));
    }
    await open('again');
    await open('again');
    expect(process.begun).toEqual([1, 2]);
    expect(sent).toHaveLength(2);
  });

  test('one-way messages are all handled, however alike they look', async () => {
    const { loop, process, open } = makeLoop({ mailboxLimit: 10 });
    const oneWay = { performative: 'none', conversationId: '' };
    loop.take(shared('quick', 1, {}, oneWay).one);
    loop.take(shared('quick', 2, { redelivered: true }, oneWay).one);
    loop.take(shared('quick', 3, { redelivered: true }, oneWay).one);
    for (let count = 0; count < 3; count += 1) await open('quick');
    expect(process.begun).toEqual([1, 2, 3]);
  });

  test('JSON peers who chose the same correlation id each get their answer', async () => {
    const { loop, process, sent, open } = makeLoop({ mailboxLimit: 10 });
    const peer = (replyTo: string, content: number, redelivered = false) =>
      request(
        'again',
        content,
        { origin: '', redelivered, replyRoute: { replyTo, correlationId: '1' } },
        { sender: '', conversationId: '1' },
      );
    loop.take(peer('amq.gen-a', 1));
    loop.take(peer('amq.gen-b', 2));
    loop.take(peer('amq.gen-c', 3, true));
    loop.take(peer('amq.gen-b', 4, true));
    for (let count = 0; count < 4; count += 1) await open('again');
    expect(process.begun).toEqual([1, 2, 'redelivered']);
    expect(sent).toHaveLength(3);
  });

  test.each<[string, Parameters<typeof arrival>[1], object]>([
    ['the broker says so', { redelivered: true }, {}],
    ['who handed it back says so', {}, { headers: { resent: true } }],
  ])('a request that may have run is not run again: %s', async (_name, facts, fields) => {
    const { loop, process, sent, open } = makeLoop();
    loop.take(shared('quick', 1, facts, fields).one);
    await turns();
    expect(process.begun).toEqual([]);
    expect(sent).toMatchObject([failure('Unavailable', { executed: 'unknown' })]);
    loop.take(shared('again', 2, facts, fields).one);
    await open('again');
    expect(process.begun).toEqual(['redelivered']);
  });

  test('whatever it is refused for, nobody is told that nothing ran', async () => {
    const { loop, sent } = makeLoop({ mailboxLimit: 1 });
    loop.take(request('slow'));
    const facts = { redelivered: true };
    loop.take(shared('slow', null, { ...facts, deadlineAt: 0 }).one);
    loop.take(request('quick'));
    loop.take(request('slow', null, facts));
    expect(sent).toMatchObject([
      failure('Overloaded', { executed: 'unknown' }),
      failure('Overloaded', { executed: 'unknown' }),
    ]);
  });
});

describe('WorkLoop, of a request that is given up', () => {
  test('takes it out of the mailbox, and acknowledges its frame', async () => {
    const { loop, process, open } = makeLoop();
    loop.take(request('slow', 1));
    const { one, delivery } = shared('slow', 2, {}, { conversationId: 'gone' });
    loop.take(one);
    expect(loop.cancel('gone', 'mallory', 'why')).toBe(false);
    expect(loop.cancel('gone', 'ship', 'why')).toBe(true);
    expect(delivery.acks).toBe(1);
    await open('slow');
    expect(process.begun).toEqual([1]);
    expect(loop.cancel('gone', 'ship', 'why')).toBe(false);
  });

  test('answers nothing when its handler ends', async () => {
    const { loop, sent, open } = makeLoop();
    loop.take(request('slow', 1, {}, { conversationId: 'gone' }));
    expect(loop.cancel('gone', 'ship', new Error('why'))).toBe(true);
    await open('slow');
    expect(sent).toEqual([]);
    expect(loop.load).toBe(0);
  });
});

describe('WorkLoop, of a stream', () => {
  const stream = (credit: unknown, over: object = {}) => ({
    conversationId: 'stream',
    headers: { protocol: 'stream', credit },
    ...over,
  });
  const kinds = (sent: readonly Message[]) => sent.map(({ performative }) => performative);

  test('agrees, sends parts as granted, and its end', async () => {
    const { loop, sent } = makeLoop();
    loop.take(request('parts', 3, {}, stream(2)));
    await turns();
    expect(kinds(sent)).toEqual(['agree', 'inform_progress', 'inform_progress']);
    expect(loop.grant('stream', 'mallory', 5)).toBe(false);
    expect(loop.grant('stream', 'ship', 5)).toBe(true);
    await turns();
    expect(kinds(sent).slice(3)).toEqual(['inform_progress', 'inform_result']);
    expect(sent.map(({ headers }) => headers?.['conv-seq'])).toEqual([undefined, 3, 4, 5, 6]);
    expect(loop.load).toBe(0);
  });

  test.each(['before it has begun', 'while it waits'])(
    'given up %s it ends, and nothing more is sent',
    async (when) => {
      const { loop, process, sent } = makeLoop();
      loop.take(request('parts', 100, {}, stream(2)));
      if (when === 'while it waits') await turns();
      const before = sent.length;
      expect(loop.cancel('stream', 'ship', new Error('its reader stopped'))).toBe(true);
      await turns();
      expect(loop.load).toBe(0);
      expect(sent).toHaveLength(before);
      expect(process.finished).toBe(when === 'while it waits' ? 1 : 0);
    },
  );

  test('given up while its handler comes to its own end, that end is not sent', async () => {
    const { loop, process, sent, open } = makeLoop();
    loop.take(request('late', null, {}, stream(2)));
    await turns();
    const before = sent.length;
    loop.cancel('stream', 'ship', new Error('its reader stopped'));
    await open('late');
    expect(process.finished).toBe(1);
    expect(loop.load).toBe(0);
    expect(sent).toHaveLength(before);
  });

  test('ends at its deadline when its reader is silent', async () => {
    const { env, loop, process } = makeLoop();
    loop.take(request('parts', 100, { deadlineAt: 1000 }, stream(2, { budgetMs: 1000 })));
    await env.advance(1900);
    expect(loop.load).toBe(1);
    // Twice its time after the last part.
    await env.advance(200);
    expect(loop.load).toBe(0);
    expect(process.finished).toBe(1);
  });

  test('ends half a minute after its last part when its reader set no limit and is silent', async () => {
    const { env, loop, process } = makeLoop();
    loop.take(request('parts', 100, { deadlineAt: Number.POSITIVE_INFINITY }, stream(2)));
    await env.advance(29_000);
    expect(loop.load).toBe(1);
    loop.grant('stream', 'ship', 0);
    await env.advance(29_000);
    expect(loop.load).toBe(1);
    await env.advance(2000);
    expect(loop.load).toBe(0);
    expect(process.finished).toBe(1);
  });

  test.each([1e9, -1, Number.MAX_VALUE, 'much', null, [], {}])(
    'asked for with credit %p sends one part',
    async (credit) => {
      const { loop, sent } = makeLoop();
      loop.take(request('parts', 5000, {}, stream(credit)));
      await turns();
      expect(kinds(sent)).toEqual(['agree', 'inform_progress']);
      loop.giveUp(new UnavailableError('enough'));
      await turns();
      expect(loop.load).toBe(0);
    },
  );
});

describe('WorkLoop#passOnWaiting()', () => {
  test('gives everything that waits to others, in its order', () => {
    const { loop, passed } = makeLoop({ concurrency: 2, mailboxLimit: 10 });
    for (const [op, content] of [
      ['crane', 1],
      ['slow', 2],
      ['crane', 3],
      ['slow', 4],
      ['crane', 5],
    ] as const)
      loop.take(request(op, content));
    loop.passOnWaiting();
    const of = (op: string) =>
      passed.filter((one) => one.message.op === op).map((one) => one.message.content);
    expect([of('crane'), of('slow')]).toEqual([[3, 5], [4]]);
    expect(loop.load).toBe(2);
  });
});
