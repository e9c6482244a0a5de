import { describe, expect, test } from '@jest/globals';
import {
  ContainerError,
  catalogue,
  fromWireError,
  NotFoundError,
  RemoteError,
  TimeoutError,
} from '../../../src/errors/index.ts';

/** The chain of causes, the nearest first. */
function causesOf({ cause }: Error): readonly Error[] {
  return cause instanceof Error ? [cause, ...causesOf(cause)] : [];
}

describe('fromWireError()', () => {
  test('rebuilds every code of the catalogue with what the catalogue says', () => {
    for (const [code, entry] of Object.entries(catalogue)) {
      const error = fromWireError({ code, message: 'm', status: 999, retryable: true, details: { a: 1 } });
      expect(error).toBeInstanceOf(ContainerError);
      expect(error).not.toBeInstanceOf(RemoteError);
      expect(error).toMatchObject({
        code,
        status: entry.status,
        retryable: entry.retryable,
        severity: entry.severity,
        details: { a: 1 },
      });
    }
    expect(fromWireError({ code: 'NotFound', message: 'm' })).toBeInstanceOf(NotFoundError);
  });

  test('makes a RemoteError of a code it does not know', () => {
    const error = fromWireError({ code: 'OutOfStock', message: 'no pumps', status: 409, retryable: true });
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: 'OutOfStock', status: 409, retryable: true, message: 'no pumps' });
    expect(fromWireError({ code: 'X', message: 'm' })).toMatchObject({ status: 500, retryable: false });
  });

  test('rebuilds the chain of causes, and keeps the remote stack apart from its own', () => {
    const error = fromWireError({
      code: 'Unavailable',
      message: 'gone',
      causes: [
        { code: 'Timeout', message: 'late' },
        { code: 'ECONNREFUSED', message: 'connect' },
      ],
      stack: 'Error: gone\n    at far away',
    });
    const causes = causesOf(error);
    expect(causes.map((cause) => [cause.constructor, cause.message])).toEqual([
      [TimeoutError, 'late'],
      [RemoteError, 'connect'],
    ]);
    expect(causes.at(-1)).toHaveProperty('code', 'ECONNREFUSED');
    expect(error.remoteStack).toBe('remote:\nError: gone\n    at far away');
    expect(error.stack).not.toContain('far away');
  });

  test('has neither cause nor remote stack where none came', () => {
    const error = fromWireError({ code: 'Timeout', message: 'late' });
    expect('cause' in error).toBe(false);
    expect(error.remoteStack).toBeUndefined();
  });

  test.each([
    [null],
    ['text'],
    [[]],
    [{ message: 'm' }],
    [{ code: '', message: 'm' }],
    [{ code: 1, message: 'm' }],
    [{ code: 'x'.repeat(256), message: 'm' }],
    [{ code: 'constructor' }],
    [{ code: 'X', message: 'm', details: [] }],
    [{ code: 'X', message: 'm', details: new Uint8Array(2) }],
    [{ code: 'X', message: 'm', details: new Date(0) }],
    [{ code: 'X', message: 'm', status: 4.5 }],
    [{ code: 'X', message: 'm', status: 1e300 }],
  ])('keeps content that is no wire error, %p, as Internal', (content) => {
    const error = fromWireError(content);
    expect(error.code).toBe('Internal');
    expect(error.details?.content).toBe(content);
  });
});
