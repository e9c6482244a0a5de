import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, EmbeddedBroker, systemEnv } from '../../../../src/index.ts';
import { mping } from '../../../../src/shell/helpers/mping.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { DepthService, Echo, type ShellBed, shellBed } from '../bed.ts';

let broker: EmbeddedBroker;
let bed: ShellBed;
let other: Container;

beforeEach(async () => {
  broker = new EmbeddedBroker({ env: systemEnv() });
  bed = await shellBed({ broker, sysname: 'fleet' });
  other = new Container({ id: 'ship', sysname: 'fleet', broker, processes: { shutdownMs: 1 } });
  await other.start();
});
afterEach(async () => {
  await bed.container.stop();
  await other.stop();
  broker.stop();
});

describe('mping()', () => {
  test('finds every instance of a name, here and elsewhere, although a call would stay here', async () => {
    await bed.container.processes.spawn(DepthService);
    await bed.container.processes.spawn(DepthService);
    await other.processes.spawn(DepthService);
    const found = await mping.bind(bed.shell)();
    expect(found).toEqual({
      depth: {
        present: true,
        senders: {
          'shore.1': expect.any(Number),
          'shore.2': expect.any(Number),
          'ship.1': expect.any(Number),
        },
        unanswered: 0,
      },
    });
    for (const answers of Object.values(found.depth?.senders ?? {})) expect(answers).toBeGreaterThan(3);
    expect(bed.show(found)).toMatch(
      /^SERVICE +PRESENT +INSTANCES +UNANSWERED +ANSWERS\ndepth +yes +3 +0 +\S+:\d+ \S+:\d+ \S+:\d+$/,
    );
  });

  test('takes names, among them some that nobody has', async () => {
    await other.processes.spawn(Echo, { serviceName: 'echo' });
    expect(await mping.bind(bed.shell)(['echo', 'nobody'])).toEqual({
      echo: { present: true, senders: { 'ship.1': 6 }, unanswered: 0 },
      nobody: { present: false, senders: {}, unanswered: 3 },
    });
    expect(Object.keys(await mping.bind(bed.shell)('echo'))).toEqual(['echo']);
    expect([...bed.shell.answered]).toEqual(['echo']);
  });

  test('of no names is empty', async () => {
    expect(await mping.bind(bed.shell)()).toEqual({});
  });

  test.each([[0], [-1], [Number.NaN]])(
    'refuses %p milliseconds, instead of finding nobody',
    async (timeoutMs) => {
      await expect(mping.bind(bed.shell)('echo', timeoutMs)).rejects.toMatchObject({ code: 'BadRequest' });
    },
  );

  test('ends when its line is given up', async () => {
    for (let count = 0; count < 8; count += 1) await other.processes.spawn(Echo, { serviceName: 'echo' });
    bed.shell.beginLine();
    const found = mping.bind(bed.shell)('echo');
    // More than one round: the first has been answered.
    await eventually(() => other.processes.list().reduce((sum, { handled }) => sum + handled, 0) > 3);
    bed.shell.giveUpLine();
    const { echo } = await found;
    expect(echo?.present).toBe(true);
    // None after those that were under way: they would all fail at once, until the time is over.
    expect(echo?.unanswered).toBeLessThanOrEqual(6);
  });

  test('ends with its time when an instance is stuck, and counts its silence', async () => {
    const id = await other.processes.spawn(Echo, { serviceName: 'echo' });
    const stuck = bed.container.rpcSend(id, 'wait').catch(() => undefined);
    await eventually(() => other.processes.list()[0]?.load === 1);
    expect(await mping.bind(bed.shell)('echo', 60)).toEqual({
      echo: { present: false, senders: {}, unanswered: 3 },
    });
    await other.processes.terminateProcess(id);
    await bed.container.stop();
    await stuck;
  });
});
