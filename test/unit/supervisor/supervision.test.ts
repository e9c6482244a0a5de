import { describe, expect, test } from '@jest/globals';
import type { ProcessId } from '../../../src/exchange/index.ts';
import type { ExitReason } from '../../../src/process/index.ts';
import type { ChildSpec, SupervisorFlags, SupervisorReport } from '../../../src/supervisor/index.ts';
import { Supervision, type SupervisionHost } from '../../../src/supervisor/supervision.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { children, plainSpec } from './specs.ts';

const crash = { error: 'crash' } as const;

/** Starts and ends that the test settles by hand. */
class Host implements SupervisionHost {
  readonly env = fakeEnv();
  readonly journal: string[] = [];
  readonly live = new Set<ProcessId>();
  readonly reports: SupervisorReport[] = [];
  readonly exits: ExitReason[] = [];
  supervision: Supervision | undefined;
  /** What a start comes to; `wait` leaves it to {@link settle}. */
  onStart: (id: string) => 'ok' | 'wait' | 'ignore' | Error = () => 'ok';
  onTerminate: (pid: ProcessId) => void = (pid) => this.end(pid, 'shutdown');
  companions: ((id: ProcessId) => Promise<void> | undefined) | undefined;
  settle: (result: ProcessId | undefined) => void = () => undefined;
  #count = 0;

  isAlive(pid: ProcessId): boolean {
    return this.live.has(pid);
  }
  async start({ id }: { readonly id: string }): Promise<ProcessId | undefined> {
    const result = this.onStart(id);
    if (result instanceof Error) throw result;
    if (result === 'ignore') return undefined;
    if (result === 'wait') return new Promise((resolve) => (this.settle = resolve));
    return this.born(id);
  }
  /** A process that is a child from now on. */
  born(id: string): ProcessId {
    this.#count += 1;
    const pid: ProcessId = `${id}.${this.#count}`;
    this.live.add(pid);
    this.journal.push(`start ${pid}`);
    return pid;
  }
  async terminate(pid: ProcessId): Promise<void> {
    this.journal.push(`terminate ${pid}`);
    this.onTerminate(pid);
  }
  endCompanions(pid: ProcessId): Promise<void> | undefined {
    return this.companions?.(pid);
  }
  report(report: SupervisorReport): void {
    this.reports.push(report);
  }
  delayed(): void {}
  exit(reason: ExitReason): void {
    this.exits.push(reason);
  }
  end(pid: ProcessId, reason: ExitReason): void {
    if (!this.live.delete(pid)) return;
    this.journal.push(`end ${pid}`);
    this.supervision?.childEnded(pid, reason);
  }
}

function make(host: Host, flags: SupervisorFlags, specs: readonly ChildSpec[]): Supervision {
  host.supervision = new Supervision(plainSpec(flags, specs), host);
  return host.supervision;
}

describe('Supervision', () => {
  test('brings the end of a child that dies between its start and the news of it', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a'));
    host.onStart = () => 'wait';
    const begun = supervision.begin();
    const pid = host.born('a');
    host.end(pid, crash);
    host.onStart = () => 'ok';
    host.settle(pid);
    await begun;
    await turns(1);
    expect(host.journal).toEqual(['start a.1', 'end a.1', 'start a.2']);
    expect(supervision.describe()).toMatchObject([
      { pid: 'a.2', restarts: 1, lastExit: { error: { message: 'crash' } } },
    ]);
  });

  test('is not misled by the end of a process that was no child', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a'));
    await supervision.begin();
    expect(supervision.childEnded('x.9', crash)).toBeUndefined();
    expect(host.journal).toEqual(['start a.1']);
  });

  test('performs actions in the order of decisions, even if what they bring comes at once', async () => {
    const host = new Host();
    const supervision = make(host, { strategy: 'simple_one_for_one' }, children('a'));
    await supervision.begin();
    for (let n = 0; n < 3; n += 1)
      await supervision.ask((from) => ({ type: 'startDynamicChild', from, args: [] }));
    const seen: string[] = [];
    const stopped = supervision.stop('shutdown').then(() => seen.push('stopped'));
    const refused = supervision
      .ask((from) => ({ type: 'countChildren', from }))
      .then((reply) => seen.push(reply.type));
    await Promise.all([stopped, refused]);
    expect(host.journal.slice(3)).toEqual([
      'terminate a.3',
      'end a.3',
      'terminate a.2',
      'end a.2',
      'terminate a.1',
      'end a.1',
    ]);
    expect(seen).toEqual(['stopped', 'refused']);
  });

  test('ends thousands that end at once', async () => {
    const host = new Host();
    const supervision = make(host, { strategy: 'simple_one_for_one' }, children('a'));
    await supervision.begin();
    for (let n = 0; n < 10_000; n += 1)
      await supervision.ask((from) => ({ type: 'startDynamicChild', from, args: [] }));
    await supervision.stop('shutdown');
    expect(host.live.size).toBe(0);
  });

  test('answers each request once, in order, when what is under way is done', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a', 'b'));
    await supervision.begin();
    host.onTerminate = () => undefined;
    const answers: string[] = [];
    const asked = [
      supervision
        .ask((from) => ({ type: 'terminateChild', from, child: { id: 'b' } }))
        .then(({ type }) => answers.push(type)),
      supervision.ask((from) => ({ type: 'countChildren', from })).then(({ type }) => answers.push(type)),
      supervision
        .ask((from) => ({ type: 'deleteChild', from, child: { id: 'z' } }))
        .then(({ type }) => answers.push(type)),
    ];
    await turns(1);
    expect(answers).toEqual([]);
    host.end('b.2', 'shutdown');
    await Promise.all(asked);
    expect(answers).toEqual(['done', 'counts', 'refused']);
  });

  test('lets a stop come between two attempts at a restart', async () => {
    const host = new Host();
    const supervision = make(host, { intensity: 1_000 }, children('a', 'b'));
    await supervision.begin();
    host.onStart = () => new Error('not now');
    host.end('b.2', crash);
    await turns(2);
    expect(supervision.describe()[1]?.state).not.toBe('running');
    await supervision.stop('shutdown');
    const attempts = host.reports.length;
    await turns(5);
    expect(host.reports).toHaveLength(attempts);
    expect(host.journal.slice(2)).toEqual(['end b.2', 'terminate a.1', 'end a.1']);
    expect(host.exits).toEqual([]);
  });

  test('ends the process itself when it gives up by itself', async () => {
    const host = new Host();
    const supervision = make(host, { intensity: 0 }, children('a', 'b'));
    await supervision.begin();
    host.end('b.2', crash);
    await turns(1);
    expect(host.exits).toEqual(['shutdown']);
    await supervision.stop('shutdown');
    expect(host.exits).toEqual(['shutdown']);
  });

  test('leaves no timer when it ends, and none when it is abandoned', async () => {
    for (const end of ['stop', 'abandon'] as const) {
      const host = new Host();
      const supervision = make(host, { restartDelay: {} }, children('a'));
      await supervision.begin();
      for (const pid of ['a.1', 'a.2'] as const) {
        host.end(pid, crash);
        await turns(1);
      }
      expect(host.env.pendingTimers()).toBe(1);
      await supervision[end]('shutdown');
      expect(host.env.pendingTimers()).toBe(0);
    }
  });

  test('abandoned, answers and resolves whoever waits, and starts nothing any more', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a', 'b'));
    await supervision.begin();
    host.onTerminate = () => undefined;
    const reply = supervision.ask((from) => ({ type: 'terminateChild', from, child: { id: 'a' } }));
    const stopped = supervision.stop('shutdown');
    supervision.abandon();
    host.end('b.2', 'killed');
    host.end('a.1', 'killed');
    expect(await reply).toEqual({ type: 'refused', because: 'noproc' });
    await stopped;
    expect(await supervision.ask((from) => ({ type: 'countChildren', from }))).toEqual({
      type: 'refused',
      because: 'noproc',
    });
    await supervision.stop('shutdown');
    expect(host.journal).toEqual(['start a.1', 'start b.2', 'terminate a.1', 'end b.2', 'end a.1']);
  });

  test('abandoned while it starts, ends what comes of the start', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a'));
    host.onStart = () => 'wait';
    const begun = supervision.begin();
    supervision.abandon();
    expect(await begun).toBe('killed');
    host.settle(host.born('a'));
    await turns(1);
    expect(host.journal).toEqual(['start a.1', 'terminate a.1', 'end a.1']);
  });

  test('does not wait for ever for a child that cannot be ended', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a'));
    await supervision.begin();
    host.onTerminate = () => {
      throw new Error('it is no child');
    };
    await supervision.stop('shutdown');
    expect(host.reports).toMatchObject([{ context: 'shutdown_error', child: { id: 'a' } }]);
  });

  test('takes a child for ended when what ends with it has ended', async () => {
    const host = new Host();
    const supervision = make(host, {}, children('a'));
    await supervision.begin();
    let companionsEnded = (): void => undefined;
    host.companions = () => new Promise((resolve) => (companionsEnded = resolve));
    host.end('a.1', crash);
    await turns(1);
    expect(host.journal).toEqual(['start a.1', 'end a.1']);
    host.companions = undefined;
    companionsEnded();
    await turns(1);
    expect(host.journal).toEqual(['start a.1', 'end a.1', 'start a.2']);
  });
});
