import { describe, expect, test } from '@jest/globals';
import * as room from '../../../src/errors/index.ts';
import {
  ContainerError,
  describeError,
  describeErrors,
  errorCodes,
  fromWireError,
} from '../../../src/errors/index.ts';
import * as api from '../../../src/index.ts';

/** Classes without a code of their own. */
const general: readonly unknown[] = [room.ContainerError, room.ApplicationError, room.RemoteError];

/** The exported classes of errors that have a code of their own, by name. */
function classesOf(module: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(module).filter(
      ([, value]) =>
        typeof value === 'function' && value.prototype instanceof ContainerError && !general.includes(value),
    ),
  );
}

describe('catalogue', () => {
  test('its classes are those that the room exports, and the public API exports the same', () => {
    const named = describeErrors().map(({ className }) => className);
    const classes = classesOf(room);
    expect(named.filter((name) => name !== 'ContainerError').sort()).toEqual(Object.keys(classes).sort());
    // What services declare themselves belongs to contracts.
    const { DeclaredError: _declared, ...published } = classesOf(api);
    expect(published).toEqual(classes);
  });

  test('the public API exports the catalogue itself', () => {
    expect(Object.keys(api.catalogue)).toEqual(errorCodes);
  });

  test.each(errorCodes)('%s: its class raises it, under its name', (code) => {
    const { className } = describeError(code);
    const error = fromWireError({ code, message: 'm' });
    const expected = code.endsWith('Error') ? code : `${code}Error`;
    expect(className).toBe(error.constructor.name);
    expect(['ContainerError', expected]).toContain(className);
    expect([error.code, error.name]).toEqual([code, className === 'ContainerError' ? code : className]);
  });

  test.each(errorCodes)(
    '%s: says what it means and what to do in sentences, and shows an example',
    (code) => {
      const { status, meaning, remedy, example } = describeError(code);
      expect(Number.isInteger(status) && status >= 400 && status <= 599).toBe(true);
      for (const text of [meaning, remedy]) expect(text).toMatch(/^[A-Z][^\n]+\.$/);
      expect(example).toMatch(/^[^\n`]{10,}[^.\s]$/);
    },
  );

  test('what varies from error to error says so in its meaning', () => {
    const varying = describeErrors().filter(({ executed }) => executed === 'varies');
    expect(varying.map(({ code }) => code)).toEqual(['Unavailable']);
    for (const { meaning } of varying) expect(meaning).toContain('details.executed');
  });
});
