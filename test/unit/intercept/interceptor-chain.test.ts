import { describe, expect, test } from '@jest/globals';
import { BadRequestError } from '../../../src/errors/index.ts';
import { type Outgoing, outgoing } from '../../../src/exchange/index.ts';
import { type Interceptor, InterceptorChain } from '../../../src/intercept/index.ts';
import { arrival, message } from '../exchange/bed.ts';

/** Interceptors that note when a message comes by, and when it is gone. */
function noting(...names: readonly string[]) {
  const notes: string[] = [];
  const interceptors = names.map(
    (name): Interceptor =>
      ({ path }, next) => {
        notes.push(`${path} ${name}`);
        next();
        notes.push(`${name} done`);
      },
  );
  return { notes, interceptors };
}

describe('InterceptorChain', () => {
  test('ION 29: outgoing messages meet A, B, C and incoming ones C, B, A', () => {
    const { notes, interceptors } = noting('A', 'B', 'C');
    const chain = new InterceptorChain(interceptors);
    chain.out(() => notes.push('sent'))(outgoing(message()));
    expect(notes.splice(0)).toEqual(['out A', 'out B', 'out C', 'sent', 'C done', 'B done', 'A done']);
    chain.in(() => notes.push('accepted'))(arrival());
    expect(notes).toEqual(['in C', 'in B', 'in A', 'accepted', 'A done', 'B done', 'C done']);
  });

  test('gives each the message itself, so that what one changes the next ones and the end see', () => {
    const seen: unknown[] = [];
    const counting: Interceptor = (invocation, next) => {
      const { message } = invocation.path === 'out' ? invocation.outgoing : invocation.arrival;
      seen.push(message.content);
      message.content = Number(message.content) + 1;
      next();
    };
    const chain = new InterceptorChain([counting, counting]);
    const going = outgoing(message({ content: 1 }));
    chain.out((sent) => seen.push(sent === going, sent.message.content))(going);
    const coming = arrival({ content: 10 });
    chain.in((accepted) => seen.push(accepted === coming, accepted.message.content))(coming);
    expect(seen).toEqual([1, 2, true, 3, 10, 11, true, 12]);
  });

  test.each(['out', 'in'] as const)(
    'ION 29: throwing refuses: nobody further %s sees the message',
    (path) => {
      const { notes, interceptors } = noting('A', 'C');
      const [a, c] = interceptors;
      const refusing: Interceptor = () => {
        throw new BadRequestError('not today');
      };
      const chain = new InterceptorChain([a ?? refusing, refusing, c ?? refusing]);
      const end = () => void notes.push('end');
      const walk = () => (path === 'out' ? chain.out(end)(outgoing(message())) : chain.in(end)(arrival()));
      expect(walk).toThrow('not today');
      expect(notes).toEqual([path === 'out' ? 'out A' : 'in C']);
    },
  );

  test('lets through what the end throws, through all of them', () => {
    const { notes, interceptors } = noting('A');
    const boom = new Error('boom');
    const chain = new InterceptorChain(interceptors);
    expect(() =>
      chain.out(() => {
        throw boom;
      })(outgoing(message())),
    ).toThrow(boom);
    expect(notes).toEqual(['out A']);
  });

  test('an interceptor that does not go on drops the message', () => {
    const sent: Outgoing[] = [];
    const dropping: Interceptor = () => undefined;
    new InterceptorChain([dropping]).out((one) => sent.push(one))(outgoing(message()));
    expect(sent).toEqual([]);
  });

  test.each([[undefined], [[]]])('without interceptors (%p) is the way itself', (interceptors) => {
    const chain = new InterceptorChain(interceptors);
    const [send, accept] = [() => undefined, () => undefined];
    expect(chain.out(send)).toBe(send);
    expect(chain.in(accept)).toBe(accept);
  });

  test('keeps the interceptors that it was made with', () => {
    const { notes, interceptors } = noting('A');
    const chain = new InterceptorChain(interceptors);
    interceptors.splice(0);
    chain.out(() => undefined)(outgoing(message()));
    expect(notes).toContain('out A');
  });
});
