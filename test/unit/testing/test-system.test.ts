import { describe, expect, test } from '@jest/globals';
import { Process, TimeoutError } from '../../../src/index.ts';
import { eventually, fakeEnv, TestSystem } from '../../../src/testing/index.ts';

class Echo extends Process {
  readonly received: unknown[] = [];
  op_echo(content: unknown): unknown {
    this.received.push(content);
    return content;
  }
  op_other(): string {
    return 'other';
  }
}

/** Two containers, the first of which serves `echo`. */
async function pair(system: TestSystem) {
  const host = await system.container({ id: 'host' });
  const caller = await system.container({ id: 'caller' });
  const id = await host.processes.spawn(Echo, { serviceName: 'echo' });
  const echo = host.processes.get(id);
  if (!(echo instanceof Echo)) throw new Error('no echo');
  return { host, caller, id, echo };
}

const soon = { timeoutMs: 200 };

describe('TestSystem', () => {
  test('lets containers meet, and stops them together', async () => {
    const system = new TestSystem();
    const { host, caller } = await pair(system);
    expect(await caller.rpcSend('echo', 'echo', 'over')).toBe('over');
    expect([host.sysname, caller.sysname]).toEqual(['test', 'test']);
    await host.stop();
    await system.stop();
    expect([host.state, caller.state]).toEqual(['TERMINATED', 'TERMINATED']);
  });

  test('shares clock, chance and sysname among its containers', async () => {
    const env = fakeEnv();
    await using system = new TestSystem({ env, sysname: 'fleet' });
    const { host, caller } = await pair(system);
    expect([host.env, caller.env]).toEqual([env, env]);
    expect(host.sysname).toBe('fleet');
  });

  test('row 52: faults.drop() loses messages to a service, as often as asked', async () => {
    await using system = new TestSystem();
    const { caller, echo } = await pair(system);
    const lost = system.faults.drop({ to: 'echo', op: 'echo' }, { times: 1 });
    await expect(caller.rpcSend('echo', 'echo', 1, soon)).rejects.toThrow(TimeoutError);
    expect(await caller.rpcSend('echo', 'echo', 2, soon)).toBe(2);
    expect(lost.hits).toBe(1);
    expect(echo.received).toEqual([2]);
  });

  test('faults meet the operation that they name, and no other', async () => {
    await using system = new TestSystem();
    const { caller } = await pair(system);
    system.faults.drop({ op: 'echo' });
    expect(await caller.rpcSend('echo', 'other', null, soon)).toBe('other');
    await expect(caller.rpcSend('echo', 'echo', 1, soon)).rejects.toThrow(TimeoutError);
  });

  test.each([
    ['answers to a container', { to: 'caller' }],
    ['answers, by their operation', { op: 'result' }],
    ['whatever a container sends', { from: 'host' }],
  ])('faults.drop() loses %s', async (_what, target) => {
    await using system = new TestSystem();
    const { caller, echo } = await pair(system);
    system.faults.drop(target, { times: 1 });
    await expect(caller.rpcSend('echo', 'echo', 1, soon)).rejects.toThrow(TimeoutError);
    expect(echo.received).toEqual([1]);
  });

  test('faults.drop() meets a system event by its type, and not by who sends it', async () => {
    await using system = new TestSystem();
    const host = await system.container({ id: 'host' });
    const [byType, bySender] = [
      system.faults.drop({ op: 'system.config.changed' }),
      system.faults.drop({ from: 'host' }),
    ];
    class Changeable extends Process {
      override onConfigChange(): void {}
    }
    await host.processes.configure(await host.processes.spawn(Changeable), { at: 'bow' });
    await eventually(() => byType.hits === 1);
    expect(bySender.hits).toBe(0);
  });

  test('row 52: faults.delay() holds messages back on the system’s clock', async () => {
    const env = fakeEnv();
    await using system = new TestSystem({ env });
    const { caller, id, echo } = await pair(system);
    system.faults.delay({ to: id }, 200);
    const call = caller.rpcSend(id, 'echo', 1);
    await env.advance(199);
    expect(echo.received).toEqual([]);
    await env.advance(1);
    expect(await call).toBe(1);
  });

  test('row 52: faults.duplicate() lets messages arrive twice', async () => {
    await using system = new TestSystem();
    const { caller, id, echo } = await pair(system);
    system.faults.duplicate({ to: id, op: 'echo' });
    await caller.send(id, 'echo', 'twice');
    await eventually(() => echo.received.length === 2);
  });

  test('row 52: faults.cut() breaks one container’s connection, which comes back by itself', async () => {
    await using system = new TestSystem();
    const { host, caller } = await pair(system);
    system.faults.cut(host);
    expect(host.info().broker.type).toBe('disconnected');
    expect(caller.info().broker.type).toBe('connected');
    await eventually(() => host.info().broker.type === 'connected');
    expect(await caller.rpcSend('echo', 'echo', 'back')).toBe('back');
  });

  test('faults.clear() ends all of them', async () => {
    await using system = new TestSystem();
    const { caller } = await pair(system);
    system.faults.drop({});
    system.faults.clear();
    expect(await caller.rpcSend('echo', 'echo', 1)).toBe(1);
  });

  test('broker.stop() and broker.start() are an outage', async () => {
    await using system = new TestSystem();
    const { caller } = await pair(system);
    system.broker.stop();
    await expect(caller.rpcSend('echo', 'echo', 1)).rejects.toMatchObject({ code: 'Unavailable' });
    system.broker.start();
    await eventually(() => caller.rpcSend('echo', 'echo', 'back'));
  });
});
