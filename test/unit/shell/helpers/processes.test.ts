import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { getProc, kill, makeprocess, ps, spawn } from '../../../../src/shell/helpers/processes.ts';
import { Depth, DepthService, Echo, type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

describe('ps()', () => {
  test('is the list of processes, and a table with their number when it is shown', async () => {
    const { container, shell, show } = bed;
    await container.processes.spawn(Echo, { name: 'first', localName: 'one' });
    await container.processes.spawn(Echo, { serviceName: 'echo', activate: false });
    const list = ps.bind(shell)();
    expect(list.map(({ id, state, localName }) => [id, state, localName])).toEqual([
      ['shore.1', 'ACTIVE', 'one'],
      ['shore.2', 'READY', undefined],
    ]);
    expect(show(list).split('\n')).toEqual([
      expect.stringMatching(/^ID +NAME +SERVICE +STATE +LOAD +HANDLED +OPERATIONS$/),
      expect.stringMatching(/^shore\.1 +first +- +ACTIVE +0 +0 +ping .*echo wait$/),
      expect.stringMatching(/^shore\.2 +Echo +echo +READY +0 +0 +/),
      'Running processes: 2',
    ]);
  });
});

describe('kill()', () => {
  test('ends a process, by id or number', async () => {
    const { container, shell } = bed;
    await container.processes.spawn(Echo);
    const id = await container.processes.spawn(Echo);
    await kill.bind(shell)(1);
    await kill.bind(shell)(id);
    expect(container.processes.list()).toEqual([]);
    await expect(kill.bind(shell)(1)).rejects.toMatchObject({ code: 'NoReceiver' });
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses %p, which is no number of a process', async (number) => {
    await expect(kill.bind(bed.shell)(number)).rejects.toMatchObject({
      code: 'BadRequest',
      message: `processes are numbered 1, 2, 3 …; there is no process ${number}`,
    });
  });
});

describe('makeprocess()', () => {
  test('gives a live process that calls in its own name', async () => {
    const { container, shell, show } = bed;
    await container.processes.spawn(DepthService);
    const process = await makeprocess.bind(shell)();
    expect(process.id).toBe('shore.2');
    expect(await process.rpcSend(Depth.name, 'measure', { at: 'bow' })).toBe(12.5);
    expect(show(process)).toBe("process shore.2 'SimpleProcess', ACTIVE");
  });

  test('takes a name', async () => {
    expect((await makeprocess.bind(bed.shell)('probe')).name).toBe('probe');
  });
});

describe('get_proc()', () => {
  test('is the live object, by id or number', async () => {
    const id = await bed.container.processes.spawn(Echo);
    expect(getProc.bind(bed.shell)(1)).toBe(bed.container.processes.get(id));
    expect(getProc.bind(bed.shell)(id)).toBeInstanceOf(Echo);
  });

  test('says that there is none', () => {
    expect(() => getProc.bind(bed.shell)(9)).toThrow("there is no process 'shore.9' in container shore");
  });
});

describe('spawn()', () => {
  const fixture = (name: string) => `./test/unit/shell/fixtures/${name}.ts`;

  test('takes a class and options', async () => {
    const id = await spawn.bind(bed.shell)(Echo, { name: 'first' });
    expect(id).toBe('shore.1');
    expect(bed.container.processes.list()[0]?.name).toBe('first');
  });

  test('takes the one process class of a module, a path being below the working directory', async () => {
    const id = await spawn.bind(bed.shell)(fixture('one-class'), { args: { from: 40 } });
    expect(await bed.container.rpcSend(id, 'add', 2)).toBe(42);
    expect(bed.container.processes.list()[0]?.name).toBe('Counter');
  });

  test.each([
    ['two-classes', 2],
    ['no-class', 0],
  ])('refuses %s, saying how many it exports and what to do', async (name, count) => {
    await expect(spawn.bind(bed.shell)(fixture(name))).rejects.toMatchObject({
      code: 'BadRequest',
      message: expect.stringMatching(
        new RegExp(`^module '.*${name}\\.ts' exports ${count} process classes; spawn one by itself`),
      ),
    });
    expect(bed.container.processes.list()).toEqual([]);
  });

  test('rejects when there is no such module', async () => {
    await expect(spawn.bind(bed.shell)('./no/such/module.ts')).rejects.toBeDefined();
    expect(bed.container.processes.list()).toEqual([]);
  });
});
