import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLogger, redactUrls } from '../../../src/logging/index.ts';

describe('redactUrls()', () => {
  test.each([
    ['', ''],
    ['no address at all, but a mail to bob@example.org', 'no address at all, but a mail to bob@example.org'],
    ['amqp://user:pw@host', 'amqp://user:***@host'],
    ['AMQPS://user:pw@host:5671/%2Fv', 'AMQPS://user:***@host:5671/%2Fv'],
    ['amqp://:pw@host', 'amqp://:***@host'],
    ['amqp://user:@host', 'amqp://user:***@host'],
    ['amqp://guest@localhost:5672/v', 'amqp://guest@localhost:5672/v'],
    ['https://ghp_token@host/x', 'https://***@host/x'],
    ['amqp://host:5672/v', 'amqp://host:5672/v'],
    ['amqp://[::1]:5672', 'amqp://[::1]:5672'],
    ['amqp://u:p@h1,amqp://u:p@h2', 'amqp://u:***@h1,amqp://u:***@h2'],
    ['["amqp://u:p@h1","amqp://u:p@h2"]', '["amqp://u:***@h1","amqp://u:***@h2"]'],
    ['from amqp://h to amqp://u:p@h (twice)', 'from amqp://h to amqp://u:***@h (twice)'],
    ['amqp://u:p@h\nand amqp://v:q@h', 'amqp://u:***@h\nand amqp://v:***@h'],
    // Not encoded as they should be.
    ['amqp://u:p@ss@h/v', 'amqp://u:***@h/v'],
    ['amqp://u:p/ss#1@h/v', 'amqp://u:***@h/v'],
    ['amqp://u:my pass@h/v', 'amqp://u:***@h/v'],
    ['amqp://u:x://y@h/v', 'amqp://u:***@h/v'],
    ['amqp://u:p,://y@h/v', 'amqp://u:***@h/v'],
    ['at file:///srv/node_modules/@scope/name/x.js:1:2', 'at file:///srv/node_modules/@scope/name/x.js:1:2'],
    ['https://example.org/@user/x', 'https://example.org/@user/x'],
    ['://@', '://@'],
    ['://', '://'],
  ])('%j becomes %j', (text, redacted) => {
    expect(redactUrls(text)).toBe(redacted);
  });

  test('takes its time in proportion to the text', () => {
    const size = 200_000;
    const hard = ['://', 'a://', ',a://', 'a', '@', '://@', ' a://:', 'a:'];
    const startedAt = performance.now();
    for (const part of hard) redactUrls(part.repeat(size / part.length));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('what a logger writes', () => {
  const clock = { wall: () => 0 };

  function write(
    format: 'line' | 'json',
    message: string,
    fields: Readonly<Record<string, unknown>>,
  ): string {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    createLogger({ level: 'debug', stream, clock, format }).error(message, fields);
    return written.join('');
  }

  test.each([
    'password',
    'Password',
    'PASSWD',
    'brokerPassword',
    'passphrase',
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'credentials',
    'authorization',
    'key',
    'apiKey',
    'private-key',
  ])('hides a fact named %s, at any depth', (name) => {
    for (const value of ['hunter2', { a: ['hunter2'] }, ['hunter2'], new Error('hunter2'), 22_22]) {
      expect(write('line', 'm', { [name]: value })).toBe(`1970-01-01T00:00:00.000Z error m  ${name}=***\n`);
      const nested = write('line', 'm', { list: [{ args: { [name]: value, port: 1 } }] });
      expect(nested).toContain(`list=[{"args":{"${name}":"***","port":1}}]`);
      expect(JSON.parse(write('json', 'm', { [name]: value, args: { [name]: value } }))).toMatchObject({
        [name]: '***',
        args: { [name]: '***' },
      });
    }
  });

  test.each(['routingKey', 'keyboard', 'tokenizer', 'conversation', 'secretary', 'monkey', 'ids'])(
    'shows a fact named %s',
    (name) => {
      expect(write('line', 'm', { [name]: 'hunter2' })).toContain('hunter2');
      expect(write('json', 'm', { a: { [name]: 'hunter2' } })).toContain('hunter2');
    },
  );

  test('leaves out secrets that are undefined', () => {
    expect(write('line', 'm', { password: undefined })).toBe('1970-01-01T00:00:00.000Z error m\n');
    expect(JSON.parse(write('json', 'm', { password: undefined }))).not.toHaveProperty('password');
  });

  /** Everywhere a text may stand in an entry. */
  function everywhere(text: string): [message: string, fields: Record<string, unknown>] {
    const inner = Object.assign(new Error(text), { code: text });
    const error = new Error(`cannot reach ${text}`, { cause: inner });
    const fields = {
      url: text,
      list: [text, { deep: { deeper: [text] } }],
      boxed: new String(text),
      [text]: { [text]: 1 },
      error,
      other: new Error('x', { cause: text }),
      symbol: Symbol(text),
    };
    return [`connecting to ${text}, for the first time`, fields];
  }

  function mustNotHold(secret: string, text: string): void {
    const [message, fields] = everywhere(text);
    for (const format of ['line', 'json'] as const) {
      const written = write(format, message, fields);
      expect(written).not.toContain(secret);
      expect(written).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(written).toContain('***');
    }
  }

  // Starts with something that stands nowhere else in an entry.
  const password = (unit: fc.Arbitrary<string>) =>
    fc.string({ unit, maxLength: 40 }).map((end) => `Zq7${end}`);
  const host = fc.constantFrom('host', 'host:5672', 'host/v', '[::1]:5672/%2F', 'h,amqp://other');

  test('no password in an address survives, encoded as it should be', () => {
    fc.assert(
      fc.property(
        password(fc.oneof(fc.constantFrom(...'@:/?# "\\\n'), fc.string({ minLength: 1, maxLength: 1 }))),
        host,
        (secret, at) => {
          const encoded = encodeURIComponent(secret);
          mustNotHold(encoded, `amqp://user:${encoded}@${at}`);
        },
      ),
    );
  });

  test('no password in an address survives, encoded or not', () => {
    const odd = fc.constantFrom(...'@:/?#"\'\\<>,;=&%$ä🙂*');
    const raw = password(fc.oneof(odd, fc.string({ minLength: 1, maxLength: 1 }))).filter(
      (text) => !/\s/.test(text),
    );
    // With `"` and the like a word ends, unless the address is one by the standard.
    const asWord = raw.filter((text) => !/["<>`]/.test(text));
    const asStandard = password(
      fc.oneof(fc.constantFrom(...'@: "\'\\<>'), fc.string({ minLength: 1, maxLength: 1 })),
    ).filter((text) => !/[/?#]/.test(text));
    fc.assert(
      fc.property(fc.oneof(asWord, asStandard), host, (secret, at) => {
        mustNotHold(secret, `amqp://user:${secret}@${at}`);
      }),
    );
  });

  test('no password survives that is cut off before its address ends', () => {
    for (let length = 8_160; length <= 8_190; length += 1) {
      const text = `${'x'.repeat(length)} amqp://user:Zq7secret@host`;
      for (const format of ['line', 'json'] as const) {
        expect(write(format, text, { text, nested: { text }, error: new Error(text) })).not.toContain('Zq7');
      }
    }
  });
});
