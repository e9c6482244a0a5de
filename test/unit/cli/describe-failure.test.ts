import { describe, expect, test } from '@jest/globals';
import { describeCauses, describeInOneLine } from '../../../src/cli/describe-failure.ts';
import { ConfigurationError, ContainerError } from '../../../src/errors/index.ts';

describe('describeCauses()', () => {
  test('puts each cause on its line, but none whose words stand above', () => {
    const refused = new Error('connection refused');
    const repeated = new Error('cannot reach the broker', { cause: refused });
    const error = new ConfigurationError('cannot reach the broker at shore', { cause: repeated });
    expect(describeCauses(error)).toBe(
      'ConfigurationError: cannot reach the broker at shore\n  because connection refused',
    );
    expect(describeCauses('just text')).toBe('just text');
  });

  test('tells every problem of a file on a line of its own', () => {
    const problems = [
      { line: 1, column: 2, message: 'one' },
      { line: 3, column: 4, message: 'two\nlines' },
      { file: 'b.app', line: 5, column: 6, message: 'three' },
    ];
    const error = new ConfigurationError('a.app:1:2: one (and 2 more)', {
      details: { file: 'a.app', problems },
    });
    expect(describeCauses(error)).toBe(
      'ConfigurationError: a.app:1:2: one (and 2 more)\n  and a.app:3:4: two lines\n  and b.app:5:6: three',
    );
  });

  test('hides passwords of URLs, in the error and in its causes, also where a password is not encoded', () => {
    const cause = new TypeError('Invalid URL: amqps://captain:se/cr@et@shore/ships');
    const error = new ContainerError(
      'BrokerUnreachable',
      'none of amqp://captain:secret@shore:5672, amqp://mate:hidden@ship answers',
      { cause },
    );
    expect(describeCauses(error)).toBe(
      'BrokerUnreachable: none of amqp://captain:***@shore:5672, amqp://mate:***@ship answers\n' +
        '  because Invalid URL: amqps://captain:***@shore/ships',
    );
  });

  test('ends with causes that never end', () => {
    const error = new Error('round');
    error.cause = new Error('and', { cause: error });
    expect(describeCauses(error)).toBe('round\n  because and');
  });
});

test('describeInOneLine() joins lines and hides passwords of URLs', () => {
  const error = new Error("sysname 'amqp://captain:secret@shore'\n  is not usable");
  expect(describeInOneLine(error)).toBe("sysname 'amqp://captain:***@shore' is not usable");
});
