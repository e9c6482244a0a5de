import { describe, expect, test } from '@jest/globals';
import { fakeEnv } from '../../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import { parseBrokerUrl } from '../../../../src/transport/amqp/broker-url.ts';
import {
  type AmqpTransportOptions,
  resolveAmqpTransportOptions,
} from '../../../../src/transport/amqp/index.ts';

const given: AmqpTransportOptions = {
  urls: 'amqp://localhost',
  clientName: 'box',
  env: fakeEnv(),
  logger: recordingLogger(),
};
const pem = '-----BEGIN CERTIFICATE-----\n…';

function problem(options: object): string {
  try {
    resolveAmqpTransportOptions({ ...given, ...options });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ConfigurationError' });
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
}

describe('resolveAmqpTransportOptions()', () => {
  test('fills in the defaults and freezes', () => {
    const resolved = resolveAmqpTransportOptions(given);
    expect(resolved).toMatchObject({
      heartbeatS: 30,
      connectTimeoutMs: 10_000,
      reconnect: { initialMs: 100, maxMs: 5_000 },
      tls: {},
    });
    expect(resolved.urls.map(({ label }) => label)).toEqual(['amqp://guest@localhost:5672']);
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(Object.isFrozen(resolved.urls)).toBe(true);
    expect(Object.isFrozen(resolved.reconnect)).toBe(true);
  });

  test('keeps the order of several addresses', () => {
    const { urls } = resolveAmqpTransportOptions({ ...given, urls: ['amqp://b', 'amqps://a', 'amqp://c:1'] });
    expect(urls.map(({ label }) => label)).toEqual([
      'amqp://guest@b:5672',
      'amqps://guest@a:5671',
      'amqp://guest@c:1',
    ]);
  });

  test.each<[string, object, RegExp]>([
    ['an unknown option', { url: 'amqp://x' }, /no option url; the options are urls, tls/],
    ['an unknown option inside', { reconnect: { minMs: 1 } }, /no option reconnect\.minMs/],
    ['no address', { urls: [] }, /urls is an empty list/],
    ['an address that is no text', { urls: [7] }, /urls\[0\] must be text, not number/],
    ['an empty client name', { clientName: '' }, /clientName must be a non-empty text/],
    ['a negative heartbeat', { heartbeatS: -1 }, /heartbeatS must be a whole number from 0 to 65535, not -1/],
    ['no time to connect', { connectTimeoutMs: 0 }, /connectTimeoutMs must be a whole number from 1/],
    [
      'a cap under the start',
      { reconnect: { maxMs: 50 } },
      /reconnect\.maxMs must be a whole number from 100/,
    ],
    [
      'a file name as certificate',
      { urls: 'amqps://x', tls: { ca: 'ca.pem' } },
      /tls\.ca must be the contents/,
    ],
    [
      'a certificate without key',
      { urls: 'amqps://x', tls: { cert: pem } },
      /tls\.cert and tls\.key go together/,
    ],
    ['tls for a plain address', { tls: { ca: pem } }, /amqp:\/\/guest@localhost:5672 is not encrypted/],
  ])('refuses %s', (_, options, expected) => {
    expect(problem(options)).toMatch(expected);
  });

  test('names the place of a bad address', () => {
    expect(problem({ urls: ['amqp://good', 'http://u:pw@bad'] })).toBe(
      'AmqpTransport: urls[1] "http://***@bad" has the scheme http:// instead of amqp:// or amqps://',
    );
  });
});

describe('resolveAmqpTransportOptions() with a forgotten scheme', () => {
  test.each([
    ['ship:s3cret@rabbit', 'urls "***@rabbit"'],
    [['amqp://good', 'ship:s3cret@rabbit:5672/sea'], 'urls[1] "***@rabbit:5672/sea"'],
    ['amqp://good,ship:s3cret@rabbit'.split(','), 'urls[1] "***@rabbit"'],
  ])('shows no password of %p', (urls, shown) => {
    expect(problem({ urls })).toBe(
      `AmqpTransport: ${shown} is not a URL; wanted amqp://user:password@host:port/vhost`,
    );
  });
});

describe('parseBrokerUrl()', () => {
  test('takes every part, percent-encoding undone, and shows no password', () => {
    expect(parseBrokerUrl('amqps://ship%20one:p%40ss%2Fw@rabbit.example:5000/sea%2Fnorth', 'urls')).toEqual({
      protocol: 'amqps',
      hostname: 'rabbit.example',
      port: 5000,
      login: 'ship one',
      password: 'p@ss/w',
      vhost: 'sea/north',
      label: 'amqps://ship%20one@rabbit.example:5000/sea%2Fnorth',
    });
  });

  test.each(['amqp://host', 'amqp://host/', 'amqp://host/%2F', 'amqp://guest:guest@host:5672'])(
    'reads %s as the default virtual host, port and user',
    (text) => {
      expect(parseBrokerUrl(text, 'urls')).toMatchObject({
        login: 'guest',
        password: 'guest',
        port: 5672,
        vhost: '/',
        label: 'amqp://guest@host:5672',
      });
    },
  );

  test('takes an IPv6 address out of its brackets', () => {
    expect(parseBrokerUrl('amqp://[::1]:99', 'urls')).toMatchObject({
      hostname: '::1',
      label: 'amqp://guest@[::1]:99',
    });
  });

  test.each([
    ['amqp://u:s3cret@', /is not a URL/],
    ['amqp:///u:s3cret@x', /names no host|"@" after the host/],
    ['amqp://u:s3/cret@host', /"@" after the host; percent-encode|is not a URL/],
    ['amqp://u:s3cret@host/a/b', /"\/" in its virtual host; write it as %2F/],
    ['amqp://u:s3cret@host/a?heartbeat=5', /parameters after the virtual host/],
    ['amqp://u:s3cret@host/%FF', /virtual host that is not percent-encoded UTF-8/],
    ['redis://u:s3cret@host', /scheme redis:/],
    ['u:s3cret@host', /"\*\*\*@host" is not a URL; wanted amqp:/],
    ['u:s3@cret@host', /"\*\*\*@host" is not a URL/],
    ['u:s3//cret@host', /"\*\*\*@host" is not a URL/],
    ['amqp:u:s3cret@host', /"\*\*\*@host" is not a URL/],
    ['amqp:/u:s3cret@host', /"\*\*\*@host" is not a URL/],
    ['u:s3cret@a,u:s3cret@b', /"\*\*\*@b" is not a URL/],
    ['u:s3cret', /"u:\*\*\*" is not a URL/],
    ['amqp://u:s3cret', /"amqp:\/\/u:\*\*\*" is not a URL/],
    ['localhost:5672/a', /"localhost:5672\/a" is not a URL/],
  ])('refuses %s without showing its password', (text, expected) => {
    const parse = () => parseBrokerUrl(text, 'place');
    expect(parse).toThrow(expected);
    expect(parse).not.toThrow(/s3cret|s3|cret/);
    expect(parse).toThrow(/^place "/);
  });
});
