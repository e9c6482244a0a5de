import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec, copyPortable } from '../../../src/codec/index.ts';
import {
  ApplicationError,
  ContainerError,
  catalogue,
  type ErrorCode,
  errorCodes,
  fromWireError,
  isErrorCode,
  toWireError,
} from '../../../src/errors/index.ts';

/** Texts of every kind, lone surrogates and very long ones among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .tuple(fc.string(), fc.integer({ min: 8000, max: 20_000 }))
    .map(([text, length]) => text.padEnd(length, '😀')),
);
const details = fc.option(
  fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
  ),
  { nil: undefined },
);
const ownCode = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 100 })
  .filter((code) => !isErrorCode(code));
const someDetails = (given: Readonly<Record<string, unknown>> | undefined) =>
  given === undefined ? {} : { details: given };

/** An error as a caller of another container gets it. */
function acrossTheWire(thrown: unknown): ContainerError {
  return fromWireError(copyPortable(toWireError(thrown, { withStack: true })));
}

/** An error as it is once its texts could travel. */
function facts(error: ContainerError) {
  const { code, status, retryable, severity, name, message } = error;
  return { code, status, retryable, severity, name, message, details: error.details };
}

describe('the way of an error over the wire', () => {
  test('keeps class, code, status, severity, retryable and details of every code', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...errorCodes),
        fc.string({ unit: 'binary' }),
        details,
        (code, message, given) => {
          const sent = fromWireError({ code, message, ...someDetails(given) });
          const arrived = acrossTheWire(sent);
          expect(arrived.constructor).toBe(sent.constructor);
          expect(facts(arrived)).toEqual(facts(sent));
          expect(arrived).toMatchObject({ code, message, status: catalogue[code].status });
        },
      ),
    );
  });

  test('keeps code, message, status, retryable and details of an application’s error, over any number of containers', () => {
    fc.assert(
      fc.property(
        ownCode,
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.boolean(),
        details,
        fc.integer({ min: 1, max: 4 }),
        (code, message, status, retryable, given, hops) => {
          const sent = new ApplicationError(code, message, { status, retryable, ...someDetails(given) });
          let arrived: ContainerError = sent;
          for (let hop = 0; hop < hops; hop += 1) arrived = acrossTheWire(arrived);
          expect(facts(arrived)).toEqual({ ...facts(sent), name: 'RemoteError' });
        },
      ),
    );
  });

  test('any text arrives, cut to the same whether once or often', () => {
    fc.assert(
      fc.property(fc.constantFrom<ErrorCode>('Timeout', 'Internal'), anyText, (code, message) => {
        const once = acrossTheWire(new ContainerError(code, message));
        expect(once.message.length).toBeLessThanOrEqual(8192);
        expect(acrossTheWire(once).message).toBe(once.message);
      }),
    );
  });

  test('whatever is thrown, the answer can be sent as msgpack and as JSON', () => {
    const codec = new Codec();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          anyText.map((text) => new Error(text)),
        ),
        fc.boolean(),
        (thrown, hasRun) => {
          const wire = toWireError(thrown, { hasRun, withStack: true });
          expect(wire.code).toBe('Internal');
          expect(copyPortable(wire)).toEqual(wire);
          expect(JSON.parse(Buffer.from(codec.encodeJson(wire)).toString())).toEqual(wire);
        },
      ),
    );
  });

  test('whatever arrives, there is an error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything({ withNullPrototype: true }),
          fc.record(
            {
              code: fc.oneof(
                fc.constantFrom(...errorCodes, '__proto__', 'constructor', 'toString'),
                fc.anything(),
              ),
              message: fc.oneof(fc.string(), fc.anything()),
              status: fc.oneof(fc.integer(), fc.anything()),
              retryable: fc.anything(),
              details: fc.anything(),
              causes: fc.anything(),
              stack: fc.anything(),
            },
            { requiredKeys: [] },
          ),
        ),
        (content) => {
          const error = fromWireError(content);
          expect(error).toBeInstanceOf(ContainerError);
          expect(typeof error.message).toBe('string');
          expect(Number.isSafeInteger(error.status)).toBe(true);
        },
      ),
    );
  });
});

describe('a hostile error', () => {
  const trap = {
    get executed(): string {
      throw new Error('trap');
    },
  };

  test.each([['__proto__'], ['constructor'], ['toString'], ['hasOwnProperty']])(
    'with the code %p is only a RemoteError',
    (code) => {
      const error = fromWireError({ code, message: 'm' });
      expect([error.name, error.code, error.status]).toEqual(['RemoteError', code, 500]);
      expect(acrossTheWire(error)).toMatchObject({ code, message: 'm' });
    },
  );

  test('of ten megabytes is cut at both ends', () => {
    const text = 'x'.repeat(10_000_000);
    const error = new ContainerError('Timeout', text, { cause: new Error(text) });
    error.stack = text;
    const wire = toWireError(error, { withStack: true });
    expect(JSON.stringify(wire).length).toBeLessThan(40_000);
    expect(wire.message).toMatch(/^x+… \(\d+ more characters\)$/);
    const read = fromWireError({
      code: 'X',
      message: text,
      stack: text,
      causes: [{ code: 'Y', message: text }],
    });
    expect(read.message).toHaveLength(wire.message.length);
    expect(read.remoteStack?.length).toBeLessThan(17_000);
    expect(read.cause).toMatchObject({ message: read.message });
  });

  test('of causes in a circle has each of them once', () => {
    const inner = new Error('inner');
    const error = new ContainerError('Timeout', 'outer', { cause: inner });
    inner.cause = error;
    expect(toWireError(error, { withStack: true }).causes).toEqual([{ code: 'Error', message: 'inner' }]);
  });

  test('of a hundred causes has four, whichever end is asked', () => {
    const causes = Array.from({ length: 100 }, (_, at) => ({ code: 'Timeout', message: `cause ${at}` }));
    const first = causes.reduceRight<Error | undefined>(
      (cause, { message }) => new Error(message, { cause }),
      undefined,
    );
    expect(
      toWireError(new ContainerError('Timeout', 'm', { cause: first }), { withStack: true }).causes,
    ).toHaveLength(4);
    let depth = 0;
    let at: unknown = fromWireError({ code: 'Timeout', message: 'm', causes }).cause;
    for (; at instanceof Error; at = at.cause) depth += 1;
    expect(depth).toBe(4);
  });

  test.each([
    ['a list', ['no', 'map']],
    ['a text', 'no map'],
    ['a moment', new Date(0)],
    ['bytes', new Uint8Array(2)],
  ])('whose details are %s goes without them', (_what, given) => {
    const error = Object.assign(new ContainerError('Conflict', 'm'), { details: given });
    expect(toWireError(error)).toEqual({ code: 'Conflict', message: 'm' });
  });

  test('whose details throw when they are read keeps code and message', () => {
    const error = new ContainerError('Conflict', 'm', { details: trap });
    expect(toWireError(error, { hasRun: true })).toEqual({ code: 'Conflict', message: 'm' });
  });

  test('whose code or status is none goes under its name, without status', () => {
    const error = Object.assign(new ApplicationError('X', 'm'), { code: '', status: Number.NaN });
    expect(toWireError(error)).toEqual({ code: 'ApplicationError', message: 'm' });
  });

  test('whose stack throws goes without it', () => {
    const error = Object.defineProperty(new ContainerError('Conflict', 'm'), 'stack', {
      get: () => {
        throw new Error('trap');
      },
    });
    expect(toWireError(error, { withStack: true })).toEqual({ code: 'Conflict', message: 'm' });
  });

  test('that cannot be touched at all is still answered', () => {
    const untouchable = new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('trap');
        },
      },
    );
    expect(toWireError(untouchable)).toEqual({
      code: 'Internal',
      message: 'an error that cannot be read was thrown',
    });
  });

  test('whose members throw when they are read is Internal', () => {
    const content = {
      code: 'Timeout',
      get message(): string {
        throw new Error('trap');
      },
    };
    expect(fromWireError(content).code).toBe('Internal');
    expect(fromWireError({ code: 'Timeout', message: 'm', details: trap })).toMatchObject({
      code: 'Timeout',
    });
  });

  test('whose causes and retryable make no sense loses only these', () => {
    const error = fromWireError({
      code: 'X',
      message: 'm',
      retryable: 'yes',
      causes: [null, 'text', { code: 7, message: 'm' }, { code: 'Timeout', message: 'late' }],
      stack: 12,
    });
    expect(error).toMatchObject({ code: 'X', retryable: false, cause: { code: 'Timeout' } });
    expect(error.remoteStack).toBeUndefined();
  });
});
