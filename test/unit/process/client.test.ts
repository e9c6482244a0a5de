import { describe, expect, test } from '@jest/globals';
import { BadRequestError, ContainerError, RemoteError } from '../../../src/errors/index.ts';
import { type Caller, defineService, makeClient, operation, Type } from '../../../src/process/index.ts';

const Depth = defineService({
  name: 'depth',
  version: '2.1.0',
  operations: {
    measure: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.Number(),
      idempotent: true,
      timeoutMs: 700,
    }),
    reset: operation(),
    soundings: operation({
      content: Type.Integer(),
      result: Type.Number(),
      reply: 'stream',
      timeoutMs: 90,
      errors: { Aground: Type.Object({ depth: Type.Number() }) },
    }),
    sound: operation({ errors: { Aground: Type.Object({ depth: Type.Number() }) } }),
  },
});

/** A client whose calls are kept and answered with `answer`, and whose streams give `parts`. */
function makeDepth(answer: unknown = null, parts: readonly unknown[] = []) {
  const calls: Parameters<Caller['call']>[] = [];
  const log = { ended: 0 };
  const client = makeClient(Depth, {
    call: async (...call) => {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    stream: async function* (...call) {
      calls.push(call);
      try {
        yield* parts;
        if (answer instanceof Error) throw answer;
      } finally {
        log.ended += 1;
      }
    },
  });
  return { calls, client, log };
}

async function readAll<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const part of parts) read.push(part);
  return read;
}

describe('makeClient()', () => {
  test('calls the contract’s address, with the operation’s own ways unless the call says otherwise', async () => {
    const { calls, client } = makeDepth(3);
    expect(await client.measure({ at: 'bow' })).toBe(3);
    await client.measure({ at: 'bow' }, { timeoutMs: 50 });
    await client.measure({ at: 'bow' }, { idempotent: false, headers: { quiet: true } });
    expect(calls).toEqual([
      ['depth.v2', 'measure', { at: 'bow' }, { idempotent: true, timeoutMs: 700 }],
      ['depth.v2', 'measure', { at: 'bow' }, { idempotent: true, timeoutMs: 50 }],
      ['depth.v2', 'measure', { at: 'bow' }, { idempotent: false, timeoutMs: 700, headers: { quiet: true } }],
    ]);
  });

  test('sends null where there is no content, and leaves the time to the container where the contract does', async () => {
    const { calls, client } = makeDepth();
    expect(await client.reset()).toBeNull();
    await client.reset(null, { timeoutMs: 5 });
    expect(calls).toEqual([
      ['depth.v2', 'reset', null, { idempotent: false }],
      ['depth.v2', 'reset', null, { idempotent: false, timeoutMs: 5 }],
    ]);
  });

  test('refuses content that does not fit, without a call', async () => {
    const { calls, client } = makeDepth(3);
    for (const text of ['null', '{}', '{"at": 1}', '{"at": "bow", "more": 1}']) {
      await expect(client.measure(JSON.parse(text))).rejects.toBeInstanceOf(BadRequestError);
    }
    await expect(client.reset(JSON.parse('0'))).rejects.toThrow('content: expected null, found number 0');
    expect(calls).toEqual([]);
  });

  test.each(['three', null, undefined, {}])('refuses the result %p, which its types deny', async (answer) => {
    const { client } = makeDepth(answer);
    await expect(client.measure({ at: 'bow' })).rejects.toThrow(
      /^depth\.measure answered what its contract does not allow: result: expected number, found /,
    );
  });

  test('lets the caller’s errors through', async () => {
    const boom = new Error('boom');
    const { client } = makeDepth(boom);
    await expect(client.reset()).rejects.toBe(boom);
  });

  test('has the contract’s operations and nothing else', () => {
    const { client } = makeDepth();
    expect(Object.keys(client)).toEqual(['measure', 'reset', 'soundings', 'sound']);
    expect(Object.isFrozen(client)).toBe(true);
  });

  test('does its checks as a rejection, never by throwing', () => {
    const { client } = makeDepth();
    const call = client.measure(JSON.parse('7'));
    expect(call).toBeInstanceOf(Promise);
    return expect(call).rejects.toBeInstanceOf(BadRequestError);
  });
});

describe('makeClient(), results', () => {
  test('that its types deny are Internal, with the place in details', async () => {
    const { client } = makeDepth('three');
    await expect(client.measure({ at: 'bow' })).rejects.toBeInstanceOf(ContainerError);
    await expect(client.measure({ at: 'bow' })).rejects.toMatchObject({
      code: 'Internal',
      details: { path: 'result', expected: 'number', found: 'string "three"' },
    });
  });
});

describe('makeClient(), declared errors', () => {
  const remote = (code: string, details?: Record<string, unknown>) =>
    new RemoteError(code, 'too shallow', { status: 409, ...(details && { details }) });

  test('come as the class of the contract', async () => {
    const sent = remote('Aground', { depth: 1.5 });
    const failed = await makeDepth(sent)
      .client.sound()
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Depth.errors.Aground);
    expect(failed).toMatchObject({
      code: 'Aground',
      status: 409,
      message: 'too shallow',
      data: { depth: 1.5 },
    });
  });

  test('keep what they say of their way', async () => {
    const cause = new Error('swell');
    const sent = new RemoteError('Aground', 'x', {
      details: { depth: 1 },
      cause,
      remoteStack: 'remote:\n at op_sound',
    });
    await expect(makeDepth(sent).client.sound()).rejects.toMatchObject({
      cause,
      remoteStack: 'remote:\n at op_sound',
    });
  });

  test.each([[{ depth: 'x' }], [{}], [undefined], [{ depth: 1, more: 1 }]])(
    'with data %p stay what they came as',
    async (details) => {
      const sent = remote('Aground', details);
      await expect(makeDepth(sent).client.sound()).rejects.toBe(sent);
    },
  );

  test('that another operation declares, or none, stay what they came as', async () => {
    for (const sent of [remote('Aground', { depth: 1 }), remote('Sunk'), remote('constructor')]) {
      await expect(makeDepth(sent).client.reset()).rejects.toBe(sent);
    }
  });
});

describe('makeClient(), streams', () => {
  test('are called when the first part is asked for, and give checked parts', async () => {
    const { calls, client } = makeDepth(null, [1, 2]);
    const parts = client.soundings(7, { window: 3 });
    expect(calls).toEqual([]);
    expect(await readAll(parts)).toEqual([1, 2]);
    expect(calls).toEqual([['depth.v2', 'soundings', 7, { idempotent: false, timeoutMs: 90, window: 3 }]]);
  });

  test('refuse content that does not fit without a call', async () => {
    const { calls, client } = makeDepth(null, [1]);
    await expect(readAll(client.soundings(1.5))).rejects.toBeInstanceOf(BadRequestError);
    expect(calls).toEqual([]);
  });

  test('end with a part that does not fit, after those before it', async () => {
    const { client, log } = makeDepth(null, [1, 'two', 3]);
    const read: number[] = [];
    const reading = (async () => {
      for await (const part of client.soundings(1)) read.push(part);
    })();
    await expect(reading).rejects.toThrow(
      'depth.soundings answered what its contract does not allow: result: expected number',
    );
    expect(read).toEqual([1]);
    expect(log.ended).toBe(1);
  });

  test('end with declared errors too', async () => {
    const { client } = makeDepth(new RemoteError('Aground', 'x', { details: { depth: 0 } }), [1]);
    await expect(readAll(client.soundings(1))).rejects.toBeInstanceOf(Depth.errors.Aground);
  });

  test('are stopped by a reader that stops', async () => {
    const { client, log } = makeDepth(null, [1, 2, 3]);
    for await (const part of client.soundings(1)) {
      expect(part).toBe(1);
      break;
    }
    expect(log.ended).toBe(1);
  });
});
