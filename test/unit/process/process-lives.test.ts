import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Process, type ProcessLife, type ProcessNotice, supervisor } from '../../../src/index.ts';
import { scopes } from '../../../src/process/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';
import { startTestContainer, type TestContainer } from '../../../src/testing/test-container.ts';

class Idle extends Process {
  override onConfigChange(): void {
    if (this.args.depth === 'too much') throw new RangeError('too deep');
  }
  op_spawn(): Promise<string> {
    return this.spawnChild(Idle, { name: 'child' });
  }
  op_crash(): void {
    this.exit({ error: new RangeError('too deep') });
  }
}
class Unwilling extends Process {
  override onInit(): void {
    throw new RangeError('too deep');
  }
}
class Brief extends Process {
  override onActivate(): void {
    void Promise.resolve().then(() => this.exit());
  }
}

let logger: RecordingLogger;
let container: TestContainer;
beforeEach(async () => {
  logger = recordingLogger();
  container = await startTestContainer({ id: 'ship', systemEvents: 'off', logger });
});
afterEach(() => container.stop());

describe('ProcessManager#onLife()', () => {
  function listen(): ProcessLife[] {
    const lives: ProcessLife[] = [];
    container.processes.onLife((life) => void lives.push(life));
    return lives;
  }

  test('tells of each process that starts and ends, and whose child it is', async () => {
    const lives = listen();
    const id = await container.processes.spawn(Idle, { localName: 'quiet', serviceName: 'idle' });
    const child = await container.rpcSend(id, 'spawn');
    await container.processes.terminateProcess(id, 'shutdown');
    const parent = { id, name: 'Idle', processClass: 'Idle', service: 'idle', localName: 'quiet' };
    const its = { id: child, name: 'child', processClass: 'Idle', parent: id };
    expect(lives).toEqual([
      { type: 'started', ...parent, parent: undefined },
      { type: 'started', ...its, service: undefined, localName: undefined },
      expect.objectContaining({ type: 'ended', ...its, reason: 'shutdown', handled: 0 }),
      expect.objectContaining({ type: 'ended', ...parent, reason: 'shutdown', handled: 1 }),
    ]);
  });

  test('tells only of the end of a process that could not be started', async () => {
    const lives = listen();
    await expect(container.processes.spawn(Unwilling)).rejects.toThrow('too deep');
    expect(lives).toMatchObject([{ type: 'ended', reason: { error: { message: 'too deep' } } }]);
  });

  test('never tells of a start after the end', async () => {
    const lives = listen();
    await container.processes.spawn(Brief).catch(() => undefined);
    await eventually(() => lives.some(({ type }) => type === 'ended'));
    expect(lives.at(-1)?.type).toBe('ended');
  });

  test('calls in nobody’s name, logs what is thrown, and ends when asked', async () => {
    const owners: unknown[] = [];
    const stop = container.processes.onLife(() => {
      owners.push(scopes.getStore()?.owner.id);
      throw new RangeError('a listener');
    });
    const id = await container.processes.spawn(Idle);
    await container.rpcSend(id, 'spawn');
    expect(owners).toEqual([undefined, undefined]);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'a listener of the lives of processes failed' }),
    );
    stop();
    await container.processes.spawn(Idle);
    expect(owners).toHaveLength(2);
  });
});

describe('ProcessManager#onNotice()', () => {
  function listen(): ProcessNotice[] {
    const notices: ProcessNotice[] = [];
    container.processes.onNotice((notice) => void notices.push(notice));
    return notices;
  }

  test('tells of a process that has taken other arguments, and of none that has not', async () => {
    const notices = listen();
    const id = await container.processes.spawn(Idle, { args: { depth: 1, at: 'bow' } });
    await container.processes.configure(id, { depth: 2, speed: 3 });
    await expect(container.processes.configure(id, { depth: 'too much' })).rejects.toThrow('too deep');
    expect(notices).toMatchObject([{ type: 'configured', id, args: ['depth', 'speed', 'at'] }]);
  });

  test('tells of a supervisor that has used up its restarts, and of none that ends otherwise', async () => {
    const notices = listen();
    const children = [{ id: 'gauge', start: Idle }];
    const other = await container.processes.spawn(supervisor({ intensity: 1, children }));
    const top = await container.processes.spawn(supervisor({ intensity: 1, children }));
    const crash = async (): Promise<void> => {
      const gauge = container.processes.list().find(({ parent }) => parent === top)?.id ?? '';
      await container.send(gauge, 'crash');
      await container.processes.stopped(gauge);
    };
    await crash();
    await eventually(() => container.processes.list().some(({ parent }) => parent === top));
    await crash();
    await container.processes.stopped(top);
    await container.processes.terminateProcess(other);
    expect(notices).toMatchObject([{ type: 'gaveUp', id: top, child: 'gauge', restarts: 1 }]);
  });
});
