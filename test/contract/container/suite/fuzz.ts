import { afterAll, describe, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import {
  type Container,
  defineService,
  operation,
  type ReceivedMessage,
  ServiceProcess,
  Type,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import type { Delivery, Transport } from '../../../../src/transport/index.ts';
import { frameContentType, type Hostile, hostId, hostileFrames, hostileJson } from './hostile-messages.ts';
import { Echo, Stuck } from './processes.ts';
import type { UseSystem } from './runner.ts';

const Target = defineService({
  name: 'target',
  version: '1.0.0',
  operations: {
    typed: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.String(),
      idempotent: true,
    }),
    nested: operation({ content: Type.Unknown(), result: Type.Unknown() }),
  },
});
const Flow = defineService({
  name: 'flow',
  version: '1.0.0',
  operations: { parts: operation({ content: Type.Unknown(), result: Type.Integer(), reply: 'stream' }) },
});

/** Uses everything that a message brings along. */
class TargetService extends ServiceProcess.for(Target) {
  static readonly concurrency = 8;

  op_typed({ at }: { at: string }): string {
    return at;
  }
  /** Calls on, so that path, user and time travel. */
  async op_nested(content: unknown, message: ReceivedMessage): Promise<unknown> {
    message.signal.throwIfAborted();
    this.progress(message, message.actingUser);
    return this.rpcSend('echo', 'echo', content, { timeoutMs: 200 });
  }
}

/** Its readers may be silent, which keeps it busy. */
class FlowService extends ServiceProcess.for(Flow) {
  static readonly concurrency = 8;

  async *op_parts(_content: unknown, { signal }: ReceivedMessage) {
    for (let part = 1; part <= 3 && !signal.aborted; part += 1) yield part;
  }
}

/** Messages in all, on each broker. */
const cases = 24_000;

/** Whatever comes in: it is answered or dropped, and nothing else of the container changes. */
export function describeFuzz(useSystem: UseSystem): void {
  describe('hostile messages', () => {
    const system = useSystem();
    const prototype = Object.getOwnPropertyNames(Object.prototype);

    afterAll(() => {
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototype);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });

    test('frames with anything in any place: a normal call is answered as before, and nothing has grown', async () => {
      const bed = await makeBed();
      await bombard(hostileFrames(bed.host.sysname, bed.pending.id), bed, Math.ceil(cases * 0.75));
    }, 120_000);

    test('JSON with anything in any place: a normal call is answered as before, and nothing has grown', async () => {
      const bed = await makeBed();
      await bombard(hostileJson, bed, Math.ceil(cases * 0.25));
      expect(bed.replies.length).toBeGreaterThan(100);
    }, 120_000);

    test('what comes through a service’s queue and is for nobody is answered, and takes no place of the prefetch', async () => {
      const { host, stranger, pending, callNormally } = await makeBed({ prefetch: 4 });
      const before = host.info().inbox.messages;
      for (let count = 0; count < 40; count += 1) {
        const receiver = ['mallory.7', 'nobody', `${hostId}.nobody`, 'x.y.z'][count % 4];
        const budgetMs = count % 8 < 4 ? 0 : 1e300;
        const request = [1, `k#${count}`, receiver, '.1', null, 'echo', budgetMs];
        stranger.publish({
          exchange: host.sysname,
          routingKey: 'echo',
          body: encode([1, ['mallory', host.sysname, Date.now()], request]),
          properties: { contentType: frameContentType },
        });
      }
      await eventually(() => host.info().inbox.messages >= before + 40);
      await callNormally();
      await eventually(async () => (await stranger.inspectQueue(`${host.sysname}.echo`))?.messages === 0);
      pending.stuck.release();
    });

    test('a string of 64 MB is refused where it is over the limit, and carried where it is not', async () => {
      const text = 'x'.repeat(64 * 1024 * 1024);
      const { host, stranger, caller, pending, callNormally } = await makeBed();
      pending.stuck.release();
      await expect(caller.rpcSend('echo', 'echo', text)).rejects.toMatchObject({ code: 'TooLarge' });
      const envelopeOf = (content: unknown) => [1, 'big', 'echo', '.1', content, 'echo'];
      const before = host.info().inbox.undecodable;
      for (const routing of ['echo', `~${hostId}`]) {
        stranger.publish({
          exchange: host.sysname,
          routingKey: routing,
          body: encode([1, ['mallory', host.sysname, 1], envelopeOf(text)]),
          properties: { contentType: frameContentType },
        });
        stranger.publish({
          exchange: host.sysname,
          routingKey: routing,
          body: new TextEncoder().encode(JSON.stringify(text)),
          properties: { contentType: 'application/json', type: 'echo' },
        });
      }
      await eventually(() => host.info().inbox.undecodable === before + 4, { withinMs: 40_000 });
      await callNormally();

      const limits = { maxFrameBytes: 100 * 1024 * 1024, maxEnvelopeBytes: 90 * 1024 * 1024 };
      const [large, asking] = [
        await system.current.container({ exchange: { limits } }),
        await system.current.container({ exchange: { limits } }),
      ];
      const id = await large.processes.spawn(Echo);
      expect(await asking.rpcSend(id, 'echo', text, { timeoutMs: 40_000 })).toBe(text);
    }, 120_000);

    /** A container with all kinds of processes, somebody who calls it, a call that is pending, and a stranger who knows its conversation. */
    async function makeBed(exchange: { readonly prefetch?: number } = {}) {
      const jsonReplyTo = ['replies'];
      const host = await system.current.container({ id: hostId, exchange: { jsonReplyTo, ...exchange } });
      const caller = await system.current.container();
      const stranger = await system.current.stranger();
      const ids = [
        await host.processes.spawn(TargetService),
        await host.processes.spawn(Echo, { serviceName: 'echo', concurrency: 8 }),
        await host.processes.spawn(FlowService),
        await caller.processes.spawn(Stuck),
      ];
      const stuck = caller.processes.get(ids[3] ?? '') as Stuck;
      const call = host.rpcSend(stuck.id, 'wait', null, { timeoutMs: 120_000 });
      // Where it is not awaited it ends with the container.
      call.catch(() => undefined);
      await eventually(() => stuck.begun === 1);
      const replies: Delivery[] = [];
      await stranger.declareQueue({ name: 'replies', durable: false, exclusive: true, autoDelete: false });
      await stranger.consume({
        queue: 'replies',
        prefetch: 0,
        noAck: true,
        onDelivery: (delivery) => replies.push(delivery),
      });
      return {
        host,
        caller,
        stranger,
        replies,
        pending: { id: stuck.conversations[0] ?? '', call, stuck },
        callNormally: () => answersNormally(caller),
      };
    }

    async function bombard(
      hostile: fc.Arbitrary<Hostile>,
      { host, caller, stranger, pending }: Awaited<ReturnType<typeof makeBed>>,
      count: number,
    ): Promise<void> {
      const batch = 250;
      const inbox = () => host.info().inbox;
      await fc.assert(
        fc.asyncProperty<[readonly Hostile[]]>(
          fc.array(hostile, { minLength: batch, maxLength: batch, size: 'max' }),
          async (all) => {
            publishAll(stranger, host, all);
            await answersNormally(caller);
            expect(host.processes.list().map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
          },
        ),
        { numRuns: Math.ceil(count / batch), endOnFailure: true, reporter: failShortly },
      );
      // Worth its name: much of it was read, much was not.
      expect(inbox().frames).toBeGreaterThan(count / 20);
      expect(inbox().undecodable).toBeGreaterThan(count / 20);
      // What was taken is settled, or waits within bounds; nothing that was not called is pending.
      const loadOf = (number: number) => host.processes.list()[number - 1]?.load;
      await eventually(() => loadOf(1) === 0 && loadOf(2) === 0);
      expect(loadOf(3)).toBeLessThanOrEqual(8 + 1024 + 32);
      await eventually(() => host.info().conversations.pending <= 1 + 8, { withinMs: 10_000 });
      pending.stuck.release();
      expect(await pending.call).toBe('released');
    }
  });
}

/** A call by name, one by id, one with an answer in parts. */
async function answersNormally(caller: Container): Promise<void> {
  const number = Math.random();
  expect(await caller.rpcSend('echo', 'echo', number)).toBe(number);
  expect(await caller.rpcSend(`${hostId}.2`, 'echo', { number })).toEqual({ number });
}

function publishAll(stranger: Transport, { sysname }: Container, all: readonly Hostile[]): void {
  for (const { body, properties, routingKey: key } of all)
    stranger.publish({ exchange: sysname, routingKey: key, body, properties });
}

/** What failed and how to see it again, without the bytes of the whole batch. */
function failShortly(run: fc.RunDetails<[readonly Hostile[]]>): void {
  if (!run.failed) return;
  const { seed, counterexamplePath, numRuns, errorInstance } = run;
  throw new Error(`batch ${numRuns}, {seed: ${seed}, path: '${counterexamplePath}'}`, {
    cause: errorInstance,
  });
}
