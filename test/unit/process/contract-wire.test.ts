import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import type { CallOptions } from '../../../src/interact/index.ts';
import { defineService, makeClient, operation } from '../../../src/process/index.ts';

const measure = operation({ result: Type.Number() });

describe('defineService({ wire })', () => {
  test('is what its clients call with, unless the call says otherwise', async () => {
    const given: (CallOptions | undefined)[] = [];
    const caller = {
      call: async (_receiver: string, _op: string, _content: unknown, options?: CallOptions) => {
        given.push(options);
        return 1;
      },
      stream: () => {
        throw new Error('nothing streams here');
      },
    };
    const operations = { measure };
    const json = makeClient(
      defineService({ name: 'depth', version: '1.0.0', wire: 'json', operations }),
      caller,
    );
    await json.measure();
    await json.measure(null, { wire: 'frames' });
    await makeClient(defineService({ name: 'depth', version: '1.0.0', operations }), caller).measure();
    expect(given.map((options) => options?.wire)).toEqual(['json', 'frames', undefined]);
    expect(given[2]).not.toHaveProperty('wire');
  });

  test('refuses json for an operation that streams, which names it', () => {
    const operations = { measure, count: operation({ result: Type.Number(), reply: 'stream' }) };
    const definition = { name: 'depth', version: '1.0.0', operations };
    expect(() => defineService({ ...definition, wire: 'json' })).toThrow(
      expect.objectContaining({
        code: 'ConfigurationError',
        message: expect.stringContaining("'count' streams"),
      }),
    );
    expect(defineService({ ...definition, wire: 'frames' }).wire).toBe('frames');
  });

  test('refuses a wire that there is not', () => {
    const definition = { name: 'depth', version: '1.0.0', operations: { measure }, wire: 'xml' };
    expect(() => Reflect.apply(defineService, undefined, [definition])).toThrow("not 'xml'");
  });
});
