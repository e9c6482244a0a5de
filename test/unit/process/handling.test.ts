import { describe, expect, test } from '@jest/globals';
import { TimeoutError } from '../../../src/errors/index.ts';
import type { Arrival, ArrivalFacts } from '../../../src/exchange/index.ts';
import { Handling, type HandlingHost } from '../../../src/process/handling.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { TimerWheel } from '../../../src/util/index.ts';
import { arrival } from '../exchange/bed.ts';

const caller = { process: 'ship.1', service: '', instances: 1, isBlocked: true };
const own = { process: 'shore.1', service: 'hello', instances: 2, isBlocked: true };

function handle(one: Arrival) {
  const env = fakeEnv();
  const wheel = new TimerWheel(env.clock);
  let paths = 0;
  const host: HandlingHost = {
    owner: { id: 'shore.1', attributesStrayErrors: true, strayError: () => undefined },
    now: () => env.clock.now(),
    arm: (entry, delayMs) => wheel.arm(entry, delayMs),
    disarm: (entry) => wheel.disarm(entry),
    within: <T>(_handling: Handling, step: () => T) => step(),
    pathTo: () => {
      paths += 1;
      return [caller, own];
    },
  };
  return { env, handling: new Handling(one, host, 0), paths: () => paths };
}
const request = (facts: Partial<ArrivalFacts> = {}) => arrival({}, { deadlineAt: 100, ...facts });
const dependent = () => {
  const reasons: unknown[] = [];
  return {
    chainNext: undefined,
    chainPrevious: undefined,
    reasons,
    abort: (reason: unknown) => void reasons.push(reason),
  };
};

describe('Handling#signal', () => {
  test('is made when it is first asked for, and arms nothing before', async () => {
    const { env, handling } = handle(request());
    expect(env.pendingTimers()).toBe(0);
    expect(handling.signal).toBe(handling.signal);
    expect(env.pendingTimers()).toBe(1);
    handling.finish();
    expect(env.pendingTimers()).toBe(0);
  });

  test('aborts at the deadline', async () => {
    const { env, handling } = handle(request());
    const { signal } = handling;
    await env.advance(99);
    expect(signal.aborted).toBe(false);
    await env.advance(1);
    expect(signal.reason).toBeInstanceOf(TimeoutError);
  });

  test('aborts at the deadline that progress has moved on', async () => {
    const { env, handling } = handle(request());
    const { signal } = handling;
    await env.advance(50);
    handling.arrival.deadlineAt = 150;
    await env.advance(50);
    expect(signal.aborted).toBe(false);
    expect(handling.remainingMs).toBe(50);
    await env.advance(50);
    expect(signal.aborted).toBe(true);
    expect(handling.remainingMs).toBe(0);
  });

  test('has no deadline once the request is answered, and for one-way messages', async () => {
    const one = handle(request());
    one.handling.arrival.answered = true;
    const two = handle(arrival({ performative: 'none' }));
    for (const { env, handling } of [one, two]) {
      const { signal } = handling;
      await env.advance(200);
      expect(signal.aborted).toBe(false);
    }
  });

  test.each([2 ** 41, Number.MAX_SAFE_INTEGER, 1e300, Number.POSITIVE_INFINITY])(
    'takes a deadline as far away as %p',
    async (deadlineAt) => {
      const { env, handling } = handle(request({ deadlineAt }));
      const { signal } = handling;
      await env.advance(2 ** 32);
      expect(signal.aborted).toBe(false);
    },
  );

  test.each(['before', 'after'])('aborts when the caller gives up, first asked for %s that', (when) => {
    const { handling } = handle(request());
    const reason = new Error('enough');
    if (when === 'before') expect(handling.signal.aborted).toBe(false);
    handling.abort(reason);
    expect(handling.signal.reason).toBe(reason);
    expect(handling.abortedBy).toBe(reason);
  });

  test.each(['before', 'after'])(
    'aborts when the process is told to end, first asked for %s that',
    (when) => {
      const { handling } = handle(request());
      const reason = new Error('ending');
      if (when === 'before') expect(handling.signal.aborted).toBe(false);
      handling.warn(reason);
      expect(handling.signal.reason).toBe(reason);
      // What the handler has begun may finish.
      expect(handling.abortedBy).toBeUndefined();
    },
  );
});

describe('Handling#abort()', () => {
  test('ends what was begun, once, and not what has ended by itself', () => {
    const { handling } = handle(request());
    const [open, done] = [dependent(), dependent()];
    handling.attach(open);
    handling.attach(done);
    handling.detach(done);
    handling.abort(new Error('enough'));
    handling.abort(new Error('again'));
    expect(open.reasons).toEqual(['enough']);
    expect(done.reasons).toEqual([]);
  });

  test('#warn() ends none of it', () => {
    const { handling } = handle(request());
    const open = dependent();
    handling.attach(open);
    handling.warn(new Error('ending'));
    expect(open.reasons).toEqual([]);
  });
});

describe('Handling#bindingUntil', () => {
  test.each<[string, Arrival, number]>([
    ['its deadline', request(), 100],
    ['for ever, if its caller waits for ever', request({ deadlineAt: Number.POSITIVE_INFINITY }), Infinity],
    ['for ever, if nobody waits', arrival({ performative: 'none' }, { deadlineAt: 100 }), Infinity],
  ])('is %s', (_name, one, until) => {
    expect(handle(one).handling.bindingUntil).toBe(until);
  });

  test('is for ever once it is answered', () => {
    const { handling } = handle(request());
    handling.arrival.answered = true;
    expect(handling.bindingUntil).toBe(Infinity);
  });
});

describe('Handling#path', () => {
  test('is the way the request has come, found once', () => {
    const { handling, paths } = handle(request());
    expect(handling.path).toEqual([caller, own]);
    expect(handling.path).toBe(handling.path);
    expect(paths()).toBe(1);
  });

  test('is the process alone once the request is answered: its callers do not wait any more', () => {
    const { handling } = handle(request());
    expect(handling.path).toEqual([caller, own]);
    handling.arrival.answered = true;
    expect(handling.path).toEqual([own]);
  });

  test('is the process alone for a one-way message', () => {
    expect(handle(arrival({ performative: 'none' })).handling.path).toEqual([own]);
  });

  test('is empty once the handler has ended: nobody waits any more', () => {
    const { handling } = handle(request());
    handling.arrival.answered = true;
    handling.finish();
    expect(handling.path).toEqual([]);
  });
});
