import { expect, test } from '@jest/globals';
import { LifecycleObject, Process } from '../../../src/index.ts';
import { makeProcesses } from './bed.ts';

class Pump extends LifecycleObject {
  protected override onTerminate(): Promise<void> {
    return new Promise(() => undefined);
  }
}

test('a process ends without an object that does not, shutdownMs later, and the log names the object', async () => {
  const { env, logger, processes } = await makeProcesses({ shutdownMs: 100 });
  class Owner extends Process {
    readonly pump = this.addLifecycleObject(new Pump());
  }
  const id = await processes.spawn(Owner);
  let isOver = false;
  void processes.terminateProcess(id).then(() => {
    isOver = true;
  });
  await env.advance(99);
  expect([isOver, processes.get(id) === undefined]).toEqual([false, false]);
  await env.advance(1);
  expect([isOver, processes.get(id) === undefined]).toEqual([true, true]);
  expect(logger.lines).toContainEqual({
    level: 'error',
    message: 'a lifecycle object failed',
    fields: {
      room: 'Owner',
      process: 'shore.1',
      name: 'Owner',
      object: 'Pump',
      error: expect.objectContaining({ code: 'Timeout' }),
    },
  });
});
