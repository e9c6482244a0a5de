import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  BadRequestError,
  ContainerError,
  NoReceiverError,
  TimeoutError,
  toWireError,
  UnavailableError,
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

  test('carries status and retryable of an application’s own error', () => {
    const error = new ApplicationError('OutOfStock', 'no more pumps', { status: 409, retryable: true });
    expect(toWireError(error)).toEqual({
      code: 'OutOfStock',
      message: 'no more pumps',
      status: 409,
      retryable: true,
    });
  });

  test('leaves to the catalogue what it says of a code', () => {
    const error = new ApplicationError('Conflict', 'the pump is taken', { status: 418, retryable: true });
    expect(toWireError(error)).toEqual({ code: 'Conflict', message: 'the pump is taken' });
  });

  test.each([
    [new TypeError('boom'), 'boom'],
    [runInNewContext('new TypeError("elsewhere")'), 'elsewhere'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
    [Object.create(null), 'something that has no text was thrown'],
  ])('makes Internal of %p', (thrown, message) => {
    expect(toWireError(thrown)).toEqual({ code: 'Internal', message });
  });

  test('with reveal: false tells the reference instead of the text that nobody foresaw', () => {
    const secret = new Error('cannot open /etc/key', { cause: new Error('/etc/key') });
    const reference = 'container ship, conversation k3Jx#5';
    const wire = toWireError(secret, { reveal: false, reference, withStack: true });
    expect(wire).toEqual({
      code: 'Internal',
      message:
        'the operation failed in a way it did not foresee; see the log of container ship, conversation k3Jx#5',
      details: { reference },
    });
    expect(toWireError(secret, { reveal: false })).toEqual({
      code: 'Internal',
      message: 'the operation failed in a way it did not foresee; see the log of the container that ran it',
    });
  });

  test('with reveal: false still tells errors with a code, but not what caused them', () => {
    const error = new TimeoutError('no answer', { cause: new Error('/etc/key') });
    expect(toWireError(error, { reveal: false, withStack: true })).toEqual({
      code: 'Timeout',
      message: 'no answer',
    });
  });

  test('sends stack and causes only with withStack', () => {
    const node = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const error = new UnavailableError('gone', {
      cause: new RangeError('far', { cause: new TimeoutError('late', { cause: node }) }),
    });
    expect(Object.keys(toWireError(error))).toEqual(['code', 'message']);
    expect(toWireError(error, { withStack: true })).toEqual({
      code: 'Unavailable',
      message: 'gone',
      causes: [
        { code: 'RangeError', message: 'far' },
        { code: 'Timeout', message: 'late' },
        { code: 'ECONNREFUSED', message: 'connect' },
      ],
      stack: error.stack,
    });
    expect(toWireError('text', { withStack: true })).toEqual({ code: 'Internal', message: 'text' });
  });

  test('sends the stack of an error that was passed on with that of where it came from', () => {
    const error = new ContainerError('Internal', 'boom', {
      remoteStack: 'remote:\nError: boom\n    at there',
    });
    expect(toWireError(error, { withStack: true }).stack).toBe(
      `${error.stack}\nremote:\nError: boom\n    at there`,
    );
  });

  test.each([
    [
      'no becomes unknown',
      new UnavailableError('m', { details: { executed: 'no', a: 1 } }),
      { executed: 'unknown', a: 1 },
    ],
    ['the catalogue’s no becomes unknown', new NoReceiverError('m'), { executed: 'unknown' }],
    [
      'unknown stays',
      new UnavailableError('m', { details: { executed: 'unknown' } }),
      { executed: 'unknown' },
    ],
    ['what is not said stays unsaid', new TimeoutError('m'), undefined],
    [
      'an application’s no becomes unknown',
      new ApplicationError('X', 'm', { details: { executed: 'no' } }),
      { executed: 'unknown' },
    ],
    ['an application’s silence stays', new ApplicationError('X', 'm'), undefined],
  ])('with hasRun never says that nothing ran: %s', (_what, error, details) => {
    expect(toWireError(error, { hasRun: true }).details).toEqual(details);
    expect(toWireError(error).details).toBe(error.details);
  });
});
