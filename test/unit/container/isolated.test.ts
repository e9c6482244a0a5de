import { describe, expect, test } from '@jest/globals';
import { Process } from '../../../src/index.ts';
import { startTestContainer } from '../../../src/testing/index.ts';

class Echo extends Process {
  op_who(): string {
    return this.name;
  }
}

describe('a container that is a system of its own', () => {
  test('reaches its services by name and by qualified name, and its processes by id', async () => {
    await using container = await startTestContainer({ id: 'ship' });
    const id = await container.processes.spawn(Echo, { name: 'echo', serviceName: 'echo' });
    for (const name of ['echo', 'ship.echo', id]) expect(await container.rpcSend(name, 'who')).toBe('echo');
  });

  // Here `<container>.<name>` and `<sysname>.<name>` are the same text.
  test('reaches local names too', async () => {
    await using container = await startTestContainer({ id: 'ship' });
    await container.processes.spawn(Echo, { name: 'by local name', localName: 'log' });
    expect(await container.rpcSend('ship.log', 'who')).toBe('by local name');
  });

  test('shares nothing with another one', async () => {
    await using ship = await startTestContainer({ id: 'ship' });
    await using boat = await startTestContainer({ id: 'boat' });
    const id = await ship.processes.spawn(Echo, { serviceName: 'echo' });
    await expect(boat.rpcSend('echo', 'who')).rejects.toMatchObject({ code: 'NoReceiver' });
    await expect(boat.rpcSend(id, 'who')).rejects.toMatchObject({ code: 'NoReceiver' });
  });
});
