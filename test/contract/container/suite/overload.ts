import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  ContainerError,
  defineService,
  OverloadedError,
  operation,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Stuck, Worker } from './processes.ts';
import { Link, Ring } from './promise-processes.ts';
import type { UseSystem } from './runner.ts';

const Yard = defineService({
  name: 'yard',
  version: '1.0.0',
  operations: {
    crane: operation({ content: Type.Integer(), result: Type.Integer(), concurrency: 2 }),
    quick: operation({ content: Type.Integer(), result: Type.Integer() }),
    lift: operation({ content: Type.Integer(), result: Type.Integer(), idempotent: true }),
  },
});

/** Cranes and lifts work until they are released; everything is counted. */
class YardService extends ServiceProcess.for(Yard) {
  static readonly concurrency = 8;
  readonly #gate = new EventEmitter().setMaxListeners(0);
  readonly begun: number[] = [];
  readonly aborted: number[] = [];
  running = 0;
  most = 0;

  async op_crane(load: number): Promise<number> {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await this.#work(load);
    this.running -= 1;
    return load;
  }
  async op_lift(load: number, { signal }: ReceivedMessage): Promise<number> {
    signal.addEventListener('abort', () => this.aborted.push(load));
    await this.#work(load);
    return load;
  }
  op_quick(load: number): number {
    return load;
  }
  release(): void {
    this.#gate.emit('release');
  }
  async #work(load: number): Promise<void> {
    this.begun.push(load);
    await once(this.#gate, 'release');
  }
}

/** More work than there are hands: who waits where, who is told what. */
export function describeOverload(useSystem: UseSystem): void {
  describe('overload', () => {
    const system = useSystem();

    test.each(['here', 'elsewhere'])(
      'row 32: an operation that limits itself holds its limit while others go on, %s',
      async (where) => {
        const host = await system.current.container();
        const caller = where === 'here' ? host : await system.current.container();
        const yard = await yardAt(host);
        const client = caller.client(Yard);
        const cranes = Array.from({ length: 7 }, (_, load) => client.crane(load));
        await eventually(() => yard.running === 2);
        const quick = Array.from({ length: 20 }, (_, load) => client.quick(load));
        expect(await Promise.all(quick)).toEqual(Array.from({ length: 20 }, (_, load) => load));
        await releaseUntil(yard, () => yard.begun.length === 7 && yard.running === 0);
        expect(await Promise.all(cranes)).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(yard.most).toBe(2);
      },
    );

    test.each(['here', 'elsewhere'])(
      'row 32: a full mailbox is told at once, with when to try again, to calls by id, %s',
      async (where) => {
        const host = await system.current.container();
        const caller = where === 'here' ? host : await system.current.container();
        const id = await host.processes.spawn(Stuck, { mailboxLimit: 3 });
        const stuck = host.processes.get(id) as Stuck;
        const calls = Array.from({ length: 10 }, () => caller.rpcSend(id, 'wait').catch((error) => error));
        await eventually(() => host.processes.list()[0]?.load === 4);
        stuck.release();
        const answers = await Promise.all(calls);
        const refused = answers.filter((answer) => answer instanceof OverloadedError);
        expect(refused).toHaveLength(6);
        for (const { details, status, retryable } of refused) {
          expect(details).toMatchObject({ executed: 'no', retryAfterMs: expect.any(Number) });
          expect([status, retryable]).toEqual([503, true]);
        }
        expect(stuck.begun).toBe(4);
      },
    );

    test('row 32: a retry waits as long as it was told to', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(YardService, { mailboxLimit: 1, concurrency: 1 });
      const yard = asYard(host, id);
      const held = [caller.rpcSend(id, 'lift', 1), caller.rpcSend(id, 'lift', 2)];
      await eventually(() => host.processes.list()[0]?.load === 2);
      const startedAt = performance.now();
      const third = caller.rpcSend(id, 'lift', 3, {
        idempotent: true,
        retry: { attempts: 50, backoff: { initialMs: 1, maxMs: 1 } },
      });
      await eventually(() => caller.info().inbox.messages >= 1);
      await releaseUntil(yard, () => yard.begun.length === 3 && host.processes.list()[0]?.load === 0);
      expect(await third).toBe(3);
      // The least that anybody is told is 100 ms, the backoff here says 1.
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
      expect(await Promise.all(held)).toEqual([1, 2]);
    });

    test('row 30: one-way messages over the bound of a mailbox are dropped and counted, not hoarded', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Stuck, { mailboxLimit: 5 });
      const stuck = host.processes.get(id) as Stuck;
      for (let count = 0; count < 200; count += 1) await caller.send(id, 'wait');
      const info = () => host.processes.list()[0];
      await eventually(() => info()?.dropped === 194);
      expect(info()?.load).toBe(6);
      stuck.release();
      await eventually(() => info()?.load === 0);
      expect(stuck.begun).toBe(6);
    });

    test('row 30: nothing is hoarded for a broker that is away: calls and sends are refused at once', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const worker = host.processes.get(await host.processes.spawn(Worker)) as Worker;
      await system.current.harness.outage();
      await eventually(() => caller.info().broker.type !== 'connected');
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0
            ? caller.rpcSend('work', 'work', index)
            : caller.send('work', 'work', index)
          ).catch((error: unknown) => error),
        ),
      );
      expect(outcomes.every((error) => error instanceof ContainerError && error.code === 'Unavailable')).toBe(
        true,
      );
      await system.current.harness.restore();
      await eventually(() =>
        [host, caller].every((container) => container.info().broker.type === 'connected'),
      );
      expect(await caller.rpcSend('work', 'work', 'after')).toBe('after');
      expect(worker.handled).toBe(1);
    });

    test('row 29: a send to a service is a promise: kept when the broker has it, broken when the connection goes', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const worker = host.processes.get(await host.processes.spawn(Worker)) as Worker;
      const kept = await Promise.all(
        Array.from({ length: 100 }, (_, index) => caller.send('work', 'work', index)),
      );
      expect(kept).toHaveLength(100);
      await eventually(() => worker.handled === 100);
      // Whatever is under way when the connection breaks settles, one way or the other.
      const sends = Array.from({ length: 50 }, () => caller.send('work', 'work'));
      const settled = Promise.allSettled(sends);
      system.current.cut(caller);
      const outcomes = await settled;
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      for (const { reason } of failed.filter((one) => 'reason' in one))
        expect(reason).toMatchObject({ code: 'Unavailable', details: { published: expect.any(String) } });
      const confirmed = outcomes.length - failed.length;
      await eventually(() => worker.handled >= 100 + confirmed);
    });

    test('work in a service’s queue waits in the broker for whoever is free', async () => {
      const first = await system.current.container({ exchange: { prefetch: 1 } });
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      const busy = await yardAt(first, { concurrency: 1 });
      const client = caller.client(Yard);
      const calls = [0, 1, 2, 3].map((load) => client.lift(load));
      await eventually(() => busy.begun.length === 1);
      const queue = async () => (await stranger.inspectQueue(`${caller.sysname}.yard`))?.messages;
      await eventually(async () => (await queue()) === 3);
      const free = await yardAt(await system.current.container());
      await eventually(() => free.begun.length === 3);
      expect(busy.begun).toEqual([0]);
      for (const yard of [free, busy]) yard.release();
      expect(await Promise.all(calls)).toEqual([0, 1, 2, 3]);
    });

    test('calls that find the instance here busy go to one elsewhere, though they are made in one breath', async () => {
      // What a container has taken from the queue stays with it, so each takes one at a time.
      const exchange = { prefetch: 1 };
      const caller = await system.current.container({ exchange });
      const other = await system.current.container({ exchange: { prefetch: 8 } });
      const yards = [await yardAt(caller, { concurrency: 1 }), await yardAt(other)];
      const client = caller.client(Yard);
      const calls = Array.from({ length: 8 }, (_, load) => client.lift(load));
      await eventually(() => (yards[1]?.begun.length ?? 0) >= 6);
      expect(yards[0]?.begun).toEqual([0]);
      const loads = () => [caller, other].map((container) => container.processes.list()[0]?.load);
      await releaseUntil(yards, () => loads().every((load) => load === 0));
      expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    test('what has waited so long that it cannot be begun in time is told so; an idle process refuses nothing', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const yard = await yardAt(host, { concurrency: 1 });
      const client = caller.client(Yard);
      const load = () => host.processes.list()[0]?.load;
      // It learns that a lift takes 300 ms.
      const first = client.lift(1);
      await eventually(() => yard.begun.length === 1);
      const startedAt = performance.now();
      await eventually(() => performance.now() - startedAt > 300);
      yard.release();
      await first;
      const waiting = [2, 3, 4, 5].map((number) => client.lift(number));
      await eventually(() => load() === 4);
      const askedAt = performance.now();
      const late = client.lift(6, { timeoutMs: 800 });
      await expect(late).rejects.toMatchObject({
        code: 'Overloaded',
        details: { executed: 'no', retryAfterMs: expect.any(Number) },
      });
      expect(performance.now() - askedAt).toBeLessThan(700);
      await releaseUntil(yard, () => load() === 0);
      expect(await Promise.all(waiting)).toEqual([2, 3, 4, 5]);
      const quick = client.lift(7, { timeoutMs: 250 });
      await eventually(() => yard.begun.includes(7));
      yard.release();
      expect(await quick).toBe(7);
      expect(yard.begun).not.toContain(6);
    });

    test('a stuck process does not delay its neighbours in the container', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const stuck = host.processes.get(await host.processes.spawn(Stuck)) as Stuck;
      const worker = host.processes.get(await host.processes.spawn(Worker)) as Worker;
      const held = Array.from({ length: 100 }, () => caller.rpcSend('stuck', 'wait'));
      await eventually(() => stuck.begun === 1);
      const jobs = Array.from({ length: 200 }, (_, job) =>
        caller.rpcSend('work', 'work', job, { timeoutMs: 5000 }),
      );
      expect(await Promise.all(jobs)).toEqual(Array.from({ length: 200 }, (_, job) => job));
      expect(worker.handled).toBe(200);
      expect(stuck.begun).toBe(1);
      stuck.release();
      expect(new Set(await Promise.all(held))).toEqual(new Set(['released']));
    });

    test('a request that comes to an instance which waits for it goes on to one that is free', async () => {
      const [first, second, third] = [
        await system.current.container(),
        await system.current.container(),
        await system.current.container(),
      ];
      const rings = [await first.processes.spawn(Ring), await second.processes.spawn(Ring)];
      const link = await third.processes.spawn(Link);
      const answers = [];
      for (let round = 0; round < 12; round += 1)
        answers.push(await third.rpcSend('ring', 'pass', [link, 'ring'], { timeoutMs: 10_000 }));
      expect(answers.every((answer) => rings.some((id) => id === answer))).toBe(true);
    });

    describe('work that is handed back', () => {
      test('row 27: keeps the broker’s mark: what may have run is not run by the next one either', async () => {
        const [first, second, caller] = [
          await system.current.container(),
          await system.current.container(),
          await system.current.container(),
        ];
        const ran = await yardAt(first);
        const call = caller.client(Yard).crane(1);
        const failed = expect(call).rejects.toMatchObject({
          code: 'Unavailable',
          details: { executed: 'unknown' },
        });
        await eventually(() => ran.begun.length === 1);
        // It comes again to one that is busy, and that ends before it begins it.
        const busy = await yardAt(second, { concurrency: 1 });
        const held = second.rpcSend(busy.id, 'lift', 2);
        await eventually(() => busy.begun.length === 1);
        system.current.cut(first);
        await eventually(() => second.processes.list()[0]?.load === 2);
        const ended = second.processes.terminateProcess(busy.id);
        await failed;
        busy.release();
        await Promise.all([held, ended]);
        ran.release();
        expect([ran.begun, busy.begun]).toEqual([[1], [2]]);
      });

      test('can still be given up by who asked for it', async () => {
        const [first, second, caller] = [
          await system.current.container(),
          await system.current.container(),
          await system.current.container(),
        ];
        const busy = await yardAt(first, { concurrency: 1 });
        const held = first.rpcSend(busy.id, 'lift', 1);
        await eventually(() => busy.begun.length === 1);
        const controller = new AbortController();
        const call = caller.client(Yard).lift(2, { signal: controller.signal });
        await eventually(() => first.processes.list()[0]?.load === 2);
        const next = await yardAt(second);
        const ended = first.processes.terminateProcess(busy.id);
        await eventually(() => next.begun.length === 1);
        controller.abort();
        await expect(call).rejects.toMatchObject({ code: 'Cancelled' });
        await eventually(() => next.aborted.length === 1);
        for (const yard of [busy, next]) yard.release();
        await Promise.all([held, ended]);
      });
    });

    async function yardAt(host: Container, options?: { concurrency?: number }): Promise<YardService> {
      return asYard(host, await host.processes.spawn(YardService, options));
    }
  });
}

function asYard(host: Container, id: string): YardService {
  const process = host.processes.get(id);
  if (!(process instanceof YardService)) throw new Error('the yard is not there');
  return process;
}

/** Releases whoever works, again and again, until `condition` holds. */
async function releaseUntil(
  yards: YardService | readonly YardService[],
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  await eventually(() => {
    for (const yard of [yards].flat()) yard.release();
    return condition();
  });
}
