import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  BadRequestError,
  ContainerError,
  catalogue,
  fromWireError,
  NotFoundError,
  RemoteError,
  toWireError,
} from '../../../src/errors/index.ts';

describe('toWireError()', () => {
  test('keeps code, message and details of a ContainerError', () => {
    const error = new BadRequestError('content/0 must be a number', { details: { path: '/0' } });
    expect(toWireError(error)).toEqual({
      code: 'BadRequest',
      message: 'content/0 must be a number',
      details: { path: '/0' },
    });
  });

  test('carries the status of an application’s own error', () => {
    const error = new ApplicationError('OutOfStock', 'no more pumps', { status: 409 });
    expect(toWireError(error)).toEqual({ code: 'OutOfStock', message: 'no more pumps', status: 409 });
  });

  test.each([
    [new TypeError('boom'), 'boom'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
    [Object.create(null), 'something that has no text was thrown'],
  ])('makes Internal of %p', (thrown, message) => {
    expect(toWireError(thrown)).toEqual({ code: 'Internal', message });
  });
});

describe('fromWireError()', () => {
  test('rebuilds every code of the catalogue with its status', () => {
    for (const [code, entry] of Object.entries(catalogue)) {
      const error = fromWireError({ code, message: 'm', details: { a: 1 } });
      expect(error).toBeInstanceOf(ContainerError);
      expect(error).toMatchObject({
        code,
        status: entry.status,
        retryable: entry.retryable,
        details: { a: 1 },
      });
    }
    expect(fromWireError({ code: 'NotFound', message: 'm' })).toBeInstanceOf(NotFoundError);
  });

  test('makes a RemoteError of a code it does not know', () => {
    const error = fromWireError({ code: 'OutOfStock', message: 'no more pumps', status: 409 });
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: 'OutOfStock', status: 409, message: 'no more pumps' });
  });

  test.each([
    [null],
    ['text'],
    [{ code: 1, message: 'm' }],
    [{ code: 'constructor' }],
    [{ code: 'X', message: 'm', details: [] }],
  ])('keeps content that is no wire error, %p, as Internal', (content) => {
    expect(fromWireError(content)).toMatchObject({ code: 'Internal', details: { content } });
  });
});
