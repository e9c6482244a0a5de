import { describe, expect, test } from '@jest/globals';
import { BadRequestError } from '../../../src/errors/index.ts';
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
  },
});

/** A client whose calls are kept and answered with `answer`. */
function makeDepth(answer: unknown = null) {
  const calls: Parameters<Caller['call']>[] = [];
  const client = makeClient(Depth, {
    call: async (...call) => {
      calls.push(call);
      return answer;
    },
  });
  return { calls, client };
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
    await expect(client.reset(JSON.parse('0'))).rejects.toThrow('content must be null; found number 0');
    expect(calls).toEqual([]);
  });

  test.each(['three', null, undefined, {}])('refuses the result %p, which its types deny', async (answer) => {
    const { client } = makeDepth(answer);
    await expect(client.measure({ at: 'bow' })).rejects.toThrow(
      /^result of depth\.measure must be number; found /,
    );
  });

  test('lets the caller’s errors through', async () => {
    const boom = new Error('boom');
    const client = makeClient(Depth, { call: () => Promise.reject(boom) });
    await expect(client.reset()).rejects.toBe(boom);
  });

  test('has the contract’s operations and nothing else', () => {
    const { client } = makeDepth();
    expect(Object.keys(client)).toEqual(['measure', 'reset']);
    expect(Object.isFrozen(client)).toBe(true);
  });

  test('does its checks as a rejection, never by throwing', () => {
    const { client } = makeDepth();
    const call = client.measure(JSON.parse('7'));
    expect(call).toBeInstanceOf(Promise);
    return expect(call).rejects.toBeInstanceOf(BadRequestError);
  });
});
