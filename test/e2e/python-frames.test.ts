import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  Container,
  defineService,
  operation,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, usePrograms } from '../support/cli.ts';

const sysname = 'frames';
const python = process.env.IONCORE_TEST_PYTHON ?? 'python3';
/** Clocks of ships disagree. */
const fiveHoursS = 5 * 3600;

const Deck = defineService({
  name: 'deck',
  version: '1.0.0',
  operations: {
    echo: operation({ content: Type.Any(), result: Type.Any() }),
    text: operation({ content: Type.String(), result: Type.String() }),
    fail: operation({ result: Type.Null() }),
    left: operation({ result: Type.Number() }),
    wait: operation({ result: Type.Null() }),
    slowly: operation({ content: Type.Integer(), result: Type.String() }),
    count: operation({ content: Type.Integer(), result: Type.Integer(), reply: 'stream' }),
  },
});

class DeckService extends ServiceProcess.for(Deck) {
  static readonly concurrency = 4;
  aborted: unknown[] = [];
  waits = 0;
  /** How many parts were made, and whether the maker was stopped. */
  made = 0;
  wasStopped = false;
  readonly notes: unknown[] = [];

  op_echo(content: unknown): unknown {
    this.notes.push(content);
    return content;
  }
  op_text(text: string): string {
    return text;
  }
  op_fail(): never {
    throw new ApplicationError('OutOfStock', 'no more pumps', { status: 409, details: { left: 0 } });
  }
  op_left(_content: null, { remainingMs }: ReceivedMessage): number {
    return remainingMs;
  }
  op_wait(_content: null, { signal }: ReceivedMessage): Promise<null> {
    this.waits += 1;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.aborted.push(signal.reason);
        reject(signal.reason);
      });
    });
  }
  async op_slowly(steps: number, message: ReceivedMessage): Promise<string> {
    for (let step = 1; step <= steps; step += 1) {
      await new Promise<void>((resolve) => this.env.clock.timer(60, resolve));
      this.progress(message, step);
    }
    return 'done';
  }
  async *op_count(upTo: number): AsyncGenerator<number> {
    this.wasStopped = false;
    try {
      for (this.made = 0; this.made < upTo; this.made += 1) yield this.made;
    } finally {
      this.wasStopped = true;
    }
  }
}

let vhost: TestVhost;
let container: Container;
const start = usePrograms();
let members = 0;

beforeAll(async () => {
  vhost = await makeTestVhost('frames');
  container = new Container({ sysname, broker: vhost.url });
  await container.start();
});
afterEach(async () => {
  for (const { id } of container.processes.list()) await container.rpcSend(id, 'terminate');
});
afterAll(async () => {
  await container.stop();
  await vhost.dispose();
});

async function spawnDeck(): Promise<DeckService> {
  return container.processes.get(await container.processes.spawn(DeckService)) as DeckService;
}

/** A Python program that does what it is told, as a member of the system. */
class Member {
  readonly id: string;
  readonly #program: Program;
  #answers = 0;

  constructor(wrongByS = 0) {
    members += 1;
    this.id = `python_${members}`;
    const args = ['test/support/frames_driver.py', vhost.url, sysname, this.id, String(wrongByS)];
    this.#program = start(args, { command: python });
  }

  /** What it answers to a command. */
  async do(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#program.write(`${JSON.stringify(command)}\n`);
    return this.next();
  }

  /** The next line that it writes. */
  async next(): Promise<unknown> {
    this.#answers += 1;
    await this.#program.until('stdout', new RegExp(`^(.*\\n){${this.#answers}}`));
    return JSON.parse(this.#program.stdout.split('\n')[this.#answers - 1] ?? '');
  }

  kill(): Promise<void> {
    return this.#program.dispose();
  }
}

function call(op: string, content?: unknown, more: object = {}) {
  return { do: 'call', receiver: 'deck', op, content, ...more };
}

async function serving(wrongByS = 0): Promise<Member> {
  const member = new Member(wrongByS);
  expect(await member.do({ do: 'serve' })).toEqual({ serving: true });
  return member;
}

describe('a Python program that calls by frames', () => {
  const everything = {
    nothing: null,
    yes: true,
    numbers: [0, -1, 1.5, 4_294_967_296, 9_007_199_254_740_991, -9_007_199_254_740_991],
    beyond: 2 ** 60,
    text: 'Zoë ☃ 𝄞',
    bytes: { $bytes: 'AAECAw==' },
    date: { $date: '2026-01-31T12:00:00.250Z' },
    nested: { list: [[], {}, ['x']] },
  };

  test('is answered with what it sent, bytes and moments among it', async () => {
    const deck = await spawnDeck();
    const member = new Member();
    expect(await member.do(call('echo', everything))).toMatchObject({
      result: { ...everything, date: { $date: '2026-01-31T12:00:00.250000+00:00' } },
    });
    expect(deck.notes[0]).toEqual({
      ...everything,
      bytes: Uint8Array.of(0, 1, 2, 3),
      date: new Date('2026-01-31T12:00:00.250Z'),
    });
  });

  test('is told what went wrong: its content, its operation, the handler, a name that nobody has', async () => {
    const deck = await spawnDeck();
    const member = new Member();
    expect(await member.do(call('text', 7))).toMatchObject({ error: { code: 'BadRequest' } });
    expect(await member.do(call('fly'))).toMatchObject({ error: { code: 'NotFound' } });
    expect(await member.do(call('fail'))).toEqual({
      error: { code: 'OutOfStock', message: 'no more pumps', status: 409, details: { left: 0 } },
    });
    expect(await member.do(call('x', 1, { receiver: 'nobody' }))).toMatchObject({
      error: { code: 'NoReceiver' },
    });
    expect(await member.do(call('x', 1, { receiver: 'ship.4' }))).toMatchObject({
      error: { code: 'NoReceiver' },
    });
    expect(await member.do(call('x', 1, { receiver: `${container.id}.999` }))).toMatchObject({
      error: { code: 'NoReceiver' },
    });
    expect(await member.do(call('text', 'by id', { receiver: deck.id }))).toMatchObject({ result: 'by id' });
  });

  test.each([fiveHoursS, -fiveHoursS])(
    'has the time it gave, with a clock that is %d s wrong',
    async (wrongByS) => {
      await spawnDeck();
      const member = new Member(wrongByS);
      for (const timeoutS of [5, 2]) {
        const answer = await member.do(call('left', null, { timeout_s: timeoutS }));
        const { result } = answer as { result: number };
        expect(result).toBeGreaterThan(timeoutS * 1000 - 1000);
        expect(result).toBeLessThanOrEqual(timeoutS * 1000);
      }
    },
  );

  test('waits no longer than it said, and the handler learns when nobody waits', async () => {
    const deck = await spawnDeck();
    const member = new Member();
    expect(await member.do(call('wait', null, { timeout_s: 0.3 }))).toMatchObject({
      timeout: expect.stringContaining('within 0.3 s'),
    });
    await eventually(() => deck.aborted.length === 1);
    expect(deck.aborted).toMatchObject([{ code: 'Timeout' }]);
  });

  test.each(['a service', 'a process'])(
    'gives a call to %s up: performative 7 stops the handler',
    async (what) => {
      const deck = await spawnDeck();
      const member = new Member();
      const receiver = what === 'a service' ? 'deck' : deck.id;
      expect(await member.do({ do: 'give_up', receiver, op: 'wait', after_s: 0.3 })).toEqual({});
      await eventually(() => deck.aborted.length === 1);
      expect(deck.waits).toBe(1);
      expect(deck.aborted).toMatchObject([{ code: 'Cancelled', message: expect.stringContaining('enough') }]);
    },
  );

  test('reads a stream part by part, with no more under way than it granted', async () => {
    const deck = await spawnDeck();
    const member = new Member();
    const stream = { do: 'stream', receiver: 'deck', op: 'count', content: 50, window: 4 };
    expect(await member.do(stream)).toEqual({ parts: Array.from({ length: 50 }, (_, index) => index) });
    expect(await member.do({ ...stream, take: 3 })).toEqual({ parts: [0, 1, 2] });
    await eventually(() => deck.wasStopped);
    // What was granted: the window at first, and again each half of it that was read.
    expect(deck.made).toBeLessThanOrEqual(3 + 4);
    expect(await member.do({ ...stream, op: 'text', content: 'x' })).toMatchObject({
      error: { code: 'BadRequest' },
    });
  });

  test('hears of progress, which prolongs its time', async () => {
    await spawnDeck();
    const member = new Member();
    expect(await member.do(call('slowly', 8, { progress: true, timeout_s: 0.3 }))).toEqual({
      result: 'done',
      reports: [1, 2, 3, 4, 5, 6, 7, 8],
    });
  });

  test('sends one way, and learns that nobody has the name', async () => {
    const deck = await spawnDeck();
    const member = new Member();
    expect(await member.do({ do: 'send', receiver: 'deck', op: 'echo', content: 'a note' })).toEqual({});
    await eventually(() => deck.notes.length === 1);
    expect(deck.notes).toEqual(['a note']);
    expect(await member.do({ do: 'send', receiver: 'nobody', op: 'echo' })).toMatchObject({
      error: { code: 'NoReceiver' },
    });
  });
});

describe('a Python program that serves by frames', () => {
  test('answers with what it was sent, bytes and moments among it', async () => {
    await serving();
    const content = {
      bytes: Uint8Array.of(255, 0),
      date: new Date('1969-12-31T23:59:59.999Z'),
      numbers: [0, -7, 2 ** 53, 1e300, 0.1],
      text: 'Zoë ☃ 𝄞',
      nested: { '': [null, false] },
    };
    expect(await container.rpcSend('python', 'echo', content)).toEqual(content);
    expect(await container.rpcSend('python', 'ping')).toEqual({ pong: 'pong' });
  });

  test('answers errors as errors', async () => {
    await serving();
    await expect(container.rpcSend('python', 'fail')).rejects.toMatchObject({
      code: 'OutOfStock',
      message: 'no more pumps',
      status: 409,
      details: { left: 0 },
    });
    await expect(container.rpcSend('python', 'fly')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(container.rpcSend('python', 'crash')).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('ZeroDivisionError'),
    });
  });

  test.each([fiveHoursS, -fiveHoursS])(
    'knows what is left of its caller’s time, %d s wrong',
    async (wrongByS) => {
      await serving(wrongByS);
      for (const timeoutMs of [5000, 2000]) {
        const leftS = await container.rpcSend('python', 'left', null, { timeoutMs });
        expect(leftS).toBeGreaterThan(timeoutMs / 1000 - 1);
        expect(leftS).toBeLessThanOrEqual(timeoutMs / 1000);
      }
    },
  );

  test('streams no faster than its reader reads, and stops when nobody does', async () => {
    await serving();
    const parts: unknown[] = [];
    for await (const part of container.stream('python', 'count', 30, { window: 4 })) parts.push(part);
    expect(parts).toEqual(Array.from({ length: 30 }, (_, index) => index));
    for await (const part of container.stream('python', 'count', 1_000_000, { window: 4 })) {
      if (part === 10) break;
    }
    const [first, second] = (await container.rpcSend('python', 'stopped')) as readonly number[];
    expect(first).toBe(29);
    expect(second).toBeLessThanOrEqual(10 + 4 + 1);
  });

  test('agrees, tells of its progress and answers', async () => {
    await serving();
    const reports: unknown[] = [];
    let agreed = 0;
    const options = {
      timeoutMs: 1000,
      onAgree: () => {
        agreed += 1;
      },
      onProgress: (report: unknown) => void reports.push(report),
    };
    expect(await container.rpcSend('python', 'slowly', 1.5, options)).toBe('done');
    expect(agreed).toBe(1);
    expect(reports.length).toBeGreaterThan(3);
  });

  test('drops a request that was given up before its turn', async () => {
    const member = await serving();
    const busy = container.rpcSend('python', 'sleep', 0.5);
    const given = new AbortController();
    const call = container.rpcSend('python', 'note', 'given up', { signal: given.signal });
    given.abort();
    await expect(call).rejects.toMatchObject({ code: 'Cancelled' });
    await busy;
    await container.rpcSend('python', 'note', 'wanted');
    expect(await member.next()).toEqual({ noted: 'wanted' });
  });

  test('takes one-way messages; when it is gone calls fail at once', async () => {
    const member = await serving();
    await container.send('python', 'note', 'one way');
    expect(await member.next()).toEqual({ noted: 'one way' });
    const sleeping = container.rpcSend('python', 'sleep', 60);
    const failed = expect(sleeping).rejects.toMatchObject({ code: 'Unavailable' });
    await member.kill();
    await failed;
  });
});
