import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLogger, isLogThreshold, LogLevels, type LogThreshold } from '../../../src/logging/index.ts';

const levelsByName = {
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  silent: 'silent',
} as const;
const names = Object.values(levelsByName);

describe('LogLevels#levelOf()', () => {
  const levels = new LogLevels({
    root: 'error',
    exchange: 'warn',
    'exchange.inbox': 'debug',
    process: 'silent',
    'app.hello': 'info',
  });

  test.each<[path: string, level: LogThreshold]>([
    ['', 'error'],
    ['root', 'error'],
    ['transport', 'error'],
    ['transport.amqp', 'error'],
    ['exchange', 'warn'],
    ['exchange.outbox', 'warn'],
    ['exchange.inbox', 'debug'],
    ['exchange.inbox.deeper.still', 'debug'],
    ['exchangeOther', 'error'],
    ['exchange_.inbox', 'error'],
    ['process.HelloService', 'silent'],
    ['app', 'error'],
    ['app.hello', 'info'],
    ['app.hello-2', 'error'],
    ['.', 'error'],
    ['constructor', 'error'],
    ['a name of an app\n', 'error'],
  ])('the level of %j is %s', (path, level) => {
    expect(levels.levelOf(path)).toBe(level);
  });

  test('the nearest ancestor decides, whatever the order of setting', () => {
    const name = fc.constantFrom('a', 'b', 'ab');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    const entries = fc.uniqueArray(fc.tuple(path, fc.constantFrom(...names)), { selector: ([key]) => key });
    fc.assert(
      fc.property(entries, path, (set, asked) => {
        const tree = new LogLevels({}, 'silent');
        for (const [key, level] of set) tree.set(key, level);
        const [nearest] = set
          .filter(([key]) => `${asked}.`.startsWith(`${key}.`))
          .sort(([a], [b]) => b.length - a.length);
        expect(tree.levelOf(asked)).toBe(nearest?.[1] ?? 'silent');
      }),
    );
  });
});

describe('LogLevels#set(), #clear() and #entries()', () => {
  test('without entries everything is info, or what is said', () => {
    expect(new LogLevels().entries()).toEqual([['root', 'info']]);
    expect(new LogLevels({}, 'warn').entries()).toEqual([['root', 'warn']]);
  });

  test('list root first, then what is set, by path', () => {
    const levels = new LogLevels({ process: 'debug', 'app.hello': 'warn', root: 'error' }, 'warn');
    levels.set('exchange', 'silent');
    levels.set('process', 'info');
    expect(levels.entries()).toEqual([
      ['root', 'error'],
      ['app.hello', 'warn'],
      ['exchange', 'silent'],
      ['process', 'info'],
    ]);
  });

  test('what is cleared follows its ancestors again, root its beginning', () => {
    const levels = new LogLevels({ root: 'debug', exchange: 'error' }, 'warn');
    levels.clear('exchange');
    expect(levels.levelOf('exchange.inbox')).toBe('debug');
    levels.clear('root');
    expect(levels.levelOf('exchange.inbox')).toBe('warn');
    levels.clear('never.set');
    expect(levels.entries()).toEqual([['root', 'warn']]);
  });

  test.each([
    ['', 'expected a path of names with dots between them, such as exchange.inbox, found ""'],
    ['exchange.', 'found "exchange."'],
    ['.exchange', 'found ".exchange"'],
    ['a..b', 'found "a..b"'],
    ['two words', 'found "two words"'],
    ['a\nb', 'found "a\\nb"'],
    ['root.exchange', "nothing is below 'root': write 'exchange'"],
  ])('refuse the path %j', (path, message) => {
    const levels = new LogLevels();
    expect(() => levels.set(path, 'info')).toThrow(message);
    expect(() => new LogLevels({ [path]: 'info' })).toThrow(expect.objectContaining({ code: 'BadRequest' }));
    expect(levels.entries()).toHaveLength(1);
  });

  test.each([
    ['wran', '; did you mean warn?'],
    ['WARN', '; did you mean warn?'],
    ['warning', '; did you mean warn?'],
    ['trace', '; did you mean debug?'],
    ['off', '; did you mean silent?'],
    ['', 'found ""'],
    [3, 'found 3'],
    [undefined, 'found undefined'],
  ])('refuse the level %p', (level, message) => {
    const levels = new LogLevels({ exchange: 'error' });
    const untyped = (path: string, level: unknown): unknown =>
      Reflect.apply(levels.set, levels, [path, level]);
    expect(() => untyped('exchange', level)).toThrow('expected a level (silent, error, warn, info, debug)');
    expect(() => untyped('exchange', level)).toThrow(message);
    expect(levels.levelOf('exchange')).toBe('error');
  });

  test('isLogThreshold() knows the names of levels and nothing else', () => {
    expect([...names, 'Info', '', 'toString', 3, null, undefined].filter(isLogThreshold)).toEqual(names);
  });
});

describe('loggers of LogLevels', () => {
  const clock = { wall: () => 0 };

  test('follow every change at their next line', () => {
    const levels = new LogLevels();
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const logger = createLogger({ level: levels, stream, clock, format: 'line' });
    const inbox = logger.room('exchange').room('inbox').child({ container: 'c' });
    const steps: [change: () => void, isEnabled: boolean][] = [
      [() => undefined, false],
      [() => levels.set('exchange', 'debug'), true],
      [() => levels.set('exchange.inbox', 'warn'), false],
      [() => levels.clear('exchange'), false],
      [() => levels.clear('exchange.inbox'), false],
      [() => levels.set('root', 'debug'), true],
      [() => levels.set('exchange.inbox', 'silent'), false],
    ];
    for (const [change, isEnabled] of steps) {
      change();
      expect(inbox.enabled('debug')).toBe(isEnabled);
      inbox.debug('m');
    }
    inbox.error('never, it is silent');
    expect(written).toHaveLength(2);
  });

  test('of different rooms do not share a level', () => {
    const levels = new LogLevels({ exchange: 'debug' });
    const logger = createLogger({ level: levels, stream: { write: () => true }, clock });
    const rooms = [logger, logger.room('exchange'), logger.room('process')];
    expect(rooms.map((room) => room.enabled('debug'))).toEqual([false, true, false]);
  });

  test('two sets of levels do not know each other', () => {
    const [one, other] = [new LogLevels(), new LogLevels()];
    const logger = createLogger({ level: other, stream: { write: () => true }, clock });
    one.set('root', 'debug');
    expect(logger.enabled('debug')).toBe(false);
  });
});

describe('LogLevels#onChanged()', () => {
  test('tells of what is set and cleared, and of nothing else, until it is ended', () => {
    const levels = new LogLevels({ exchange: 'warn' });
    const told: unknown[] = [];
    const stop = levels.onChanged((path, level) => told.push([path, level, levels.levelOf(path)]));
    levels.set('exchange', 'debug');
    expect(() => levels.set('exchange', 'loud' as LogThreshold)).toThrow();
    levels.clear('exchange');
    levels.clear('exchange');
    stop();
    levels.set('exchange', 'warn');
    expect(told).toEqual([
      ['exchange', 'debug', 'debug'],
      ['exchange', undefined, 'info'],
    ]);
  });
});
