import { describe, expect, test } from '@jest/globals';
import { Container, Process } from '../../../src/index.ts';
import { fakeEnv, recordingLogger, startTestContainer } from '../../../src/testing/index.ts';

class Sleeper extends Process {
  ended = false;
  op_sleep(): Promise<string> {
    return new Promise((resolve) => this.env.clock.timer(3_000, () => resolve('awake')));
  }
  op_forever(): Promise<never> {
    return new Promise(() => undefined);
  }
}

describe('startTestContainer()', () => {
  test('row 51: gives a started container that is alone in its system, and ends with the block', async () => {
    let kept: Container;
    {
      await using container = await startTestContainer();
      kept = container;
      expect(container).toBeInstanceOf(Container);
      expect(container.state).toBe('ACTIVE');
      expect(container.sysname).toBe(container.id);
      const id = await container.processes.spawn(Sleeper);
      expect(await container.rpcSend(id, 'ping')).toEqual({ pong: 'pong' });
    }
    expect(kept.state).toBe('TERMINATED');
    expect(kept.info().broker).toEqual({ type: 'closed' });
  });

  test('takes every option of a container', async () => {
    const logger = recordingLogger();
    await using container = await startTestContainer({ id: 'ship', sysname: 'fleet', logger });
    expect([container.id, container.sysname]).toEqual(['ship', 'fleet']);
    expect(logger.lines).toContainEqual({
      level: 'info',
      message: 'container started',
      fields: { room: 'container', container: 'ship', sysname: 'fleet' },
    });
  });

  test('row 52: on a fake clock waits only when the test moves it, and leaves no timer behind', async () => {
    const env = fakeEnv();
    const container = await startTestContainer({ env });
    const id = await container.processes.spawn(Sleeper);
    const call = container.rpcSend(id, 'sleep');
    await env.advance(3_000);
    expect(await call).toBe('awake');
    await container.stop();
    expect(env.pendingTimers()).toBe(0);
  });

  test('stops on a clock that stands still, even with a handler that never returns', async () => {
    const env = fakeEnv();
    const container = await startTestContainer({ env });
    const id = await container.processes.spawn(Sleeper);
    const call = container.rpcSend(id, 'forever');
    call.catch(() => undefined);
    await env.advance(1);
    const report = await container.stop();
    expect(report).toMatchObject({ complete: false, unfinishedHandlers: [{ op: 'forever' }] });
    await expect(call).rejects.toMatchObject({ code: expect.any(String) });
  });
});
