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
