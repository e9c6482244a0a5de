import { afterEach, describe, expect, test } from '@jest/globals';
import { Container, Process } from '../../../src/index.ts';

class Echo extends Process {
  op_who(): string {
    return this.name;
  }
}

const containers: Container[] = [];
afterEach(async () => {
  for (const container of containers.splice(0).reverse()) await container.stop();
});

/** A started container without a sysname. */
async function alone(id: string): Promise<Container> {
  const container = new Container({ id });
  containers.push(container);
  await container.start();
  return container;
}

describe('a container that is a system of its own', () => {
  test('reaches its services by name and by qualified name, and its processes by id', async () => {
    const container = await alone('ship');
    const id = await container.processes.spawn(Echo, { name: 'echo', serviceName: 'echo' });
    for (const name of ['echo', 'ship.echo', id]) expect(await container.rpcSend(name, 'who')).toBe('echo');
  });

  // Here `<container>.<name>` and `<sysname>.<name>` are the same text.
  test('reaches local names too', async () => {
    const container = await alone('ship');
    await container.processes.spawn(Echo, { name: 'by local name', localName: 'log' });
    expect(await container.rpcSend('ship.log', 'who')).toBe('by local name');
  });

  test('shares nothing with another one', async () => {
    const [ship, boat] = [await alone('ship'), await alone('boat')];
    const id = await ship.processes.spawn(Echo, { serviceName: 'echo' });
    await expect(boat.rpcSend('echo', 'who')).rejects.toMatchObject({ code: 'NoReceiver' });
    await expect(boat.rpcSend(id, 'who')).rejects.toMatchObject({ code: 'NoReceiver' });
  });
});
