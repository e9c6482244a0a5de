import { describe, expect, test } from '@jest/globals';
import { BadRequestError, ForbiddenError } from '../../../src/errors/index.ts';
import { outgoing } from '../../../src/exchange/index.ts';
import { type Interceptor, type Invocation, RefusedReply } from '../../../src/intercept/index.ts';
import { arrival, message } from '../exchange/bed.ts';
import { chainOf, noting, notingWay, passing, throwing } from './bed.ts';

const silent: Interceptor = () => undefined;

describe('InterceptorChain', () => {
  test('ION 29: outgoing messages meet A, B, C and incoming ones C, B, A', () => {
    const { notes, interceptors } = noting('A', 'B', 'C');
    const { chain } = chainOf(...interceptors);
    const { way } = notingWay();
    chain.out(() => notes.push('sent'))(outgoing(message()));
    expect(notes.splice(0)).toEqual(['out A', 'out B', 'out C', 'sent', 'C done', 'B done', 'A done']);
    chain.in({ ...way, accept: () => notes.push('accepted') })(arrival());
    expect(notes).toEqual(['in C', 'in B', 'in A', 'accepted', 'A done', 'B done', 'C done']);
  });

  test('gives each the message itself, so that what one changes the next ones and the end see', () => {
    const seen: unknown[] = [];
    const counting: Interceptor = (invocation, next) => {
      seen.push(invocation.message.content);
      invocation.message.content = Number(invocation.message.content) + 1;
      next();
    };
    const { chain } = chainOf(counting, counting);
    const { way, accepted } = notingWay();
    const going = outgoing(message({ content: 1 }));
    chain.out((sent) => seen.push(sent === going, sent.message.content))(going);
    chain.in(way)(arrival({ content: 10 }));
    expect(seen).toEqual([1, 2, true, 3, 10, 11]);
    expect(accepted[0]?.message.content).toBe(12);
  });

  test('says where a message comes from: this container going out, its sender coming in', () => {
    const origins: string[] = [];
    const { chain } = chainOf(({ origin }, next) => {
      origins.push(origin);
      next();
    });
    chain.out(() => undefined)(outgoing(message()));
    chain.in(notingWay().way)(arrival({}, { origin: 'ship' }));
    expect(origins).toEqual(['shore', 'ship']);
  });

  test('without interceptors is the way itself', () => {
    const { chain } = chainOf();
    const { way } = notingWay();
    const send = () => undefined;
    expect(chain.out(send)).toBe(send);
    expect(chain.in(way)).toBe(way.accept);
  });

  test('keeps the interceptors that it was made with', () => {
    const { notes, interceptors } = noting('A');
    const { chain } = chainOf(...interceptors);
    interceptors.splice(0);
    chain.out(() => undefined)(outgoing(message()));
    expect(notes).toContain('out A');
  });

  test('passes a message on once, however often next() is called', () => {
    const twice: Interceptor = (_invocation, next) => {
      next();
      next();
    };
    const { chain } = chainOf(twice, twice);
    const { way, accepted } = notingWay();
    chain.in(way)(arrival());
    expect(accepted).toHaveLength(1);
  });

  describe('refusing', () => {
    test('ION 29: by throwing stops the chain: nobody further out sees the message, and the sender gets the error', () => {
      const { notes, interceptors } = noting('A', 'C');
      const [a = passing, c = passing] = interceptors;
      const { chain } = chainOf(a, throwing(new BadRequestError('not today')), c);
      expect(() => chain.out(() => notes.push('sent'))(outgoing(message()))).toThrow(
        new BadRequestError('not today'),
      );
      expect(notes).toEqual(['out A']);
    });

    test('ION 29: by throwing stops the chain: nobody further in sees the message, and it is refused by name', () => {
      const { notes, interceptors } = noting('A', 'C');
      const [a = passing, c = passing] = interceptors;
      const error = new BadRequestError('not today');
      const { chain } = chainOf(a, throwing(error), c);
      const { way, accepted, refused } = notingWay();
      chain.in(way)(arrival());
      expect(notes).toEqual(['in C']);
      expect({ accepted, refused }).toEqual({ accepted: [], refused: [{ error, interceptor: 'B' }] });
    });

    test('is final although an outer one swallows the error', () => {
      const swallowing: Interceptor = (_invocation, next) => {
        try {
          next();
        } catch {}
      };
      const error = new BadRequestError('not today');
      const { chain } = chainOf(swallowing, throwing(error));
      expect(() => chain.out(() => undefined)(outgoing(message()))).toThrow(error);
      const inward = chainOf(throwing(error), swallowing);
      const { way, refused } = notingWay();
      inward.chain.in(way)(arrival());
      expect(refused).toEqual([{ error, interceptor: 'A' }]);
    });

    test('may be put in other words by an outer one', () => {
      const rewording: Interceptor = (_invocation, next) => {
        try {
          next();
        } catch {
          throw new ForbiddenError('no');
        }
      };
      const { chain } = chainOf(rewording, throwing(new BadRequestError('not today')));
      expect(() => chain.out(() => undefined)(outgoing(message()))).toThrow(new ForbiddenError('no'));
    });

    test('of an answer on its way out throws an error that says the same', () => {
      const error = new ForbiddenError('not that', { details: { why: 'secret' } });
      const { chain, logger } = chainOf(throwing(error));
      const answer = outgoing(message({ performative: 'inform_result' }));
      const walk = () => chain.out(() => undefined)(answer);
      expect(walk).toThrow(RefusedReply);
      expect(walk).toThrow(
        expect.objectContaining({ code: 'Forbidden', message: 'not that', details: { why: 'secret' } }),
      );
      expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { interceptor: 'A', error } });
    });

    test.each(['failure', 'refuse'] as const)(
      'of an error answer (%s) lets it leave, saying no more than the refusal',
      (performative) => {
        const { chain } = chainOf(throwing(new ForbiddenError('not that', { details: { when: () => 1 } })));
        const sent: unknown[] = [];
        const answer = outgoing(message({ performative, content: { code: 'Internal', message: 'secret' } }));
        chain.out((one) => sent.push(one.message.content))(answer);
        expect(sent).toEqual([{ code: 'Forbidden', message: 'not that' }]);
      },
    );
  });

  describe('ending the walk without a word', () => {
    test('ION 29: stops the chain, and the sender learns at once which interceptor it was', () => {
      const { notes, interceptors } = noting('A', 'C');
      const [a = passing, c = passing] = interceptors;
      const { chain } = chainOf(a, silent, c);
      const walk = () => chain.out(() => notes.push('sent'))(outgoing(message()));
      expect(walk).toThrow(
        expect.objectContaining({
          code: 'Unavailable',
          message: "hello.hello: interceptor 'B' ended the walk of the message",
          details: { executed: 'no', interceptor: 'B' },
        }),
      );
      expect(notes).toEqual(['out A', 'A done']);
    });

    test('ION 29: stops the chain coming in, and refuses the message', () => {
      const { notes, interceptors } = noting('A', 'C');
      const [a = passing, c = passing] = interceptors;
      const { chain } = chainOf(a, silent, c);
      const { way, accepted, refused } = notingWay();
      chain.in(way)(arrival());
      expect(notes).toEqual(['in C', 'C done']);
      expect(accepted).toEqual([]);
      expect(refused).toEqual([
        { interceptor: 'B', error: expect.objectContaining({ code: 'Unavailable' }) },
      ]);
    });

    test('of an answer that comes in leaves open whether the operation ran', () => {
      const { chain } = chainOf(silent);
      const { way, refused } = notingWay();
      chain.in(way)(arrival({ performative: 'inform_result' }));
      expect(refused[0]?.error).toMatchObject({ details: { executed: 'unknown' } });
    });
  });

  describe('what the end throws', () => {
    const boom = new Error('boom');

    test('comes to the sender through all interceptors', () => {
      const { notes, interceptors } = noting('A');
      const { chain } = chainOf(...interceptors);
      const send = () => {
        throw boom;
      };
      expect(() => chain.out(send)(outgoing(message()))).toThrow(boom);
      expect(notes).toEqual(['out A']);
    });

    test('comes to the sender although an interceptor swallows it', () => {
      const { chain } = chainOf((_invocation, next) => {
        try {
          next();
        } catch {}
      });
      const send = () => {
        throw boom;
      };
      expect(() => chain.out(send)(outgoing(message()))).toThrow(boom);
    });

    test('is no refusal: an answer that cannot be encoded is told as it is', () => {
      const { chain } = chainOf(passing);
      const send = () => {
        throw boom;
      };
      expect(() => chain.out(send)(outgoing(message({ performative: 'inform_result' })))).toThrow(boom);
    });
  });

  test.each(['out', 'in'] as const)(
    'an interceptor that fails after it has passed the message on changes nothing going %s, and is logged',
    (path) => {
      const error = new TypeError('late');
      const { chain, logger } = chainOf((_invocation, next) => {
        next();
        throw error;
      });
      const { way, accepted, refused } = notingWay();
      const sent: unknown[] = [];
      if (path === 'out') chain.out((one) => sent.push(one))(outgoing(message()));
      else chain.in(way)(arrival());
      expect(sent.length + accepted.length).toBe(1);
      expect(refused).toEqual([]);
      expect(logger.lines).toEqual([
        expect.objectContaining({ level: 'error', fields: { interceptor: 'A', error } }),
      ]);
    },
  );

  describe('asynchronous interceptors', () => {
    const later = async (_invocation: Invocation, next: () => void): Promise<void> => {
      await Promise.resolve();
      next();
    };

    test.each(['out', 'in'] as const)('are refused by name, going %s', async (path) => {
      const { chain } = chainOf(later);
      const { way, accepted, refused } = notingWay();
      const sent: unknown[] = [];
      const expected = expect.objectContaining({
        code: 'Internal',
        message: expect.stringContaining("interceptor 'A' is asynchronous"),
      });
      if (path === 'out') {
        expect(() => chain.out((one) => sent.push(one))(outgoing(message()))).toThrow(expected);
      } else {
        chain.in(way)(arrival());
        expect(refused).toEqual([{ interceptor: 'A', error: expected }]);
      }
      // Its late next() changes nothing, and what it then rejects with is no unhandled rejection.
      await new Promise(setImmediate);
      expect([...sent, ...accepted]).toEqual([]);
    });

    test('that have passed the message on before they first wait are logged', () => {
      const { chain, logger } = chainOf(async (_invocation, next) => next());
      const { way, accepted } = notingWay();
      chain.in(way)(arrival());
      expect(accepted).toHaveLength(1);
      expect(logger.lines).toEqual([expect.objectContaining({ level: 'error' })]);
    });
  });
});
