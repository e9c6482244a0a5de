import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec } from '../../../src/codec/index.ts';
import { outgoing } from '../../../src/exchange/index.ts';
import { loadInterceptors } from '../../../src/intercept/index.ts';
import { isLarger } from '../../../src/intercept/size-limit.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival, message } from '../exchange/bed.ts';
import { chainOf, notingWay } from './bed.ts';

/** An interceptor of the container's own, and what it logs. */
async function builtIn(name: string, args = '{}') {
  const logger = recordingLogger();
  const [spec] = await loadInterceptors(
    `interceptors: {${name}: {args: ${args}}}\nstack: [${name}]`,
    'f.yaml',
    async () => ({}),
  );
  if (spec === undefined) throw new Error('no spec');
  const intercept = await spec.make({
    container: 'shore',
    sysname: 'fleet',
    env: fakeEnv(),
    logger,
    onStop: () => undefined,
  });
  return { ...chainOf(intercept), log: logger };
}

describe('log', () => {
  test('writes a line per message each way, without its content', async () => {
    const { chain, log } = await builtIn('log');
    const { way, accepted } = notingWay();
    chain.out(() => undefined)(outgoing(message({ content: 'secret', conversationId: 'c1' })));
    chain.in(way)(arrival({ performative: 'none', op: 'note' }));
    expect(accepted).toHaveLength(1);
    expect(log.lines).toEqual([
      {
        level: 'debug',
        message: 'a message goes out',
        fields: expect.objectContaining({
          op: 'hello',
          receiver: 'hello',
          conversation: 'c1',
          origin: 'shore',
        }),
      },
      {
        level: 'debug',
        message: 'a message comes in',
        fields: expect.objectContaining({ op: 'note', sender: 'ship.1', origin: 'ship' }),
      },
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  test('takes no arguments', async () => {
    await expect(builtIn('log', '{level: info}')).rejects.toThrow("unknown key 'level'; it takes none");
  });
});

describe('size-limit', () => {
  test('refuses contents over the limit of their way and operation with TooLarge', async () => {
    const { chain } = await builtIn(
      'size-limit',
      '{inBytes: 10, operations: {upload: {inBytes: 100, outBytes: 5}}}',
    );
    const { way, accepted, refused } = notingWay();
    const walkIn = chain.in(way);
    walkIn(arrival({ content: 'x'.repeat(9) }));
    walkIn(arrival({ content: 'x'.repeat(10) }));
    walkIn(arrival({ op: 'upload', content: 'x'.repeat(99) }));
    walkIn(arrival({ op: 'upload', content: new Uint8Array(100) }));
    expect(accepted.map(({ message: { op } }) => op)).toEqual(['hello', 'upload']);
    expect(refused.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: 'TooLarge', details: { limitBytes: 10, path: 'in' } }),
      expect.objectContaining({ code: 'TooLarge', details: { limitBytes: 100, path: 'in' } }),
    ]);
    const walkOut = chain.out(() => undefined);
    walkOut(outgoing(message({ content: 'x'.repeat(1_000) })));
    expect(() => walkOut(outgoing(message({ op: 'upload', content: 'x'.repeat(5) })))).toThrow(
      "hello.upload: the content is over the 5 bytes that may go out; send less at once, or raise the limit of 'size-limit'",
    );
  });

  test.each([
    ['{inByte: 3}', "args: unknown key 'inByte'; did you mean 'inBytes'?"],
    ['{inBytes: 0}', 'args.inBytes: expected a whole number of at least 1, found 0'],
    ['{operations: [upload]}', 'args.operations: expected a map'],
    ['{operations: {upload: 3}}', 'args.operations.upload: expected a map, found 3'],
    [
      '{operations: {upload: {outbytes: 3}}}',
      "args.operations.upload: unknown key 'outbytes'; did you mean 'outBytes'?",
    ],
  ])('refuses %s', async (args, expected) => {
    await expect(builtIn('size-limit', args)).rejects.toThrow(
      expect.objectContaining({
        code: 'ConfigurationError',
        message: expect.stringMatching(/^f\.yaml:1:16: interceptors\.size-limit cannot be made: /),
      }),
    );
    await expect(builtIn('size-limit', args)).rejects.toThrow(expected);
  });

  test('never counts much less than what a content takes on the wire', () => {
    const codec = new Codec();
    const empty = codec.encodeEnvelope(message({ content: null }), 'ship').length;
    // That key is refused everywhere.
    const sendable = fc
      .jsonValue({ maxDepth: 6 })
      .filter((content) => !JSON.stringify(content).includes('__proto__'));
    fc.assert(
      fc.property(sendable, (content) => {
        const wireBytes = codec.encodeEnvelope(message({ content }), 'ship').length - empty;
        // Text of 32 bytes or more has up to four bytes of length before it, of which one is counted.
        expect(isLarger(content, Math.floor(wireBytes * 0.85) - 5)).toBe(true);
      }),
    );
  });

  test('stops counting when it is sure', () => {
    const read: string[] = [];
    const content = new Proxy([] as unknown[], {
      get: (target, key) => {
        read.push(String(key));
        return key === 'length' ? 1_000_000 : Reflect.get(target, key);
      },
    });
    expect(isLarger(content, 50)).toBe(true);
    expect(read.length).toBeLessThan(200);
  });

  test('ends on a content that holds itself, which the exchange refuses', () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(isLarger(ring, 1_000_000)).toBe(false);
  });
});
