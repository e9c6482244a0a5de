import { expect, test } from '@jest/globals';
import { Container, Process } from '../../../src/index.ts';

test('ProcessManager#spawn() in a loop without end leaves the event loop its turns', async () => {
  const container = new Container({ systemEvents: 'off' });
  await container.start();
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  let spawned = 0;
  while (!hadTurn && spawned < 5_000) {
    await container.processes.spawn(class extends Process {});
    spawned += 1;
  }
  expect(hadTurn).toBe(true);
  expect(spawned).toBeGreaterThan(900);
  await container.stop();
});
