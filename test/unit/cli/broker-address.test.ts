import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type BrokerParts, brokerAddress, hasParts } from '../../../src/cli/broker-address.ts';

const none: BrokerParts = {
  host: undefined,
  port: undefined,
  vhost: undefined,
  username: undefined,
  password: undefined,
  credfile: undefined,
};
const directory = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'cred-'));
afterAll(() => rmSync(directory, { recursive: true }));

function credentials(text: string): string {
  const file = join(directory, `c${Math.random()}`);
  writeFileSync(file, text);
  return file;
}

describe('brokerAddress()', () => {
  test('takes ION’s defaults for what is not given', async () => {
    expect(hasParts(none)).toBe(false);
    expect(hasParts({ ...none, port: 5673 })).toBe(true);
    expect(await brokerAddress({ ...none, port: 5673 })).toBe('amqp://guest:guest@localhost:5673/%2F');
    expect(await brokerAddress({ ...none, host: '[::1]', vhost: 'ships/one' })).toBe(
      'amqp://guest:guest@[::1]:5672/ships%2Fone',
    );
  });

  test('takes an IPv6 address as it is written everywhere else', async () => {
    expect(await brokerAddress({ ...none, host: '::1' })).toBe('amqp://guest:guest@[::1]:5672/%2F');
  });

  test('escapes user and password', async () => {
    const address = await brokerAddress({ ...none, username: 'a b', password: 'p@ss/w:rd' });
    expect(new URL(address)).toMatchObject({
      username: 'a%20b',
      password: 'p%40ss%2Fw%3Ard',
      hostname: 'localhost',
    });
  });

  test('takes the credentials file before user and password', async () => {
    const credfile = credentials('ship\n  secret \n');
    expect(await brokerAddress({ ...none, username: 'x', credfile })).toContain('//ship:secret@');
  });

  test.each(['', 'ship', 'ship secret more'])(
    'refuses a credentials file that holds %p, without quoting it',
    async (text) => {
      const refusal = brokerAddress({ ...none, credfile: credentials(text) });
      await expect(refusal).rejects.toMatchObject({
        code: 'ConfigurationError',
        message: expect.not.stringContaining('secret'),
      });
    },
  );

  test.each([
    [{ port: 0 }, /--broker-port must be a port/],
    [{ port: 70_000 }, /from 1 to 65535, not 70000/],
    [{ port: Number.NaN }, /not NaN/],
    [{ host: 'amqp://x' }, /--broker-host 'amqp:\/\/x' is not a host name/],
    [{ host: 'a/b' }, /is not a host name/],
    [{ credfile: '/nowhere/at/all' }, /--broker-credfile \/nowhere\/at\/all cannot be read/],
  ])('refuses %p', async (parts, message) => {
    await expect(brokerAddress({ ...none, ...parts })).rejects.toThrow(message);
  });
});
