import { describe, expect, test } from '@jest/globals';
import { BadRequestError } from '../../../src/errors/index.ts';
import { defineService, operation, Type } from '../../../src/process/index.ts';

describe('operation()', () => {
  test('is null to null, once and with the container’s time, unless it says otherwise', () => {
    const plain = operation();
    expect(plain).toMatchObject({ idempotent: false, timeoutMs: undefined });
    expect([plain.content, plain.result].map((schema) => JSON.parse(JSON.stringify(schema)))).toEqual([
      { type: 'null' },
      { type: 'null' },
    ]);
    const content = Type.String();
    const result = Type.Number();
    expect(operation({ content, result, idempotent: true, timeoutMs: 70 })).toEqual({
      content,
      result,
      idempotent: true,
      timeoutMs: 70,
    });
    expect(Object.isFrozen(plain)).toBe(true);
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

  test.each(['ping', 'activate', 'terminate', 'sys_procexit'])(
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
