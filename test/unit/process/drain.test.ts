import { describe, expect, test } from '@jest/globals';
import { FrameTicket } from '../../../src/exchange/index.ts';
import { Process } from '../../../src/index.ts';
import { childEnded, endChildren } from '../../../src/process/child-keeper.ts';
import { turns } from '../../../src/testing/eventually.ts';
import type { ConsumerHandle } from '../../../src/transport/index.ts';
import { arrival, frameDelivery, message, ScriptedTransport } from '../exchange/bed.ts';
import { makeProcesses } from './bed.ts';
import { Gate, spawnGate } from './gate.ts';

/** Counts consumers, and cancels them when the test says so. */
class ConsumingTransport extends ScriptedTransport {
  consumed = 0;
  cancelled = 0;
  #release: () => void = () => undefined;
  readonly #mayCancel = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  /** The broker answers. */
  letCancel(): void {
    this.#release();
  }
  override async consume(): Promise<ConsumerHandle> {
    this.consumed += 1;
    return {
      cancel: async () => {
        await this.#mayCancel;
        this.cancelled += 1;
      },
    };
  }
}

async function makeShore() {
  const transport = new ConsumingTransport();
  const made = await makeProcesses({ shutdownMs: 1_000 }, transport);
  const gate = await spawnGate(made.processes, { serviceName: 'gate' });
  return {
    ...made,
    transport,
    gate,
    /** A request comes in through the service's queue. */
    deliver: (content: unknown) => {
      const delivery = frameDelivery([message()]);
      const ticket = new FrameTicket(delivery, 1);
      made.receive({ receiver: 'gate', op: 'wait', content }, { local: false, ticket });
      return delivery;
    },
    handedBack: () => made.handedBack.map((arrival) => arrival.message.content),
  };
}

describe('ProcessManager#drain()', () => {
  test('gives back what waits and what still comes, in order, but only when the consumer is cancelled', async () => {
    const { processes, transport, gate, deliver, handedBack } = await makeShore();
    const [begun, ...waiting] = [1, 2, 3].map(deliver);
    const drained = processes.drain(10_000);
    deliver(4);
    await turns();
    expect(handedBack()).toEqual([]);
    transport.letCancel();
    await drained;
    await turns();
    expect(handedBack()).toEqual([2, 3, 4]);
    deliver(5);
    expect(handedBack()).toEqual([2, 3, 4, 5]);
    expect(gate.begun).toEqual([1]);
    expect(waiting.map(({ acks, nacks }) => [acks, nacks])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    gate.open();
    await turns();
    expect(begun?.acks).toBe(1);
    expect(gate.begun).toEqual([1]);
  });

  test('leaves alone what came by another way: it is handled in its order', async () => {
    const { processes, transport, gate, deliver, receive, answers } = await makeShore();
    receive({ receiver: gate.id, op: 'wait', content: 'by id, 1' });
    deliver('shared');
    receive({ receiver: gate.id, op: 'wait', content: 'by id, 2' });
    receive({ receiver: gate.id, op: 'ping' });
    receive({ receiver: 'gate', op: 'wait', content: 'from next door' });
    transport.letCancel();
    await processes.drain(10_000);
    receive({ receiver: 'gate', op: 'wait', content: 'later' });
    for (let count = 0; count < 4; count += 1) {
      gate.open();
      await turns();
    }
    expect(gate.begun).toEqual(['by id, 1', 'by id, 2', 'from next door', 'later']);
    expect(answers.map(({ op }) => op)).toEqual(['wait', 'ping', 'wait', 'wait', 'wait']);
  });

  test('a JSON peer whose request was not begun is told so', async () => {
    const { processes, transport, deliver, receive, answers } = await makeShore();
    deliver(1);
    const delivery = frameDelivery([message()]);
    receive(
      { receiver: 'gate', op: 'wait' },
      {
        local: false,
        ticket: new FrameTicket(delivery, 1),
        replyRoute: { replyTo: 'amq.gen-1', correlationId: undefined },
      },
    );
    transport.letCancel();
    await processes.drain(10_000);
    expect(answers).toMatchObject([{ content: { code: 'Unavailable', details: { executed: 'no' } } }]);
    expect(delivery.acks).toBe(1);
  });

  test('whoever serves from then on takes nothing from a queue, under an old name or a new one', async () => {
    const { processes, transport, gate, receive } = await makeShore();
    transport.letCancel();
    await processes.drain(10_000);
    expect([transport.consumed, transport.cancelled]).toEqual([1, 1]);
    const second = await spawnGate(processes, { serviceName: 'gate' });
    await spawnGate(processes, { serviceName: 'other' });
    await processes.terminateProcess(gate.id);
    await processes.terminateProcess(second.id);
    await spawnGate(processes, { serviceName: 'gate' });
    expect([transport.consumed, transport.cancelled]).toEqual([1, 1]);
    receive({ receiver: 'other', op: 'wait', content: 1 });
    expect(processes.list().map(({ load }) => load)).toEqual([1, 0]);
  });

  test('an instance that is busy is free for calls from here, unless it waits for them itself', async () => {
    const { processes, transport, gate, deliver } = await makeShore();
    deliver(1);
    const request = message({ receiver: 'gate' });
    expect(processes.hasFreeInstance('gate', 0, request)).toBe(false);
    transport.letCancel();
    await processes.drain(10_000);
    expect(processes.hasFreeInstance('gate', 0, request)).toBe(true);
    expect(processes.hasFreeInstance('other', 0, request)).toBe(false);
    const own = message({ receiver: 'gate', callPath: [waitingStep(gate.id)] });
    expect(processes.hasFreeInstance('gate', 0, own)).toBe(false);
    const second = await spawnGate(processes, { serviceName: 'gate' });
    expect(processes.hasFreeInstance('gate', 0, own)).toBe(true);
    for (const content of ['free', 'own']) {
      processes.accept(arrivalOf(content, gate.id));
    }
    expect([gate.begun, second.begun]).toEqual([[1], ['free']]);
    expect(processes.list().map(({ load }) => load)).toEqual([1, 2]);
  });

  test('a process gets half of the time that is left, whatever it was given; one that keeps children has as long as there is', async () => {
    const { processes, env, transport } = await makeShore();
    class Hanging extends Process {
      override onTerminate(): Promise<never> {
        return new Promise(() => undefined);
      }
    }
    class Keeper extends Process {
      [childEnded](): undefined {}
      [endChildren](): Promise<never> {
        return new Promise(() => undefined);
      }
    }
    const ids = [Hanging, Hanging, Keeper].map((each) => processes.spawn(each));
    const [first, second, third] = await Promise.all(ids);
    transport.letCancel();
    await processes.drain(800);
    const reasons: unknown[] = [];
    const exit = (id: string | undefined, shutdown?: number) =>
      processes
        .terminateProcess(String(id), 'shutdown', shutdown)
        .then((reason) => reasons.push([id, reason]));
    void exit(first);
    void exit(second, 5_000);
    void exit(third);
    await env.advance(399);
    expect(reasons).toEqual([]);
    await env.advance(1);
    expect(reasons).toEqual([
      [first, 'killed'],
      [second, 'killed'],
    ]);
    await env.advance(10_000);
    expect(reasons).toHaveLength(2);
    processes.cutOff();
    await turns();
    expect(reasons).toHaveLength(3);
  });
});

describe('ProcessManager#cutOff()', () => {
  test('kills all, also what is just being spawned, and lets nothing more be spawned', async () => {
    const { processes } = await makeProcesses();
    class Slow extends Process {
      override onInit(): Promise<never> {
        return new Promise(() => undefined);
      }
    }
    const overdue: unknown[] = [];
    processes.onCrash((report) => overdue.push([report.id, report.overdue]));
    await processes.spawn(Gate);
    const spawning = processes.spawn(Slow);
    processes.cutOff();
    expect(processes.size).toBe(0);
    await expect(spawning).rejects.toMatchObject({ code: 'IllegalState' });
    await expect(processes.spawn(Gate)).rejects.toMatchObject({ code: 'IllegalState' });
    expect(overdue).toEqual([
      ['shore.2', true],
      ['shore.1', true],
    ]);
  });
});

describe('CrashReport#overdue', () => {
  test('tells who did not end in its time from who was killed on purpose', async () => {
    const { processes, env } = await makeProcesses({ shutdownMs: 100 });
    const reports: unknown[] = [];
    processes.onCrash(({ id, overdue }) => reports.push([id, overdue]));
    const [hung, killed, brutally] = await Promise.all([1, 2, 3].map(() => processes.spawn(Gate)));
    processes.accept(arrivalOf('x', '', hung));
    processes.kill(String(killed));
    await processes.terminateProcess(String(brutally), 'shutdown', 'brutal_kill');
    const ended = processes.terminateProcess(String(hung));
    await env.advance(100);
    expect(await ended).toBe('killed');
    expect(reports).toEqual([
      [killed, false],
      [brutally, false],
      [hung, true],
    ]);
  });
});

/** A request from next door, on whose path `waiting` stands. */
function arrivalOf(content: unknown, waiting: string, receiver: string = 'gate') {
  const callPath = waiting === '' ? [] : [waitingStep(waiting)];
  return arrival({ receiver, op: 'wait', content, callPath });
}

function waitingStep(process: string) {
  return { process, service: 'gate', instances: 1, isBlocked: true };
}
