import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Container } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, usePrograms } from '../support/cli.ts';

const start = usePrograms();
let vhost: TestVhost;

beforeAll(async () => {
  vhost = await makeTestVhost('sharing');
});
afterAll(() => vhost.dispose());

test('two containers of a system share its calls, one goes on when the other is killed, and nothing is left behind', async () => {
  const sysname = `demo-${process.pid}`;
  const instances = new Map<string, Program>();
  for (const contid of ['first', 'second']) {
    const where = ['-s', sysname, '--broker', vhost.url, '--contid', contid];
    instances.set(
      contid,
      start(['start', '-n', ...where, 'res/apps/hello.app', 'test/e2e/fixtures/whoami.app']),
    );
  }
  for (const program of instances.values()) await program.until('stderr', / ready /);
  const third = new Container({ id: 'third', sysname, broker: vhost.url });
  const stranger = new Container({ id: 'stranger', sysname: `other-${process.pid}`, broker: vhost.url });
  try {
    await third.start();
    await stranger.start();
    /** Makes calls, some at once, and gives the ids of the containers that answered. */
    const answerers = async (calls: number): Promise<unknown[]> =>
      Promise.all(Array.from({ length: calls }, () => third.rpcSend('whoami', 'whoami')));

    expect(await third.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
    const counts = new Map<unknown, number>();
    for (let round = 0; round < 8; round += 1) {
      for (const answerer of await answerers(5)) counts.set(answerer, (counts.get(answerer) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['first', 'second']);
    expect((counts.get('first') ?? 0) + (counts.get('second') ?? 0)).toBe(40);

    // Far below the time a call has: nobody is waited for.
    await expect(stranger.rpcSend('hello', 'hello', 'you', { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'NoReceiver',
    });

    const [first, second] = [...instances.values()];
    first?.signal('SIGKILL');
    expect(await first?.exited()).toBe('SIGKILL');
    for (let round = 0; round < 4; round += 1) {
      expect(new Set(await answerers(10))).toEqual(new Set(['second']));
    }
    expect(await third.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');

    second?.signal('SIGTERM');
    expect(await second?.exited()).toBe(0);
    await expect(third.rpcSend('hello', 'hello', 'you')).rejects.toMatchObject({ code: 'Unavailable' });
  } finally {
    await third.stop();
    await stranger.stop();
  }

  const { ctl, vhost: name } = vhost;
  if (ctl === undefined || name === undefined) return;
  await eventually(
    async () => {
      const connections = await ctl('list_connections', 'vhost', 'name');
      expect(connections.split('\n').filter((line) => line.startsWith(name))).toEqual([]);
      const queues = await ctl('list_queues', '-p', name, 'name');
      expect(queues.split('\n').filter((line) => line.includes('~inbox'))).toEqual([]);
      return true;
    },
    { withinMs: 15_000 },
  );
}, 60_000);
