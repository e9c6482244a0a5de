import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  ContainerError,
  Process,
  type ReceivedMessage,
  ServiceProcess,
} from '../../../../src/index.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import { Echo } from './processes.ts';
import type { UseSystem } from './runner.ts';
import { publishFrame } from './trust.ts';

/** Holds each piece of work until it is released, one at a time. */
class Bench extends ServiceProcess {
  static readonly serviceName: string = 'bench';
  readonly #gate = new EventEmitter();
  readonly begun: ReceivedMessage[] = [];
  #isOpen = false;

  async op_work(content: unknown, message: ReceivedMessage): Promise<unknown> {
    this.begun.push(message);
    if (!this.#isOpen) await once(this.#gate, 'release');
    return [homeOf(this), content];
  }
  /** From here on nothing is held. */
  release(): void {
    this.#isOpen = true;
    this.#gate.emit('release');
  }
}

/** Waits for its release and then asks a bench. */
class Front extends Process {
  readonly #gate = new EventEmitter();
  begun = 0;

  async op_order(content: unknown): Promise<unknown> {
    this.begun += 1;
    await once(this.#gate, 'release');
    return this.rpcSend('bench', 'work', content);
  }
  release(): void {
    this.#gate.emit('release');
  }
}

/** Calls its own service while it works, so that it needs another instance. */
class Recursive extends ServiceProcess {
  static readonly serviceName = 'recursive';
  readonly #gate = new EventEmitter();
  begun = 0;

  async op_outer(): Promise<unknown> {
    this.begun += 1;
    await once(this.#gate, 'release');
    return this.rpcSend('recursive', 'inner');
  }
  op_inner(): string {
    return homeOf(this);
  }
  release(): void {
    this.#gate.emit('release');
  }
}

/** What becomes of work and callers when a container stops. */
export function describeStopping(useSystem: UseSystem): void {
  describe('stopping', () => {
    const system = useSystem();

    test('what was taken and not begun is done by the next container, and does not look redelivered', async () => {
      const first = await system.current.container();
      const caller = await system.current.container();
      const bench = await benchAt(first);
      const calls = [0, 1, 2, 3, 4].map((number) => caller.rpcSend('bench', 'work', number));
      // Confirmed messages have a channel of their own, so they may overtake calls.
      await eventually(() => bench.begun.length === 1);
      for (const number of [5, 6]) await caller.send('bench', 'work', number);
      await eventually(() => loadOf(first) === 7);
      const second = await system.current.container();
      const next = await benchAt(second);
      next.release();
      const stopping = first.stop();
      await eventually(() => next.begun.length === 6);
      expect(
        next.begun.map(({ redelivered, message }) => [redelivered, message.attempt, message.headers]),
      ).toEqual(Array.from({ length: 6 }, () => [false, 1, undefined]));
      expect(bench.begun).toHaveLength(1);
      bench.release();
      expect(await Promise.all(calls)).toEqual([
        [first.id, 0],
        ...[1, 2, 3, 4].map((number) => [second.id, number]),
      ]);
      expect(await stopping).toMatchObject({
        complete: true,
        handedBack: 6,
        killed: [],
        unfinishedHandlers: [],
      });
      expect(next.begun).toHaveLength(6);
    });

    test('work that nobody else takes stays in the queue for whoever comes next', async () => {
      const first = await system.current.container();
      const caller = await system.current.container();
      const bench = await benchAt(first);
      for (const number of [0, 1, 2]) await caller.send('bench', 'work', number);
      await eventually(() => loadOf(first) === 3);
      const stopping = first.stop();
      await eventually(() => first.info().stopping?.handedBack === 2);
      bench.release();
      expect(await stopping).toMatchObject({ complete: true, handedBack: 2 });
      const next = await benchAt(await system.current.container());
      next.release();
      await eventually(() => next.begun.length === 2);
      expect(next.begun.map(({ message, redelivered }) => [message.content, redelivered])).toEqual([
        [1, false],
        [2, false],
      ]);
    });

    test('what is being handled may still call what its own container serves, though that is busy', async () => {
      const container = await system.current.container();
      const bench = await benchAt(container);
      const front = await frontAt(container);
      const calls = [container.rpcSend('bench', 'work', 1), container.rpcSend(front.id, 'order', 2)];
      await eventually(() => bench.begun.length === 1 && front.begun === 1);
      const stopping = container.stop();
      await eventually(() => container.info().stopping?.phase === 'processes');
      front.release();
      await eventually(() => container.processes.list()[0]?.load === 2);
      bench.release();
      expect(await Promise.all(calls)).toEqual([
        [container.id, 1],
        [container.id, 2],
      ]);
      expect(await stopping).toMatchObject({ complete: true });
    });

    test('a call that comes back to who waits for it goes to another container', async () => {
      const first = await system.current.container();
      const caller = await system.current.container();
      const id = await first.processes.spawn(Recursive);
      const outer = caller.rpcSend('recursive', 'outer');
      const process = first.processes.get(id) as Recursive;
      await eventually(() => process.begun === 1);
      const second = await system.current.container();
      await second.processes.spawn(Recursive);
      const stopping = first.stop();
      await eventually(() => first.info().stopping?.phase === 'processes');
      process.release();
      expect(await outer).toBe(second.id);
      expect(await stopping).toMatchObject({ complete: true });
    });

    test('whoever calls a process of it by its id is answered to the last', async () => {
      const host = await system.current.container();
      const caller = await system.current.container();
      const id = await host.processes.spawn(Echo);
      await caller.rpcSend(id, 'echo', 0);
      const outcomes: Promise<unknown>[] = [];
      let isOver = false;
      const stopping = host.stop().then((report) => {
        isOver = true;
        return report;
      });
      while (!isOver) {
        for (let number = 0; number < 5; number += 1) {
          const call = caller.rpcSend(id, 'echo', number, { timeoutMs: 5_000 });
          outcomes.push(
            call.then(
              () => 'answered',
              (error: unknown) => (error instanceof ContainerError ? error.code : error),
            ),
          );
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await stopping).toMatchObject({ complete: true });
      const told = new Set(await Promise.all(outcomes));
      expect(
        [...told].filter((outcome) => !['answered', 'NoReceiver', 'Unavailable'].includes(String(outcome))),
      ).toEqual([]);
      expect(told).toContain('NoReceiver');
    });

    test('a handler that never ends: the container stops in its time and says what hung; its caller is told', async () => {
      const host = await system.current.container({ stopMs: 1_000 });
      const caller = await system.current.container();
      const bench = await benchAt(host);
      const id = bench.id;
      const call = caller.rpcSend('bench', 'work').catch((error: unknown) => error);
      await eventually(() => bench.begun.length === 1);
      const report = await host.stop();
      expect(await call).toMatchObject({ code: 'Unavailable', details: { executed: 'unknown' } });
      expect(report.tookMs).toBeLessThan(1_000);
      expect(report).toMatchObject({
        complete: false,
        killed: [{ id, name: 'Bench', ops: ['work'] }],
        unfinishedHandlers: [{ id, op: 'work' }],
        leftProcesses: [],
        error: undefined,
      });
    });

    test('the phases are told in order, with what is left', async () => {
      const host = await system.current.container();
      await host.processes.spawn(Echo);
      const told: unknown[] = [];
      host.onStopping(({ phase, processes }) => told.push([phase, processes]));
      expect(host.info().stopping).toBeUndefined();
      const report = await host.stop();
      expect(told).toEqual([
        ['leaving', 1],
        ['draining', 1],
        ['apps', 1],
        ['processes', 1],
        ['exchange', 0],
      ]);
      expect(report.phases.map(({ phase, late }) => [phase, late])).toEqual(
        told.map((each) => [(each as unknown[])[0], false]),
      );
      expect(host.info().stopping).toBeUndefined();
    });

    test('the others learn that it leaves; forged news of that do nothing but stand in the log once', async () => {
      const logger = recordingLogger();
      const host = await system.current.container();
      const other = await system.current.container({ logger });
      const stranger = await system.current.stranger();
      const id = await other.processes.spawn(Echo);
      const news = { performative: 'none', receiver: '~control', op: 'leaving' } as const;
      for (let count = 0; count < 3; count += 1) publishFrame(stranger, 'mallory', other, news);
      publishFrame(stranger, other.id, other, news);
      publishFrame(stranger, 'mallory', other, { ...news, op: 'arriving' });
      await other.rpcSend(id, 'a');
      await host.stop();
      const lines = () => logger.lines.filter(({ message }) => message.includes('leaves the system'));
      await eventually(() => lines().length === 2);
      expect(lines().map(({ fields }) => fields.leaving)).toEqual(['mallory', host.id]);
      expect(other.state).toBe('ACTIVE');
      expect(await other.rpcSend(id, 'a')).toBe('a');
    });
  });
}

async function benchAt(container: Container): Promise<Bench> {
  return container.processes.get(await container.processes.spawn(Bench)) as Bench;
}

async function frontAt(container: Container): Promise<Front> {
  return container.processes.get(await container.processes.spawn(Front)) as Front;
}

/** The container of a process. */
function homeOf({ id }: Process): string {
  return id.slice(0, id.lastIndexOf('.'));
}

function loadOf(container: Container): number {
  return container.processes.list().reduce((sum, { load }) => sum + load, 0);
}
