import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  ConfigurationError,
  RemoteError,
  TimeoutError,
} from '../../../src/errors/index.ts';
import { ResultPrinter } from '../../../src/shell/result-printer.ts';

const printer = new ResultPrinter(false);

describe('ResultPrinter#show()', () => {
  test.each<[unknown, string]>([
    ['ahoy', 'ahoy'],
    ['', ''],
    ['two\nlines', 'two\nlines'],
    [7, '7'],
    [null, 'null'],
    [{ at: 'bow' }, "{ at: 'bow' }"],
    [[1, 'two'], "[ 1, 'two' ]"],
    [Uint8Array.of(1, 2), 'Uint8Array(2) [ 1, 2 ]'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('%p', (value, text) => {
    expect(printer.show(value)).toBe(text);
  });

  test('goes six levels deep', () => {
    const deep = { a: { b: { c: { d: { e: { f: { g: { h: 1 } } } } } } } };
    expect(printer.show(deep).replaceAll(/\s+/g, ' ')).toBe(
      '{ a: { b: { c: { d: { e: { f: { g: [Object] } } } } } } }',
    );
  });
});

describe('ResultPrinter#inspect()', () => {
  test('quotes texts, as at a prompt', () => {
    expect(printer.inspect('ahoy')).toBe("'ahoy'");
    expect(printer.inspect(7)).toBe('7');
  });

  test('shows an error of ours as code, message and remedy', () => {
    expect(printer.inspect(new TimeoutError('hello did not answer'))).toMatch(
      /^Timeout: hello did not answer\n {2}\S/,
    );
  });

  test('shows any error without its stack', () => {
    expect(printer.inspect(new TypeError('boom'))).toBe('TypeError: boom');
  });

  test('shows the state of a promise', async () => {
    const rejected = Promise.reject(new Error('no'));
    await rejected.catch(() => undefined);
    expect(printer.inspect(new Promise(() => undefined))).toBe('Promise { <pending> }');
    expect(printer.inspect(rejected)).toBe('Promise { <rejected> }');
    expect(printer.inspect(Promise.resolve(5))).toBe('Promise { <fulfilled> }');
  });

  test('colours only where a terminal reads', () => {
    expect(printer.inspect(7)).not.toContain('\u001b');
    expect(new ResultPrinter(true).inspect(7)).toContain('\u001b');
  });
});

describe('ResultPrinter#view()', () => {
  test('prints a value or function in words, and leaves it as it is', () => {
    const value = { ms: 5 };
    expect(printer.show(printer.view(value, () => 'after 5 ms'))).toBe('after 5 ms');
    expect(value).toEqual({ ms: 5 });
    expect(
      printer.inspect(
        printer.view(
          () => 1,
          () => 'gives 1',
        ),
      ),
    ).toBe('gives 1');
  });
});

describe('ResultPrinter#table()', () => {
  const rows = [
    { id: 'ship.1', name: 'hello', load: 0, operations: ['ping', 'hello'], secret: 'x' },
    { id: 'ship.12', name: undefined, load: 10, operations: [], secret: 'y' },
  ];

  test('prints the columns in order, as wide as they need, without space at the end', () => {
    const table = printer.table(rows, ['id', 'name', 'load', 'operations']);
    expect(printer.show(table)).toBe(
      ['ID       NAME   LOAD  OPERATIONS', 'ship.1   hello  0     ping hello', 'ship.12  -      10'].join(
        '\n',
      ),
    );
    expect(printer.inspect(table)).toBe(printer.show(table));
  });

  test('is the rows themselves, so that a value stays a value', () => {
    expect(printer.table(rows, ['id'])).toBe(rows);
  });

  test('of no rows is its head', () => {
    expect(printer.show(printer.table<{ id: string; name: string }>([], ['id', 'name']))).toBe('ID  NAME');
  });

  test('has a line below if there is one', () => {
    expect(printer.show(printer.table([{ id: 1 }], ['id'], 'Ids: 1'))).toBe('ID\n1\nIds: 1');
  });

  test('writes names of columns as words', () => {
    expect(printer.show(printer.table([{ routingKey: 'a' }], ['routingKey']))).toBe('ROUTING KEY\na');
  });

  test('makes room for a head of several words', () => {
    const rows = [{ startType: 'permanent', root: 'ship.1' }];
    expect(printer.show(printer.table(rows, ['startType', 'root']))).toBe(
      'START TYPE  ROOT\npermanent   ship.1',
    );
  });

  test('does not hold for a copy', () => {
    const table = printer.table([{ id: 1 }], ['id']);
    expect(printer.show([...table])).toBe('[ { id: 1 } ]');
  });
});

describe('ResultPrinter#error()', () => {
  test('every problem of a file has its line', () => {
    const problems = [1, 2].map((line) => ({ line, column: 1, message: `problem ${line}` }));
    const error = new ConfigurationError('a.app:1:1: problem 1 (and 1 more)', {
      details: { file: 'a.app', problems },
    });
    expect(printer.error(error)).toMatch(
      /^ConfigurationError: a.app:1:1: problem 1 \(and 1 more\)\n {2}and a.app:2:1: problem 2\n {2}\S/,
    );
  });

  test('an error of ours is code, message and what to do about it', () => {
    expect(printer.error(new TimeoutError('hello did not answer within 5 ms'))).toBe(
      'Timeout: hello did not answer within 5 ms\n  Raise timeoutMs, or find out what keeps the service busy.',
    );
  });

  test('an application’s own has no remedy of ours', () => {
    expect(printer.error(new ApplicationError('OutOfStock', 'no more pumps'))).toBe(
      'OutOfStock: no more pumps',
    );
    expect(printer.error(new RemoteError('constructor', 'odd'))).toBe('constructor: odd');
  });

  test('tells of causes whose words do not stand above already', () => {
    const cause = new RangeError('too deep', { cause: new Error('disk full') });
    expect(printer.error(new ApplicationError('Sunk', 'we sink: too deep', { cause }))).toBe(
      'Sunk: we sink: too deep\n  because Error: disk full',
    );
    const circle = new Error('circle');
    circle.cause = circle;
    expect(printer.error(circle)).toBe('Error: circle');
  });

  test.each<[unknown, string]>([
    [new TypeError('boom'), 'TypeError: boom'],
    // As errors of the prompt's own context look.
    [{ name: 'ReferenceError', message: 'zzz is not defined' }, 'ReferenceError: zzz is not defined'],
    ['text', 'text'],
    [null, 'null'],
    [undefined, 'undefined'],
    [7, '7'],
    [Object.create(null), 'something that has no text was thrown'],
  ])('whatever else was thrown has words: %p', (thrown, text) => {
    expect(printer.error(thrown)).toBe(text);
  });
});
