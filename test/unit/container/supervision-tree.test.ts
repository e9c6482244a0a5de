import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Container, Process, supervisor } from '../../../src/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';

class Plain extends Process {}

class Fragile extends Process {
  op_break(): void {
    this.exit({ error: new Error('no line') });
  }
}

const Sensors = supervisor({
  strategy: 'rest_for_one',
  children: [
    { id: 'gps', start: Plain },
    { id: 'wind', start: Fragile, restart: 'transient', restartDelay: { initialMs: 3_600_000 } },
  ],
  intensity: 10,
});
const Ship = supervisor({
  children: [
    { id: 'sensors', start: Sensors },
    { id: 'log', start: Plain },
  ],
});

let container: Container;
beforeEach(async () => {
  container = new Container({ id: 'ship' });
  await container.start();
});
afterEach(() => container.stop());

test('Container#tree() shows supervisors with their children in order, and what others have spawned', async () => {
  await container.processes.spawn(Ship, { name: 'top' });
  const parent = await container.processes.spawn(Plain);
  await container.processes.get(parent)?.spawnChild(Plain, { name: 'extra' });
  expect(container.tree()).toMatchObject([
    {
      id: 'ship.1',
      name: 'top',
      state: 'ACTIVE',
      strategy: 'one_for_one',
      restart: undefined,
      children: [
        {
          id: 'ship.2',
          name: 'sensors',
          strategy: 'rest_for_one',
          restart: 'permanent',
          children: [
            { id: 'ship.3', name: 'gps', strategy: undefined, mailbox: 0, restarts: 0, children: [] },
            { id: 'ship.4', name: 'wind', restart: 'transient' },
          ],
        },
        { id: 'ship.5', name: 'log' },
      ],
    },
    { id: parent, name: 'Plain', children: [{ name: 'extra', restart: undefined, children: [] }] },
  ]);
});

test('Container#tree() keeps a child that waits for its restart in its place, with its last exit', async () => {
  await container.processes.spawn(Ship);
  const wind = () => container.tree()[0]?.children[0]?.children[1];
  for (let restarts = 0; restarts < 2; restarts++) {
    const id = wind()?.id ?? '';
    await container.send(id, 'break');
    await container.processes.stopped(id);
    if (restarts === 0) await eventually(() => wind()?.state === 'ACTIVE');
  }
  expect(wind()).toMatchObject({
    id: undefined,
    name: 'wind',
    state: 'delayed',
    restarts: 1,
    lastExit: { error: expect.objectContaining({ message: 'no line' }) },
  });
  expect(wind()?.dueInMs).toBeGreaterThan(1_000_000);
});
