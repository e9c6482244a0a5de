import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import {
  CancelledError,
  DeadlockError,
  Process,
  type ReceivedMessage,
  systemEnv,
  TimeoutError,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../../src/testing/index.ts';
import { Flaky, Forwarder, Link, OpenLink, Patient, Reporter, Ring, Witness } from './promise-processes.ts';
import type { UseSystem } from './runner.ts';

const places = ['here', 'elsewhere'];

/** What a call promises: its time, its end, its message's context, no rings. */
export function describePromises(useSystem: UseSystem): void {
  describe('deadlines', () => {
    const system = useSystem();

    test.each(places)(
      'row 15: calls made while handling share what is left of the caller’s time, %s',
      async (where) => {
        const { caller, host } = await pair(where);
        const patient = await host.processes.spawn(Patient);
        const forwarder = await host.processes.spawn(Forwarder);
        const call = caller.rpcSend(
          forwarder,
          'forward',
          { to: patient, op: 'wait', timeoutMs: 60_000 },
          { timeoutMs: 300 },
        );
        await expect(call).rejects.toBeInstanceOf(TimeoutError);
        const waiting = host.processes.get(patient) as Patient;
        expect(waiting.seen[0]?.message.budgetMs).toBeLessThanOrEqual(300);
        const { outcomes } = host.processes.get(forwarder) as Forwarder;
        await eventually(() => outcomes.length === 1);
        expect(outcomes[0]).toBeInstanceOf(TimeoutError);
        expect(String(outcomes[0])).toContain('shares its time');
      },
    );

    test.each(places)('the handler’s signal aborts at the deadline, %s', async (where) => {
      const { caller, host } = await pair(where);
      const id = await host.processes.spawn(Patient);
      await expect(caller.rpcSend(id, 'wait', 1, { timeoutMs: 200 })).rejects.toBeInstanceOf(TimeoutError);
      const { aborted } = host.processes.get(id) as Patient;
      await eventually(() => aborted.length === 1);
      expect(aborted[0]).toBeInstanceOf(TimeoutError);
    });

    test.each([-3, 3])('hold between clocks that disagree by %d hours', async (hours) => {
      const env = systemEnv();
      const { clock } = env;
      const wrong = {
        now: () => clock.now(),
        wall: () => clock.wall() + hours * 3_600_000,
        timer: (delayMs: number, fn: () => void) => clock.timer(delayMs, fn),
      };
      const host = await system.current.container({ env: { ...env, clock: wrong } });
      const caller = await system.current.container();
      const id = await host.processes.spawn(Patient);
      const patient = host.processes.get(id) as Patient;
      const call = caller.rpcSend(id, 'wait', 1, { timeoutMs: 5000 });
      await eventually(() => patient.seen.length === 1);
      expect(patient.seen[0]?.remainingMs).toBeGreaterThan(1000);
      expect(patient.seen[0]?.remainingMs).toBeLessThanOrEqual(5000);
      patient.release();
      expect(await call).toBe(1);
    });

    test('a one-way message has none', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Patient);
      await container.send(id, 'wait', 1);
      const patient = container.processes.get(id) as Patient;
      await eventually(() => patient.seen.length === 1);
      expect(patient.seen[0]?.remainingMs).toBe(Number.POSITIVE_INFINITY);
      patient.release();
    });
    async function pair(where: string) {
      const host = await system.current.container();
      return { host, caller: where === 'here' ? host : await system.current.container() };
    }
  });

  describe('cancellation', () => {
    const system = useSystem();

    test.each(places)(
      'row 15: a caller’s abort fails its call at once and reaches the handler, %s',
      async (where) => {
        const { caller, host } = await pair(where);
        const id = await host.processes.spawn(Patient);
        const patient = host.processes.get(id) as Patient;
        const controller = new AbortController();
        const call = caller.rpcSend(id, 'wait', 1, { signal: controller.signal });
        await eventually(() => patient.begun.length === 1);
        controller.abort(new Error('changed my mind'));
        await expect(call).rejects.toBeInstanceOf(CancelledError);
        await expect(call).rejects.toThrow('changed my mind');
        await eventually(() => patient.aborted.length === 1);
        expect(patient.aborted[0]).toBeInstanceOf(CancelledError);
        expect(String(patient.aborted[0])).toContain('changed my mind');
      },
    );

    test('a signal that has aborted already sends nothing', async () => {
      const { caller, host } = await pair('elsewhere');
      const id = await host.processes.spawn(Patient);
      const call = caller.rpcSend(id, 'wait', 1, { signal: AbortSignal.abort() });
      await expect(call).rejects.toMatchObject({ code: 'Cancelled', details: { executed: 'no' } });
      expect(caller.info().conversations.calls).toBe(0);
    });

    test('ends the calls that the handler has made, down the whole chain', async () => {
      const { caller, host } = await pair('elsewhere');
      const patientId = await caller.processes.spawn(Patient);
      const middle = await host.processes.spawn(Forwarder);
      const first = await host.processes.spawn(Forwarder);
      const controller = new AbortController();
      const inner = { to: patientId, op: 'wait', content: 'deep' };
      const call = caller.rpcSend(
        first,
        'forward',
        { to: middle, op: 'forward', content: inner },
        { signal: controller.signal },
      );
      const patient = caller.processes.get(patientId) as Patient;
      await eventually(() => patient.begun.length === 1);
      controller.abort();
      await expect(call).rejects.toBeInstanceOf(CancelledError);
      await eventually(() => patient.aborted.length === 1);
      const { outcomes } = host.processes.get(middle) as Forwarder;
      await eventually(() => outcomes.length === 1);
      expect(outcomes[0]).toBeInstanceOf(CancelledError);
    });

    test.each(places)('a cancelled request that still waits in a mailbox is not run, %s', async (where) => {
      const both = await pair(where);
      const id = await both.host.processes.spawn(Patient);
      await expectDropped(both, id, id);
    });

    test.each([1, 32])(
      'a cancelled request that still waits in a service’s queue is dropped on arrival, prefetch %d',
      async (prefetch) => {
        const host = await system.current.container({ exchange: { prefetch } });
        const caller = await system.current.container();
        const id = await host.processes.spawn(Patient);
        await expectDropped({ caller, host }, id, 'patient', prefetch === 1);
      },
    );

    test('a process that ends tells its handlers, and lets them finish', async () => {
      const { caller, host } = await pair('elsewhere');
      const id = await host.processes.spawn(Patient);
      const patient = host.processes.get(id) as Patient;
      const failed = expect(caller.rpcSend(id, 'wait', 1)).rejects.toThrow('gave up');
      await eventually(() => patient.begun.length === 1);
      const ended = host.processes.terminateProcess(id);
      await eventually(() => patient.aborted.length === 1);
      expect(String(patient.aborted[0])).toContain('is ending');
      await failed;
      await ended;
    });

    test('only the container that asked can take a request back', async () => {
      const { caller, host } = await pair('elsewhere');
      const id = await host.processes.spawn(Patient);
      const patient = host.processes.get(id) as Patient;
      const call = caller.rpcSend(id, 'wait', 1);
      await eventually(() => patient.begun.length === 1);
      const conversationId = patient.seen[0]?.message.conversationId ?? '';
      const mallory = await system.current.container({
        interceptors: [
          (invocation, next) => {
            if (invocation.path === 'out')
              Object.assign(invocation.message, { performative: 'cancel', conversationId });
            next();
          },
        ],
      });
      await mallory.send(id, 'wait', 2);
      await mallory.send(id, 'wait', 3);
      expect(await caller.rpcSend(await host.processes.spawn(Forwarder), 'ping_me')).toBe('here');
      expect(patient.aborted).toEqual([]);
      patient.release();
      expect(await call).toBe(1);
    });

    /** The second of three calls to a process that is busy with the first is given up. */
    async function expectDropped(
      { caller, host }: Awaited<ReturnType<typeof pair>>,
      id: string,
      target: string,
      inBroker = false,
    ): Promise<void> {
      const patient = host.processes.get(id) as Patient;
      const load = () => host.processes.list().find((one) => one.id === id)?.load;
      const first = caller.rpcSend(target, 'wait', 'first');
      await eventually(() => patient.begun.length === 1);
      const controller = new AbortController();
      const second = caller.rpcSend(target, 'wait', 'second', { signal: controller.signal });
      const third = caller.rpcSend(target, 'wait', 'third');
      await eventually(() => load() === (inBroker ? 1 : 3));
      const { messages } = host.info().inbox;
      controller.abort();
      await expect(second).rejects.toBeInstanceOf(CancelledError);
      // A request in the broker's queue is remembered until it comes.
      await eventually(() => (inBroker ? host.info().inbox.messages === messages + 1 : load() === 2));
      patient.release();
      expect(await first).toBe('first');
      await eventually(() => patient.begun.length === 2);
      patient.release();
      expect(await third).toBe('third');
      expect(patient.begun).toEqual(['first', 'third']);
    }

    async function pair(where: string) {
      const host = await system.current.container();
      return { host, caller: where === 'here' ? host : await system.current.container() };
    }
  });

  describe('rings', () => {
    const system = useSystem();

    test.each([1, 2])(
      'row 18: A→B→A between sequential processes is Deadlock at once, with the path, %d container(s)',
      async (count) => {
        const first = await system.current.container();
        const second = count === 1 ? first : await system.current.container();
        const a = await first.processes.spawn(Link);
        const b = await second.processes.spawn(Link);
        const call = first.rpcSend(a, 'pass', [b, a]);
        await expect(call).rejects.toBeInstanceOf(DeadlockError);
        await expect(call).rejects.toMatchObject({ details: { path: [a, b, a], executed: 'unknown' } });
        expect(await first.rpcSend(a, 'pass', [b])).toBe(b);
      },
    );

    test('a longer ring, and a process that calls itself', async () => {
      const container = await system.current.container();
      const [a, b, c] = [
        await container.processes.spawn(Link),
        await container.processes.spawn(Link),
        await container.processes.spawn(Link),
      ];
      await expect(container.rpcSend(a, 'pass', [b, c, b])).rejects.toMatchObject({
        code: 'Deadlock',
        details: { path: [a, b, c, b] },
      });
      await expect(container.rpcSend(a, 'pass', [a])).rejects.toBeInstanceOf(DeadlockError);
      expect(await container.rpcSend(a, 'pass', [b, c])).toBe(c);
    });

    test('reentrant processes take calls from whomever they wait for', async () => {
      const first = await system.current.container();
      const second = await system.current.container();
      const a = await first.processes.spawn(OpenLink);
      const b = await second.processes.spawn(Link);
      const c = await second.processes.spawn(Link, { reentrant: true });
      expect(await first.rpcSend(a, 'pass', [b, a])).toBe(a);
      expect(await first.rpcSend(a, 'pass', [b, a, c, a, c])).toBe(c);
      await expect(first.rpcSend(a, 'pass', [b, a, b])).rejects.toBeInstanceOf(DeadlockError);
    });

    test('a service whose only instance waits is a ring; one with another instance is none', async () => {
      const first = await system.current.container();
      const second = await system.current.container();
      const link = await first.processes.spawn(Link);
      const alone = await first.processes.spawn(Ring);
      await expect(second.rpcSend('ring', 'pass', [link, 'ring'])).rejects.toMatchObject({
        code: 'Deadlock',
        details: { path: [alone, link, 'ring'] },
      });
      const other = await second.processes.spawn(Ring);
      const answers = new Set<unknown>();
      for (let round = 0; round < 8; round += 1) {
        answers.add(await second.rpcSend('ring', 'pass', [link, 'ring'], { timeoutMs: 10_000 }));
      }
      expect([...answers].every((id) => id === alone || id === other)).toBe(true);
    });
  });

  describe('context', () => {
    const system = useSystem();

    test('ION 28: the acting user goes with every call made while handling; a delegate may switch it; default ANONYMOUS', async () => {
      const container = await system.current.container();
      const witness = await container.processes.spawn(Witness);
      class Delegate extends Process {
        async op_ask(as: string | null) {
          return this.rpcSend(witness, 'who', null, as === null ? {} : { actAs: as });
        }
      }
      const delegate = await container.processes.spawn(Delegate);
      const ask = (as: string | null, actAs?: string) =>
        container.rpcSend(delegate, 'ask', as, actAs === undefined ? {} : { actAs });
      expect(await ask(null, 'riggs')).toMatchObject({ user: 'riggs' });
      expect(await ask('ada', 'riggs')).toMatchObject({ user: 'ada' });
      expect(await ask(null)).toMatchObject({ user: 'ANONYMOUS' });
      await expect(
        container.rpcSend(witness, 'who', null, { headers: { 'user-id': 'root' } }),
      ).rejects.toMatchObject({ code: 'BadRequest' });
    });

    test('row 55: a traceparent goes along to other containers', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const witness = await caller.processes.spawn(Witness);
      const forwarder = await host.processes.spawn(Forwarder);
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const answer = await caller.rpcSend(
        forwarder,
        'forward',
        { to: witness, op: 'who' },
        { headers: { traceparent } },
      );
      expect(answer).toMatchObject({ trace: traceparent });
    });

    test('64 handlers that share a timer and an emitter never mix their users', async () => {
      const container = await system.current.container();
      const asking = await container.processes.spawn(Witness);
      const asked = await container.processes.spawn(Witness);
      const timer = setInterval(() => Witness.clockwork.emit('tick'), 1);
      try {
        const users = Array.from({ length: 512 }, (_, index) => `user${index % 97}`);
        const answers = await Promise.all(
          users.map((actAs) => container.rpcSend(asking, 'ask', asked, { actAs })),
        );
        expect(answers).toEqual(
          users.map((user) => ({ user, first: { user, trace: null }, second: { user, trace: null } })),
        );
      } finally {
        clearInterval(timer);
      }
    });

    test('a process that handles one at a time: what a handler has left behind is never sent as somebody else', async () => {
      const container = await system.current.container();
      const witness = await container.processes.spawn(Witness);
      const leftBehind: Promise<unknown>[] = [];
      class Careless extends Process {
        async op_work(name: string, { actingUser }: ReceivedMessage): Promise<unknown> {
          for (const delayMs of [0, 1, 3, 9]) {
            leftBehind.push(
              sleep(delayMs)
                .then(() => this.rpcSend(witness, 'who'))
                .then((seen) => ({ name, seen })),
            );
          }
          await sleep(2);
          const seen = await this.rpcSend(witness, 'who');
          return { actingUser, seen };
        }
      }
      const id = await container.processes.spawn(Careless);
      const users = ['ada', '', 'bob', '', 'eve', 'ada', '', ''];
      const answers = await Promise.all(
        users.map((user) => container.rpcSend(id, 'work', user, user === '' ? {} : { actAs: user })),
      );
      expect(answers).toMatchObject(
        users.map((user) => ({ actingUser: user || 'ANONYMOUS', seen: { user: user || 'ANONYMOUS' } })),
      );
      for (const left of await Promise.all(leftBehind)) {
        const { name, seen } = left as { name: string; seen: { user: string } };
        expect([name || 'ANONYMOUS', 'ANONYMOUS']).toContain(seen.user);
      }
    });

    test('the lines that a handler logs carry container, process and conversation', async () => {
      const logger = recordingLogger();
      const container = await system.current.container({ logger });
      class Chatty extends Process {
        async op_talk(name: string, { message }: ReceivedMessage): Promise<string> {
          await sleep(1);
          this.logger.info('talking', { name });
          return message.conversationId;
        }
        override onTerminate(): void {
          this.logger.info('done');
        }
      }
      const id = await container.processes.spawn(Chatty, { concurrency: 2, name: 'chatty' });
      const conversations = await Promise.all([
        container.rpcSend(id, 'talk', 'a'),
        container.rpcSend(id, 'talk', 'b'),
      ]);
      await container.processes.terminateProcess(id);
      const said = logger.lines.filter(({ message }) => message === 'talking' || message === 'done');
      const facts = said.map(({ fields }) => [fields.container, fields.process, fields.conversation]);
      expect(new Set(facts.map(([, , conversation]) => conversation))).toEqual(
        new Set([...conversations, undefined]),
      );
      for (const [inContainer, inProcess] of facts)
        expect([inContainer, inProcess]).toEqual([container.id, id]);
    });

    test('work that outlives its handler belongs to its message, named or not; within: null belongs to none', async () => {
      const container = await system.current.container();
      const witness = await container.processes.spawn(Witness);
      const done: Promise<unknown>[] = [];
      class Late extends Process {
        op_later(_content: unknown, message: ReceivedMessage): void {
          done.push(sleep(5).then(() => this.rpcSend(witness, 'who', null, { within: message })));
          done.push(sleep(5).then(() => this.rpcSend(witness, 'who')));
        }
        async op_none(): Promise<unknown> {
          return this.rpcSend(witness, 'who', null, { within: null });
        }
      }
      const late = await container.processes.spawn(Late);
      await container.rpcSend(late, 'later', null, { actAs: 'ada' });
      expect(await Promise.all(done)).toMatchObject([{ user: 'ada' }, { user: 'ada' }]);
      expect(await container.rpcSend(late, 'none', null, { actAs: 'ada' })).toMatchObject({
        user: 'ANONYMOUS',
      });
    });
  });

  describe('the request protocol', () => {
    const system = useSystem();

    test.each(places)(
      'ION 51: goes through agree to the result; progress begins the time anew (row 19), %s',
      async (where) => {
        const host = await system.current.container();
        const caller = where === 'here' ? host : await system.current.container();
        const id = await host.processes.spawn(Reporter);
        const reporter = host.processes.get(id) as Reporter;
        const heard: unknown[] = [];
        const call = caller.call(id, 'work', 3, {
          timeoutMs: 1000,
          onAgree: () => heard.push('agree'),
          onProgress: (step) => heard.push(step),
        });
        await eventually(() => heard.length === 1);
        const before = reporter.message?.deadlineAt ?? 0;
        for (const step of [1, 2, 3]) {
          reporter.steps.emit('step');
          await eventually(() => heard.length === step + 1);
        }
        expect(reporter.message?.deadlineAt).toBeGreaterThan(before);
        reporter.steps.emit('step');
        expect((await call).content).toBe('done');
        expect(heard).toEqual(['agree', 1, 2, 3]);
      },
    );

    test('without progress its time ends, as of any call', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Reporter);
      const call = container.call(id, 'work', 3, { timeoutMs: 100, protocol: 'request' });
      await expect(call).rejects.toBeInstanceOf(TimeoutError);
    });

    test('a refusal and a failure resolve the caller', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Reporter);
      const protocol = 'request';
      await expect(caller.call(id, 'nothing', null, { protocol })).rejects.toMatchObject({
        code: 'NotFound',
      });
      await expect(caller.call(id, 'refuse', null, { protocol })).rejects.toMatchObject({ code: 'Broken' });
    });
  });

  describe('retry', () => {
    const system = useSystem();

    test.each(places)('row 14: idempotent calls are tried again inside their time, %s', async (where) => {
      const host = await system.current.container();
      const caller = where === 'here' ? host : await system.current.container();
      const id = await host.processes.spawn(Flaky);
      const flaky = host.processes.get(id) as Flaky;
      const backoff = { initialMs: 1, maxMs: 2 };
      expect(
        await caller.rpcSend(
          'flaky',
          'work',
          { failures: 2 },
          { idempotent: true, retry: { attempts: 5, backoff } },
        ),
      ).toBe(3);
      expect(flaky.attempts).toEqual([1, 2, 3]);
    });

    test('ends with the last error when the attempts are used up, and at once for errors that stay', async () => {
      const container = await system.current.container();
      const id = await container.processes.spawn(Flaky);
      const flaky = container.processes.get(id) as Flaky;
      const options = { idempotent: true, retry: { attempts: 3, backoff: { initialMs: 1, maxMs: 2 } } };
      await expect(container.rpcSend('flaky', 'work', { failures: 9 }, options)).rejects.toThrow('not yet');
      expect(flaky.calls).toBe(3);
      await expect(container.rpcSend('flaky', 'never', null, options)).rejects.toMatchObject({
        code: 'Broken',
      });
      expect(flaky.calls).toBe(4);
    });

    test('is refused for operations that must not run twice', async () => {
      const container = await system.current.container();
      await expect(
        container.rpcSend('flaky', 'work', null, { retry: { attempts: 3 } }),
      ).rejects.toMatchObject({ code: 'BadRequest' });
    });

    test('an instance that has answered a request answers its repetition without running it again', async () => {
      const host = await system.current.container();
      let isDeaf = true;
      const caller = await system.current.container({
        interceptors: [
          (invocation, next) => {
            const isAnswer = invocation.path === 'in' && invocation.message.performative === 'inform_result';
            // The first answer is lost on its way.
            if (isAnswer && isDeaf) {
              isDeaf = false;
              invocation.take();
              return;
            }
            next();
          },
        ],
      });
      const id = await host.processes.spawn(Flaky);
      const retry = { attempts: 4, attemptMs: 60, backoff: { initialMs: 1, maxMs: 2 } };
      expect(await caller.rpcSend(id, 'work', { failures: 0 }, { idempotent: true, retry })).toBe(1);
      expect((host.processes.get(id) as Flaky).calls).toBe(1);
    });
  });
}
