import { describe, expect, test } from '@jest/globals';
import { outgoing } from '../../../src/exchange/index.ts';
import {
  type Interceptor,
  type InterceptorSpec,
  InterceptorSystem,
  resolveInterceptors,
} from '../../../src/intercept/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { message } from '../exchange/bed.ts';
import { passing } from './bed.ts';

function makeSystem(...specs: readonly InterceptorSpec[]) {
  const logger = recordingLogger();
  const system = new InterceptorSystem({
    identity: { container: 'shore', sysname: 'fleet' },
    env: fakeEnv(),
    logger,
    specs,
  });
  return { system, logger };
}

describe('InterceptorSystem', () => {
  test('makes the interceptors in order when it is initialised, each once', async () => {
    const made: unknown[] = [];
    const spec = (name: string): InterceptorSpec => ({
      name,
      make: async ({ container, sysname }) => {
        made.push([name, container, sysname]);
        return passing;
      },
    });
    const { system } = makeSystem(spec('A'), spec('B'));
    expect(made).toEqual([]);
    await system.initialize();
    await system.activate();
    expect(made).toEqual([
      ['A', 'shore', 'fleet'],
      ['B', 'shore', 'fleet'],
    ]);
    expect(system.names).toEqual(['A', 'B']);
  });

  test('lets nothing walk before they are made', () => {
    const { system } = makeSystem({ name: 'A', make: () => passing });
    expect(() => system.chain.out(() => undefined)(outgoing(message()))).toThrow(
      "interceptor 'A' is not made yet",
    );
  });

  test('closes them once it ends, in reverse order, one after the other; one that fails is logged', async () => {
    const notes: string[] = [];
    const spec = (name: string): InterceptorSpec => ({
      name,
      make: ({ onStop }) => {
        onStop(async () => {
          notes.push(`close ${name}`);
          await Promise.resolve();
          if (name === 'B') throw new Error('stuck');
          notes.push(`closed ${name}`);
        });
        return passing;
      },
    });
    const { system, logger } = makeSystem(spec('A'), spec('B'), spec('C'));
    await system.initialize();
    await system.activate();
    await system.terminate();
    expect(notes).toEqual(['close C', 'closed C', 'close B', 'close A', 'closed A']);
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('closes those that were made when a later one cannot be', async () => {
    const notes: string[] = [];
    const { system } = makeSystem(
      {
        name: 'A',
        make: ({ onStop }) => {
          onStop(() => void notes.push('closed A'));
          return passing;
        },
      },
      {
        name: 'B',
        make: () => {
          throw new Error('no key');
        },
      },
    );
    await expect(system.initialize()).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: "interceptor 'B' cannot be made: no key",
    });
    expect(notes).toEqual(['closed A']);
  });

  test('refuses what is no interceptor, and one that is asynchronous, when it is initialised', async () => {
    const asynchronous = makeSystem({ name: 'later', make: () => async () => undefined });
    await expect(asynchronous.system.initialize()).rejects.toThrow("interceptor 'later' is asynchronous");
  });
});

describe('resolveInterceptors()', () => {
  test('calls a function by its own name, else by its place', () => {
    const audit: Interceptor = (_invocation, next) => next();
    const specs = resolveInterceptors([
      audit,
      (_invocation, next) => next(),
      { name: 'x', make: () => audit },
    ]);
    expect(specs.map(({ name }) => name)).toEqual(['audit', 'interceptor 2', 'x']);
  });
});
