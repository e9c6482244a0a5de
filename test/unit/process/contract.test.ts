import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  BadRequestError,
  ConfigurationError,
  catalogue,
  toWireError,
} from '../../../src/errors/index.ts';
import { DeclaredError, defineService, operation, Type } from '../../../src/process/index.ts';

describe('operation()', () => {
  test('is null to null, once, alone and with the container’s time, unless it says otherwise', () => {
    const plain = operation();
    expect(plain).toEqual({
      content: Type.Null(),
      result: Type.Null(),
      errors: {},
      reply: 'single',
      idempotent: false,
      reentrant: false,
      concurrency: undefined,
      timeoutMs: undefined,
    });
    const all = {
      content: Type.String(),
      result: Type.Number(),
      errors: { Closed: Type.Object({}) },
      reply: 'stream' as const,
      idempotent: true,
      reentrant: true,
      concurrency: 4,
      timeoutMs: 70,
    };
    expect(operation(all)).toEqual(all);
    expect(Object.isFrozen(plain) && Object.isFrozen(operation(all).errors)).toBe(true);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ concurrency: 0 }, 'concurrency of an operation is a whole number of at least 1, not number 0'],
    [{ concurrency: 1.5 }, 'concurrency of an operation is a whole number of at least 1, not number 1.5'],
    [{ concurrency: Number.POSITIVE_INFINITY }, 'concurrency of an operation is a whole number'],
    [{ timeoutMs: 0 }, 'timeoutMs of an operation is a whole number from 1 to 86400000, not number 0'],
    [{ timeoutMs: 86_400_001 }, 'timeoutMs of an operation is a whole number from 1 to 86400000'],
    [{ timeoutMs: '5' }, 'timeoutMs of an operation is a whole number from 1 to 86400000, not string "5"'],
    [{ reply: 'many' }, `the reply of an operation is 'single' or 'stream', not string "many"`],
    [{ idempotent: 1 }, 'idempotent of an operation is true or false, not number 1'],
    [{ reentrant: 'no' }, 'reentrant of an operation is true or false'],
    [{ timeoutms: 5 }, "operation() has no option 'timeoutms'; did you mean 'timeoutMs'?"],
    [{ errors: [] }, 'the errors of an operation are a map of names to schemas, not an array of 0'],
    [
      { errors: { Odd: 'string' } },
      "the error 'Odd' of an operation is a schema such as Type.String(), not string",
    ],
    [{ errors: { Odd: Type.String() } }, "the data of error 'Odd' must be a map"],
    [
      { errors: { Odd: Type.Union([Type.Object({}), Type.Null()]) } },
      "the data of error 'Odd' must be a map",
    ],
  ])('refuses %p', (options, message) => {
    expect(() => operation(options)).toThrow(BadRequestError);
    expect(() => operation(options)).toThrow(message);
  });

  test.each([86_400_000, 1])('takes a time of %p', (timeoutMs) => {
    expect(operation({ timeoutMs }).timeoutMs).toBe(timeoutMs);
  });
});

describe('operation() of what is no schema', () => {
  test.each(['string', 5, true, false, ['string'], () => undefined])(
    'refuses %p, naming the place',
    (value) => {
      expect(() => Reflect.apply(operation, undefined, [{ content: value }])).toThrow(BadRequestError);
      expect(() => Reflect.apply(operation, undefined, [{ result: value }])).toThrow(
        /^the result of an operation is a schema such as Type\.String\(\), not /,
      );
    },
  );
});

describe('defineService()', () => {
  const define = (over: Record<string, unknown>) => () =>
    defineService({ name: 'hello', version: '1.0.0', operations: {}, ...over });

  test('is a frozen value that keeps no hold of what it was made of', () => {
    const operations: Record<string, ReturnType<typeof operation>> = { hello: operation() };
    const contract = defineService({ name: 'hello', version: '1.0.0', operations });
    operations.later = operation();
    expect(contract).toMatchObject({ name: 'hello', version: '1.0.0', address: 'hello' });
    expect(Object.keys(contract.operations)).toEqual(['hello']);
    expect(Object.isFrozen(contract) && Object.isFrozen(contract.operations)).toBe(true);
  });

  test.each([
    ['0.1.0', 'hello'],
    ['0.99.1-beta.2', 'hello'],
    ['1.0.0', 'hello'],
    ['1.99.99+build.7', 'hello'],
    ['2.0.0', 'hello.v2'],
    ['2.7.1-rc.1+x', 'hello.v2'],
    ['10.0.0', 'hello.v10'],
    ['19.1.0', 'hello.v19'],
  ])('version %s is addressed as %s', (version, address) => {
    expect(define({ version })().address).toBe(address);
  });

  test.each([
    '',
    '1',
    '1.0',
    'v1.0.0',
    '1.0.0.0',
    '01.0.0',
    '1.0.0 ',
    '1.x.0',
    '-1.0.0',
    '1.0.0-',
    1,
    undefined,
    null,
  ])('refuses version %p, naming service and version', (version) => {
    expect(define({ version })).toThrow(BadRequestError);
    expect(define({ version })).toThrow(`service 'hello': version '${version}' is not a semantic version`);
  });

  test.each(['', '~hello', 'a b', 'hello.7', 'x'.repeat(101)])('refuses name %j', (name) => {
    expect(define({ name })).toThrow(BadRequestError);
    expect(define({ name })).toThrow(/^service name '/);
  });

  test.each(['', 'two words', 'kebab-case', '7up', 'dotted.name', 'op()', 'ü'])(
    'refuses operation %j',
    (name) => {
      expect(define({ operations: { [name]: operation() } })).toThrow(BadRequestError);
      expect(define({ operations: { [name]: operation() } })).toThrow(
        `service 'hello': operation name '${name}' cannot be a method's`,
      );
    },
  );

  test.each(['ping', 'contract', 'activate', 'terminate', 'sys_procexit'])(
    'refuses operation %s, the container’s own',
    (name) => {
      expect(define({ operations: { [name]: operation() } })).toThrow(
        `service 'hello': operation name '${name}' is the container's own`,
      );
    },
  );

  test.each(['hello', '_private', 'get2', 'constructor', 'toString'])('takes operation %s', (name) => {
    expect(Object.keys(define({ operations: { [name]: operation() } })().operations)).toEqual([name]);
  });
});

describe('defineService(), declared errors', () => {
  const left = Type.Object({ left: Type.Integer() });
  const Shop = defineService({
    name: 'shop',
    version: '1.0.0',
    operations: {
      buy: operation({ errors: { OutOfStock: left, Closed: Type.Object({}) } }),
      reserve: operation({ errors: { OutOfStock: Type.Object({ left: Type.Integer() }) } }),
      look: operation(),
    },
  });
  const declare =
    (errors: Record<string, ReturnType<typeof Type.Object>>, more = {}) =>
    () =>
      defineService({
        name: 'shop',
        version: '1.0.0',
        operations: { buy: operation({ errors }), ...more },
      });

  test('make one class each, over all operations', () => {
    expect(Object.keys(Shop.errors)).toEqual(['OutOfStock', 'Closed']);
    expect(Shop.errors.OutOfStock.code).toBe('OutOfStock');
    expect(Object.isFrozen(Shop.errors)).toBe(true);
  });

  test('are application errors with their data', () => {
    const error = new Shop.errors.OutOfStock({ left: 2 }, 'two are left');
    expect(error).toBeInstanceOf(Shop.errors.OutOfStock);
    expect(error).toBeInstanceOf(DeclaredError);
    expect(error).toBeInstanceOf(ApplicationError);
    expect(error).not.toBeInstanceOf(Shop.errors.Closed);
    expect(error).toMatchObject({
      name: 'OutOfStock',
      code: 'OutOfStock',
      status: 409,
      retryable: false,
      message: 'two are left',
      data: { left: 2 },
      details: { left: 2 },
    });
    expect(toWireError(error)).toEqual({
      code: 'OutOfStock',
      status: 409,
      message: 'two are left',
      details: { left: 2 },
    });
  });

  test('need neither message nor, where the map is empty, data', () => {
    expect(new Shop.errors.OutOfStock({ left: 0 }).message).toBe('shop: OutOfStock');
    const cause = new Error('sunday');
    expect(new Shop.errors.Closed()).toMatchObject({ message: 'shop: Closed', data: {} });
    expect(new Shop.errors.Closed({}, 'closed', { cause }).cause).toBe(cause);
  });

  test.each(Object.keys(catalogue))('refuse %s, the container’s own', (code) => {
    expect(declare({ [code]: left })).toThrow(ConfigurationError);
    expect(declare({ [code]: left })).toThrow(
      `service 'shop': operation 'buy' declares error '${code}', which is a code of the container's own`,
    );
  });

  test.each(['', 'two words', '7up', 'Out-Of-Stock'])('refuse the name %j', (code) => {
    expect(declare({ [code]: left })).toThrow(ConfigurationError);
  });

  test('refuse one name for different data', () => {
    const other = { reserve: operation({ errors: { OutOfStock: Type.Object({ left: Type.Number() }) } }) };
    expect(declare({ OutOfStock: left }, other)).toThrow(ConfigurationError);
    expect(declare({ OutOfStock: left }, other)).toThrow(
      "operation 'reserve' declares error 'OutOfStock' with other data than operation 'buy' does",
    );
  });

  test('of two contracts are two classes', () => {
    const Other = declare({ OutOfStock: left })();
    expect(new Shop.errors.OutOfStock({ left: 0 })).not.toBeInstanceOf(Other.errors.OutOfStock);
  });
});
