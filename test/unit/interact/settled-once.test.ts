import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outgoing } from '../../../src/exchange/index.ts';
import { PendingCall } from '../../../src/interact/pending-call.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { type Bed, makeBed, notConnected, outcomeOf, walkByReceiver } from './bed.ts';

/** One call as it should be. Moments and durations are multiples of the wheel's 10 ms, so the model is exact. */
interface ModelCall {
  readonly receiver: string;
  readonly idempotent: boolean;
  readonly deadlineAt: number;
  sentAt: number;
  attempt: number;
  isOverdue: boolean;
  /** How it must have ended; undefined while it is open. */
  expected: string | undefined;
  outcome: string | undefined;
  readonly id: string;
  settlements: () => number;
}

const receiver = fc.constantFrom('shore.7', 'ship.7', 'hello', 'other');
const index = fc.nat(20);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('call' as const),
      receiver,
      idempotent: fc.boolean(),
      timeoutMs: fc.integer({ min: 1, max: 60 }).map((ticks) => ticks * 10),
      fails: fc.boolean().map((fails) => fails),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('advance' as const), ticks: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('reply' as const),
      index,
      performative: fc.constantFrom('inform_result', 'failure', 'refuse', 'agree', 'inform_progress'),
      isForged: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('returned' as const),
      indexes: fc.array(index, { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('unsent' as const), index, isLost: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('lost', 'restored') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('absent' as const),
      service: fc.constantFrom('hello', 'other'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const isShared = (call: ModelCall) => !call.receiver.includes('.');
const isRemote = (call: ModelCall) => call.receiver !== 'shore.7';
const isOpen = (call: ModelCall) => call.expected === undefined;

/** Counts how often a call is settled; a promise itself would hide the second time. */
function countSettlements(outgoing: Outgoing): () => number {
  if (!(outgoing instanceof PendingCall)) throw new Error('a call walks out as a PendingCall');
  let count = 0;
  const { resolve, reject } = outgoing.sink;
  Object.assign(outgoing.sink, {
    resolve: (...args: Parameters<typeof resolve>) => {
      count += 1;
      resolve(...args);
    },
    reject: (...args: Parameters<typeof reject>) => {
      count += 1;
      reject(...args);
    },
  });
  return () => count;
}

class Model {
  readonly calls: ModelCall[] = [];
  readonly #bed: Bed;
  #isClosed = false;
  late = 0;
  forged = 0;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  async take(one: Step): Promise<void> {
    const { manager, env } = this.#bed;
    switch (one.type) {
      case 'call':
        this.#call(one);
        break;
      case 'advance':
        await env.advance(one.ticks * 10);
        this.#timePassed();
        break;
      case 'reply':
        this.#reply(one);
        break;
      case 'returned': {
        const chosen = this.#choose(...one.indexes);
        manager.returned(this.#messages(chosen));
        for (const call of chosen) this.#end(call, 'NoReceiver');
        break;
      }
      case 'unsent': {
        const chosen = this.#choose(one.index);
        manager.unsent(this.#messages(chosen), one.isLost);
        for (const call of chosen) if (!one.isLost || !call.idempotent) this.#end(call, 'Unavailable');
        break;
      }
      case 'lost':
        manager.connectionLost();
        for (const call of this.calls) if (isRemote(call) && !call.idempotent) this.#end(call, 'Unavailable');
        break;
      case 'restored':
        this.#restored();
        break;
      case 'absent':
        manager.instancesAbsent(one.service);
        for (const call of this.calls) {
          if (call.receiver === one.service && call.isOverdue) this.#end(call, 'Unavailable');
        }
        break;
      case 'close':
        this.close();
        break;
    }
  }

  close(): void {
    this.#bed.manager.close();
    this.#isClosed = true;
    for (const call of this.calls) this.#end(call, 'Unavailable');
  }

  check(): void {
    const { manager, env } = this.#bed;
    for (const call of this.calls) {
      expect(call.outcome).toBe(call.expected);
      expect(call.settlements()).toBe(isOpen(call) ? 0 : 1);
    }
    const open = this.calls.filter(isOpen);
    expect(manager.stats).toMatchObject({
      pending: open.length,
      timeouts: this.calls.filter(({ expected }) => expected === 'Timeout').length,
      lateReplies: this.late,
      forgedReplies: this.forged,
    });
    for (const service of ['hello', 'other']) {
      expect(manager.isAwaited(service)).toBe(
        open.some((call) => call.receiver === service && call.isOverdue),
      );
    }
    expect(env.pendingTimers()).toBe(open.length === 0 ? 0 : 1);
  }

  #call(given: Extract<Step, { type: 'call' }>): void {
    const { bed, manager, env, sent } = this.#bed;
    const now = env.clock.now();
    const fails = given.fails && given.timeoutMs % 50 === 0;
    let settlements = () => 0;
    bed.walk = (outgoing) => {
      settlements = countSettlements(outgoing);
      walkByReceiver(outgoing);
      if (fails) notConnected();
    };
    const before = sent.length;
    const promise = manager.call('shore.1', given.receiver, 'op', null, given);
    bed.walk = walkByReceiver;
    if (this.#isClosed) {
      promise.catch(() => undefined);
      expect(sent).toHaveLength(before);
      return;
    }
    const call: ModelCall = {
      receiver: given.receiver,
      idempotent: given.idempotent,
      deadlineAt: now + given.timeoutMs,
      sentAt: now,
      attempt: 1,
      isOverdue: false,
      expected: fails ? 'Unavailable' : undefined,
      outcome: undefined,
      id: sent.at(-1)?.message.conversationId ?? '',
      settlements: () => settlements(),
    };
    void outcomeOf(promise).then((outcome) => {
      call.outcome = outcome;
    });
    this.calls.push(call);
  }

  #reply({ index: at, performative, isForged }: Extract<Step, { type: 'reply' }>): void {
    for (const call of this.#choose(at)) {
      const asked = isShared(call) ? 'anybody' : (call.receiver.split('.')[0] ?? '');
      const content = { code: 'OutOfStock', message: '' };
      this.#bed.answer(call.id, { performative, content, origin: isForged ? 'mallory' : asked });
      if (!isOpen(call)) this.late += 1;
      else if (isForged && !isShared(call)) this.forged += 1;
      else if (performative === 'inform_result') this.#end(call, 'resolved');
      else if (performative === 'failure' || performative === 'refuse') this.#end(call, 'OutOfStock');
      else this.#end(call, 'ConversationError');
    }
  }

  #restored(): void {
    const { manager, env, sent } = this.#bed;
    const now = env.clock.now();
    const before = sent.length;
    manager.connectionRestored();
    const again = this.calls.filter((call) => isOpen(call) && isRemote(call));
    for (const call of again) {
      call.attempt += 1;
      call.sentAt = now;
    }
    expect(
      sent.slice(before).map(({ message }) => [message.conversationId, message.attempt, message.budgetMs]),
    ).toEqual(again.map((call) => [call.id, call.attempt, call.deadlineAt - now]));
  }

  #timePassed(): void {
    const now = this.#bed.env.clock.now();
    for (const call of this.calls) {
      if (!isOpen(call)) continue;
      if (call.deadlineAt <= now) this.#end(call, 'Timeout');
      else if (isShared(call) && call.sentAt + 250 <= now) call.isOverdue = true;
    }
  }

  #choose(...indexes: readonly number[]): ModelCall[] {
    if (this.calls.length === 0) return [];
    return indexes.flatMap((at) => this.calls[at % this.calls.length] ?? []);
  }

  #messages(calls: readonly ModelCall[]) {
    return this.#bed.sent
      .map(({ message }) => message)
      .filter(({ conversationId }) => calls.some(({ id }) => id === conversationId));
  }

  #end(call: ModelCall, expected: string): void {
    call.expected ??= expected;
  }
}

describe('ConversationManager, whatever comes in whatever order', () => {
  test('settles each call exactly once, as it should, and nothing stays pending', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const bed = makeBed();
        const model = new Model(bed);
        for (const one of steps) {
          await model.take(one);
          await turns(1);
          model.check();
        }
        model.close();
        await turns(1);
        model.check();
        expect(bed.manager.stats.pending).toBe(0);
        expect(bed.env.pendingTimers()).toBe(0);
        for (const { outcome = '' } of model.calls) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
    // Every kind of end did occur.
    expect([...seen.keys()].sort()).toEqual([
      'ConversationError',
      'NoReceiver',
      'OutOfStock',
      'Timeout',
      'Unavailable',
      'resolved',
    ]);
  });
});
