import { describe, expect, test } from '@jest/globals';
import { ContainerError, TimeoutError } from '../../../src/errors/index.ts';
import { createLogger, type LoggerOptions, LogLevels, silentLogger } from '../../../src/logging/index.ts';

const clock = { wall: () => Date.UTC(2026, 10, 21, 20, 15, 2, 123) };

function recording(options: Partial<LoggerOptions> = {}) {
  const written: string[] = [];
  const logger = createLogger({
    stream: { write: (text) => written.push(text) },
    clock,
    format: 'line',
    ...options,
  });
  return { logger, written, text: () => written.join('') };
}

describe('createLogger() in format line', () => {
  test('writes time, level, message and fields', () => {
    const { logger, text } = recording();
    logger.info('container started', { container: 'host_1_abc', sysname: 'ship', processes: 3, ok: true });
    expect(text()).toBe(
      '2026-11-21T20:15:02.123Z info  container started  container=host_1_abc sysname=ship processes=3 ok=true\n',
    );
  });

  test('writes a message without fields', () => {
    const { logger, text } = recording();
    logger.error('out of order');
    expect(text()).toBe('2026-11-21T20:15:02.123Z error out of order\n');
  });

  test.each([
    ['', '""'],
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['Grüße→', 'Grüße→'],
    ['line\nfeed', '"line\\nfeed"'],
    ['esc\u001b[31m', '"esc\\u001b[31m"'],
    ['\u0085\u2028', '"\\u{85}\\u{2028}"'],
    ['\u202e reversed', '"\\u{202e} reversed"'],
    [null, 'null'],
    [12n, '12'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [{ a: [1, 'x y'] }, '{"a":[1,"x y"]}'],
    [Object.create(null), '{}'],
  ])('writes the value %p as %p', (value, written) => {
    const { logger, text } = recording();
    logger.info('m', { value });
    expect(text()).toBe(`2026-11-21T20:15:02.123Z info  m  value=${written}\n`);
  });

  test('leaves out fields that are undefined', () => {
    const { logger, text } = recording();
    logger.info('m', { version: undefined, name: 'x' });
    expect(text()).toBe('2026-11-21T20:15:02.123Z info  m  name=x\n');
  });

  test('neither message nor key nor value can forge an entry', () => {
    const { logger, text } = recording();
    const forged = 'x\n2026-11-21T20:15:02.123Z info  all is well\r\u001b[2K';
    logger.warn(forged, { [forged]: forged, nested: { forged }, error: new Error(forged) });
    expect([...text()].filter((character) => /\p{Cc}/u.test(character))).toEqual(['\n']);
  });

  test('survives values that cannot be shown', () => {
    const ring: Record<string, unknown> = {};
    ring.self = ring;
    const odd = Object.assign(new Error('x'), { message: { toString: null }, stack: 7 });
    const { logger, text } = recording({ level: 'debug' });
    logger.info('m', { ring, symbol: Symbol('s'), odd, invalid: new Date(Number.NaN) });
    expect(text()).toBe(
      '2026-11-21T20:15:02.123Z info  m  ring="(cannot be shown)" symbol=Symbol(s) odd="an error without a message" invalid=null\n',
    );
  });

  test('cuts a value that would fill the disk', () => {
    const { logger, text } = recording();
    logger.info('m', { huge: 'x'.repeat(1_000_000), object: { huge: 'y'.repeat(1_000_000) } });
    expect(text().length).toBeLessThan(20_000);
  });

  test('shows message, code and causes of an error, and no stack', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = new ContainerError('BrokerUnreachable', 'no broker answers', { cause });
    const { logger, text } = recording();
    logger.error('not connected', { error });
    expect(text()).toBe(
      '2026-11-21T20:15:02.123Z error not connected  error="no broker answers" error.code=BrokerUnreachable ' +
        'error.cause="connect ECONNREFUSED" error.cause.code=ECONNREFUSED\n',
    );
  });

  test('follows a ring of causes only so far', () => {
    const error = new Error('chicken');
    error.cause = new Error('egg', { cause: error });
    const { logger, text } = recording();
    logger.error('m', { error });
    expect(text().match(/chicken|egg/g)).toHaveLength(5);
  });

  test('shows stacks, indented, when the level is debug', () => {
    const { logger, text } = recording({ level: 'debug' });
    logger.error('m', { error: new TimeoutError('late') });
    const [head, ...rest] = text().trimEnd().split('\n');
    expect(head).toBe('2026-11-21T20:15:02.123Z error m  error="late" error.code=Timeout');
    expect(rest.length).toBeGreaterThan(1);
    for (const line of rest) expect(line).toMatch(/^ {4}\S| {8}at /);
  });

  test('colours the level only when asked', () => {
    const { logger, text } = recording({ colour: true });
    logger.warn('m', { error: new Error('x') });
    expect(text()).toBe('2026-11-21T20:15:02.123Z \u001b[33mwarn \u001b[0m m  error="x"\n');
  });
});

describe('createLogger() in format json', () => {
  const parsed = (text: string): unknown => JSON.parse(text);

  test('writes one object per line', () => {
    const { logger, written } = recording({ format: 'json' });
    logger.info('started\nnow', { processes: 3, list: ['a'], gone: undefined });
    expect(written).toHaveLength(1);
    expect(written[0]?.indexOf('\n')).toBe((written[0]?.length ?? 0) - 1);
    expect(parsed(written[0] ?? '')).toEqual({
      time: '2026-11-21T20:15:02.123Z',
      level: 'info',
      message: 'started\nnow',
      processes: 3,
      list: ['a'],
    });
  });

  test('a field cannot take the place of time, level or message', () => {
    const { logger, text } = recording({ format: 'json' });
    logger.warn('real', { message: 'forged', level: 'info', ['__proto__']: 1 });
    expect(parsed(text())).toMatchObject({
      level: 'warn',
      message: 'real',
      message_: 'forged',
      level_: 'info',
    });
  });

  test('writes errors as objects, with stacks only at debug', () => {
    const error = new TimeoutError('late', { cause: new Error('slow') });
    const atInfo = recording({ format: 'json' });
    atInfo.logger.error('m', { error });
    expect(parsed(atInfo.text())).toMatchObject({
      error: { message: 'late', code: 'Timeout', cause: { message: 'slow' } },
    });
    expect(atInfo.text()).not.toContain('stack');
    const atDebug = recording({ format: 'json', level: 'debug' });
    atDebug.logger.error('m', { error });
    expect(parsed(atDebug.text())).toMatchObject({ error: { stack: expect.stringContaining('at ') } });
  });
});

describe('Logger#enabled()', () => {
  test.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
    ['silent', []],
  ] as const)('level %s writes %p', (level, written) => {
    const { logger, written: lines } = recording({ level });
    const levels = ['error', 'warn', 'info', 'debug'] as const;
    for (const each of levels) logger[each]('m');
    expect(levels.filter((each) => logger.enabled(each))).toEqual(written);
    expect(lines).toHaveLength(written.length);
  });
});

describe('Logger#child()', () => {
  test('adds its fields to those of its parent; those of the entry win', () => {
    const { logger, text } = recording();
    const child = logger.child({ container: 'c', process: 'c.1' }).child({ process: 'c.2' });
    child.info('m', { op: 'hello' });
    child.info('m', { process: 'c.3' });
    logger.info('m');
    expect(text().split('\n')).toEqual([
      '2026-11-21T20:15:02.123Z info  m  container=c process=c.2 op=hello',
      '2026-11-21T20:15:02.123Z info  m  container=c process=c.3',
      '2026-11-21T20:15:02.123Z info  m',
      '',
    ]);
  });
});

test('silentLogger takes everything, is never enabled and begets itself', () => {
  silentLogger.error('m');
  silentLogger.child({ a: 1 }).room('a').debug('m');
  expect(silentLogger.enabled('error')).toBe(false);
  expect(silentLogger.child({})).toBe(silentLogger);
});

describe('Logger#room()', () => {
  test('goes down, and its lines say where they come from', () => {
    const { logger, text } = recording();
    const inbox = logger.child({ container: 'c' }).room('exchange').room('inbox');
    inbox.info('m', { op: 'hello' });
    inbox.child({ process: 'c.1' }).info('m');
    expect(text().split('\n')).toEqual([
      '2026-11-21T20:15:02.123Z info  m  room=exchange.inbox container=c op=hello',
      '2026-11-21T20:15:02.123Z info  m  room=exchange.inbox container=c process=c.1',
      '',
    ]);
  });

  test('a field cannot take the place of the room, and no name of a room can forge an entry', () => {
    for (const format of ['line', 'json'] as const) {
      const { logger, text } = recording({ format });
      logger.room('a\nb').info('m', { room: 'forged' });
      expect(text()).toMatch(/room_"?[=:]"?forged/);
      expect(text().trimEnd()).not.toContain('\n');
    }
  });

  test('is the member after the level in JSON', () => {
    const { logger, text } = recording({ format: 'json' });
    logger.room('app').warn('m', { app: 'hello' });
    expect(text()).toBe(
      '{"time":"2026-11-21T20:15:02.123Z","level":"warn","room":"app","message":"m","app":"hello"}\n',
    );
  });

  test('shows stacks where the level of the room is debug', () => {
    const { logger, text } = recording({ level: new LogLevels({ app: 'debug' }) });
    logger.room('process').error('m', { error: new Error('x') });
    expect(text()).not.toContain(' at ');
    logger.room('app').error('m', { error: new Error('x') });
    expect(text()).toContain(' at ');
  });
});

describe('createLogger() in format auto', () => {
  test.each([
    [true, /^2026/],
    [false, /^\{/],
    [undefined, /^\{/],
  ])('on a stream whose isTTY is %p', (isTTY, expected) => {
    const written: string[] = [];
    createLogger({ stream: { isTTY, write: (text) => written.push(text) }, clock }).info('m');
    expect(written.join('')).toMatch(expected);
  });
});

test('a message whose level is off costs neither time nor formatting', () => {
  const untouchable = new Proxy({}, { get: () => fail(), ownKeys: () => fail() });
  const fail = (): never => {
    throw new Error('looked at');
  };
  const logger = createLogger({ stream: { write: fail }, clock: { wall: fail } });
  const child = logger.child({ untouchable }).room('exchange');
  child.debug('m', { untouchable });
  child.debug('m', untouchable);
  expect(() => child.info('m', { untouchable })).toThrow('looked at');
});
