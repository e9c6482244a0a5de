import { describe, expect, test } from '@jest/globals';
import { DeadlockError, fromWireError, OverloadedError, toWireError } from '../../../src/errors/index.ts';

describe('DeadlockError#path', () => {
  test('is the path of the details, over the wire too', () => {
    const error = new DeadlockError('m', { details: { path: ['ship.3', 'ship.7'] } });
    expect(error.path).toEqual(['ship.3', 'ship.7']);
    expect(fromWireError(toWireError(error))).toMatchObject({ path: ['ship.3', 'ship.7'] });
  });

  test.each([[undefined], [{ path: 'ship.3' }], [{ path: [1, null] }]])('is empty for %j', (details) => {
    expect(new DeadlockError('m', details === undefined ? {} : { details }).path).toEqual([]);
  });
});

describe('OverloadedError#retryAfterMs', () => {
  test('is that of the details, over the wire too', () => {
    const error = new OverloadedError('m', { details: { retryAfterMs: 250 } });
    expect(error.retryAfterMs).toBe(250);
    expect(fromWireError(toWireError(error))).toMatchObject({ retryAfterMs: 250 });
  });

  test.each([[undefined], ['250'], [-1], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'is undefined for %p',
    (retryAfterMs) => {
      expect(new OverloadedError('m', { details: { retryAfterMs } }).retryAfterMs).toBeUndefined();
    },
  );
});
