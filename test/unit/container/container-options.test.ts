import { describe, expect, test } from '@jest/globals';
import { resolveContainerOptions } from '../../../src/container/container-options.ts';
import { Container, type ContainerOptions, EmbeddedBroker } from '../../../src/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';

/** Options as somebody without types gives them. */
function untyped(options: Record<string, unknown>): ContainerOptions {
  return options;
}

describe('resolveContainerOptions()', () => {
  test('without any is a system of its own on a broker of its own', () => {
    const env = fakeEnv({ hostname: 'my.host', osPid: 9 });
    const { identity, timeoutMs, stopMs, interceptors, broker } = resolveContainerOptions({ env });
    expect(identity.container).toMatch(/^my_host_9_[A-Za-z0-9_-]{4}$/);
    expect(identity.sysname).toBe(identity.container);
    expect({ timeoutMs, stopMs, interceptors }).toEqual({
      timeoutMs: 15_000,
      stopMs: 10_000,
      interceptors: [],
    });
    expect(broker.transport.status).toEqual({ type: 'idle' });
  });

  test('takes what is given, and is frozen', () => {
    const options = resolveContainerOptions({ id: 'ship_1', sysname: 'fleet', timeoutMs: 70, stopMs: 0 });
    expect(options).toMatchObject({
      identity: { container: 'ship_1', sysname: 'fleet' },
      timeoutMs: 70,
      stopMs: 0,
    });
    expect(Object.isFrozen(options) && Object.isFrozen(options.identity)).toBe(true);
  });

  test.each(['', 'a.b', 'a b', '~x', 'ü', 'x'.repeat(101)])(
    'refuses id and sysname %j, naming which',
    (text) => {
      expect(() => new Container({ id: text })).toThrow(`container id '${text}' is not usable`);
      expect(() => new Container({ sysname: text })).toThrow(`sysname '${text}' is not usable`);
      expect(() => new Container({ id: text })).toThrow(expect.objectContaining({ code: 'BadRequest' }));
    },
  );

  test.each([
    [['embedded', 'amqp://a']],
    [['amqp://a', 'embedded']],
    ['amqp://a,embedded'],
    [[]],
    [''],
    ['http://somewhere'],
    ['not a url'],
  ])('refuses broker %j', (broker) => {
    expect(() => new Container({ broker })).toThrow(expect.objectContaining({ code: 'ConfigurationError' }));
  });

  test('shows no password of a broker that it refuses', () => {
    expect.assertions(2);
    try {
      new Container({ broker: 'http://me:s3cret@somewhere' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'ConfigurationError' });
      expect(error instanceof Error && `${error.message}${JSON.stringify(error)}`).not.toContain('s3cret');
    }
  });

  test('takes one or several addresses, and a broker of this process', () => {
    const broker = new EmbeddedBroker({ env: fakeEnv() });
    for (const given of ['amqp://a', 'amqp://a,amqp://b', ['amqp://a', 'amqp://b'], 'embedded', broker]) {
      expect(new Container({ broker: given }).info().broker).toEqual({ type: 'idle' });
    }
  });

  test.each([
    ['timeoutMs', { timeoutMs: -5 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: '500' }],
    ['stopMs', { stopMs: -1 }],
    ['stopMs', { stopMs: Number.NaN }],
    ['prefetch', { exchange: { prefetch: 0 } }],
    ['prefetch', { exchange: { prefetch: 1.5 } }],
    ['prefetch', { exchange: { prefetch: 65_536 } }],
    ['maxDepth', { exchange: { limits: { maxDepth: 0 } } }],
    ['shutdownMs', { processes: { shutdownMs: -1 } }],
  ])('refuses an option as it refuses the same in a config file: %s of %j', (name, options) => {
    expect(() => resolveContainerOptions(untyped(options))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(ConfigurationError|BadRequest)$/) }),
    );
    expect(() => resolveContainerOptions(untyped(options))).toThrow(name);
  });
});
