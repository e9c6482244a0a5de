import { describe, expect, test } from '@jest/globals';
import { FrameTicket } from '../../../src/exchange/index.ts';
import {
  defineService,
  operation,
  Process,
  type ProcessId,
  type ReceivedMessage,
  ServiceProcess,
} from '../../../src/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { frameDelivery, message } from '../exchange/bed.ts';
import { makeProcesses } from './bed.ts';
import { Gate, spawnGate } from './gate.ts';

describe('a process handling messages', () => {
  test('leaves out a request whose time ran out while it waited, without an answer', async () => {
    const { env, processes, receive, answers } = await makeProcesses();
    const gate = await spawnGate(processes);
    receive({ receiver: gate.id, op: 'wait', content: 'first' });
    receive({ receiver: gate.id, op: 'wait', content: 'late' }, { deadlineAt: 100 });
    receive({ receiver: gate.id, op: 'wait', content: 'in time' }, { deadlineAt: 101 });
    await env.advance(100);
    gate.open();
    await turns();
    expect(gate.begun).toEqual(['first', 'in time']);
    gate.open();
    await turns();
    expect(answers.map(({ content }) => content)).toEqual(['first', 'in time']);
    expect(processes.list()[0]).toMatchObject({ load: 0, handled: 3 });
  });

  test('handles as many at a time as its concurrency, and begins the next when one is done', async () => {
    const { processes, receive } = await makeProcesses();
    const gate = await spawnGate(processes, { concurrency: 2 });
    for (const content of [1, 2, 3, 4, 5]) receive({ receiver: gate.id, op: 'wait', content });
    expect(gate.begun).toEqual([1, 2]);
    gate.open();
    await turns();
    expect(gate.begun).toEqual([1, 2, 3, 4]);
    expect(processes.list()[0]).toMatchObject({ load: 3, handled: 2 });
  });

  test('takes its concurrency from its class unless it is told otherwise', async () => {
    class Wide extends Gate {
      static readonly concurrency = 3;
    }
    const { processes, receive } = await makeProcesses();
    const gates = [
      await spawnGate(processes, {}, Wide),
      await spawnGate(processes, { concurrency: 1 }, Wide),
    ];
    for (const gate of gates)
      for (const content of [1, 2, 3, 4]) receive({ receiver: gate.id, op: 'wait', content });
    expect(gates.map(({ begun }) => begun.length)).toEqual([3, 1]);
  });

  test('answers once: what comes after an explicit answer is ignored', async () => {
    class Early extends Process {
      op_twice(_content: unknown, received: ReceivedMessage): string {
        this.reply(received, 'first');
        this.reply(received, 'second');
        this.replyError(received, new Error('third'));
        return 'fourth';
      }
      op_throw(_content: unknown, received: ReceivedMessage): never {
        this.replyError(received, new RangeError('first'));
        throw new TypeError('second');
      }
    }
    const { processes, receive, answers } = await makeProcesses();
    const id = await processes.spawn(Early);
    receive({ receiver: id, op: 'twice' });
    receive({ receiver: id, op: 'throw' });
    await turns();
    expect(answers).toMatchObject([
      { type: 'result', op: 'twice', content: 'first', sender: id },
      { type: 'error', op: 'throw', content: new RangeError('first') },
    ]);
    expect(answers).toHaveLength(2);
  });

  test('answers nothing to a one-way message, whatever its handler does; a failure is logged', async () => {
    class Odd extends Process {
      op_give(_content: unknown, received: ReceivedMessage): number {
        this.reply(received, 1);
        return 2;
      }
      op_fail(): never {
        throw new RangeError('too deep');
      }
    }
    const { processes, receive, answers, logger } = await makeProcesses();
    const id = await processes.spawn(Odd);
    for (const op of ['give', 'fail', 'unknown']) receive({ performative: 'none', receiver: id, op });
    await turns();
    expect(answers).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.op)).toEqual([
      'fail',
      'unknown',
    ]);
  });

  test('a redelivered request runs only where that does no harm; a one-way message always', async () => {
    const Count = defineService({
      name: 'count',
      version: '1.0.0',
      operations: { once: operation(), again: operation({ idempotent: true }) },
    });
    const ran: string[] = [];
    class CountService extends ServiceProcess.for(Count) {
      op_once(): void {
        ran.push('once');
      }
      op_again(): void {
        ran.push('again');
      }
    }
    const { processes, receive, answers } = await makeProcesses();
    await processes.spawn(CountService);
    for (const op of ['once', 'again']) {
      receive({ receiver: 'count', op, conversationId: op }, { local: false, redelivered: true });
      receive({ performative: 'none', receiver: 'count', op }, { local: false, redelivered: true });
    }
    await turns();
    expect(ran).toEqual(['once', 'again', 'again']);
    expect(answers).toMatchObject([
      { type: 'error', op: 'once', content: { code: 'Unavailable', details: { executed: 'unknown' } } },
      { type: 'result', op: 'again' },
    ]);
  });

  test('settles a shared frame whatever becomes of its messages', async () => {
    class Odd extends Process {
      op_good(): void {}
      op_bad(): never {
        throw new Error('bad');
      }
    }
    const { processes, receive } = await makeProcesses();
    await processes.spawn(Odd, { serviceName: 'odd' });
    const delivery = frameDelivery([message()]);
    const ticket = new FrameTicket(delivery, 5);
    for (const op of ['good', 'bad', 'unknown', 'ping'])
      receive({ receiver: 'odd', op }, { ticket, local: false });
    await turns();
    expect(delivery.acks).toBe(0);
    receive({ receiver: 'odd', op: 'good' }, { ticket, local: false, deadlineAt: 0 });
    await turns();
    expect(delivery).toMatchObject({ acks: 1, nacks: 0 });
  });
});

describe('a process that ends', () => {
  test('gives its handlers shutdownMs; what still runs then is reported with its age, its answer goes nowhere twice', async () => {
    const { env, processes, receive, answers } = await makeProcesses({ shutdownMs: 300 });
    const gate = await spawnGate(processes, { name: 'gate' });
    await env.advance(50);
    receive({ receiver: gate.id, op: 'wait' });
    await env.advance(50);
    const ended = processes.terminateProcess(gate.id);
    await env.advance(299);
    expect(processes.get(gate.id)).toBe(gate);
    await env.advance(1);
    await ended;
    expect(processes.list()).toEqual([]);
    expect(processes.unfinished).toEqual([{ id: gate.id, name: 'gate', op: 'wait', ageMs: 350 }]);
    expect(env.pendingTimers()).toBe(0);
    gate.open();
    await turns();
    expect(answers.length).toBeLessThanOrEqual(1);
  });

  test('ends at once when its last handler is done', async () => {
    const { env, processes, receive } = await makeProcesses({ shutdownMs: 300 });
    const gate = await spawnGate(processes);
    receive({ receiver: gate.id, op: 'wait' });
    const ended = processes.terminateProcess(gate.id);
    await env.advance(10);
    gate.open();
    await ended;
    expect(processes.unfinished).toEqual([]);
    expect(env.pendingTimers()).toBe(0);
  });

  test('refuses the requests that waited, executed no; those of a shared queue are handed back', async () => {
    const { processes, receive, answers, handedBack } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    const delivery = frameDelivery([message()]);
    receive({ receiver: gate.id, op: 'wait', content: 'begun' });
    receive({ receiver: gate.id, op: 'wait', content: 'by id' });
    receive(
      { receiver: 'gate', op: 'wait', content: 'shared' },
      { ticket: new FrameTicket(delivery, 1), local: false },
    );
    const ended = processes.terminateProcess(gate.id);
    await turns();
    gate.open();
    await ended;
    expect(handedBack.map((one) => one.message.content)).toEqual(['shared']);
    expect(answers).toMatchObject([
      { type: 'error', content: { code: 'Unavailable', details: { executed: 'no' } } },
      { type: 'result', content: 'begun' },
    ]);
    expect(delivery.acks).toBe(1);
  });

  test('leaves what it did not begin to another instance here', async () => {
    const { processes, receive, handedBack } = await makeProcesses();
    const first = await spawnGate(processes, { serviceName: 'gate' });
    const ticket = () => ({ ticket: new FrameTicket(frameDelivery([message()]), 1), local: false });
    for (const content of [1, 2]) receive({ receiver: 'gate', op: 'wait', content }, ticket());
    const second = await spawnGate(processes, { serviceName: 'gate' });
    const ended = processes.terminateProcess(first.id);
    await turns();
    expect(second.begun).toEqual([2]);
    first.open();
    await ended;
    expect(handedBack).toEqual([]);
  });

  test('takes with it children that it spawns while it ends', async () => {
    const { processes } = await makeProcesses();
    const outcomes: unknown[] = [];
    class Child extends Process {}
    class Parent extends Process {
      override async onTerminate(): Promise<void> {
        outcomes.push(await this.spawnChild(Child).catch((error: unknown) => error));
      }
    }
    await processes.terminateProcess(await processes.spawn(Parent));
    await turns();
    expect(processes.list()).toEqual([]);
    expect(outcomes).toHaveLength(1);
  });

  test('takes with it a child that a handler spawns after the process has ended', async () => {
    const { env, processes, receive } = await makeProcesses({ shutdownMs: 10 });
    let spawnNow = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      spawnNow = resolve;
    });
    const spawned: Promise<unknown>[] = [];
    class Child extends Process {}
    class Parent extends Process {
      async op_spawn(): Promise<void> {
        await gone;
        const child: Promise<ProcessId> = this.spawnChild(Child);
        spawned.push(child.catch((error: unknown) => error));
        await child;
      }
    }
    const id = await processes.spawn(Parent);
    receive({ receiver: id, op: 'spawn' });
    const ended = processes.terminateProcess(id);
    await env.advance(10);
    await ended;
    spawnNow();
    await turns();
    await Promise.all(spawned);
    expect(spawned).toHaveLength(1);
    expect(processes.list()).toEqual([]);
  });

  test('keeps the last 100 unfinished handlers for the report', async () => {
    const { env, processes, receive } = await makeProcesses({ shutdownMs: 1 });
    const gate = await spawnGate(processes, { concurrency: 150 });
    for (let index = 0; index < 150; index += 1) receive({ receiver: gate.id, op: 'wait', content: index });
    const ended = processes.terminateProcess(gate.id);
    await env.advance(1);
    await ended;
    expect(processes.unfinished).toHaveLength(100);
  });
});
