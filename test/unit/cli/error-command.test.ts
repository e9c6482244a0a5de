import { describe, expect, test } from '@jest/globals';
import { runError } from '../../../src/cli/error-command.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { catalogue, describeError, describeErrors } from '../../../src/errors/index.ts';

/** What `ioncore error` with these arguments prints. */
function printed(code?: string, json = false): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  expect(runError({ command: 'error', code, json }, { stdout: { write } })).toBe(0);
  return text;
}

describe('runError()', () => {
  test('without a code prints a table of all', () => {
    const [head, ...rows] = printed().trimEnd().split('\n');
    expect(head).toMatch(/^CODE +STATUS +RETRY +EXECUTED +MEANING$/);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(Object.keys(catalogue));
    expect(rows.find((row) => row.startsWith('Timeout '))).toMatch(/^Timeout +408 +yes +unknown +No answer/);
    const column = head?.indexOf('MEANING');
    for (const row of rows) expect(row.charAt((column ?? 0) - 1)).toBe(' ');
  });

  test('prints one entry whole', () => {
    const text = printed('Timeout');
    const { meaning, remedy, example } = catalogue.Timeout;
    expect(text).toMatch(/^Timeout {3}status 408, class TimeoutError\n/);
    for (const part of [meaning, remedy, example, 'may help', 'unknown']) expect(text).toContain(part);
    expect(text).toMatch(/[^\n]\n$/);
    expect(printed('Unavailable')).not.toContain('`');
  });

  test.each([['timeout'], ['TIMEOUT'], ['TimeoutError'], ['timeouterror'], ['408']])(
    'takes %s for Timeout',
    (given) => {
      expect(printed(given)).toBe(printed('Timeout'));
    },
  );

  test('lists those of a status', () => {
    const rows = printed('503').trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(['Overloaded', 'Unavailable', 'BrokerUnreachable']);
  });

  test('prints a list as JSON, of one too', () => {
    expect(JSON.parse(printed(undefined, true))).toEqual(describeErrors());
    expect(JSON.parse(printed('timeout', true))).toEqual([describeError('Timeout')]);
  });

  test.each([
    ['Tiemout', "there is no error code 'Tiemout'; did you mean Timeout?"],
    ['unavailabel', "there is no error code 'unavailabel'; did you mean Unavailable?"],
    ['TimeoutErorr', "there is no error code 'TimeoutErorr'; did you mean TimeoutError?"],
    ['OutOfStock', "there is no error code 'OutOfStock'; 'ioncore error' lists all"],
    ['ContainerError', "there is no error code 'ContainerError'; 'ioncore error' lists all"],
    ['__proto__', "there is no error code '__proto__'; 'ioncore error' lists all"],
    ['', "there is no error code ''; 'ioncore error' lists all"],
    ['418', 'no error has the status 418; there are 400, 401, 403, 404, 408, 409, 413, 499, 500, 503'],
  ])('refuses %p', (given, message) => {
    expect(() => printed(given)).toThrow(new UsageError(message));
  });
});
