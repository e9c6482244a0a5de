import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, Process, type ReceivedMessage } from '../../../src/index.ts';
import { ResultPrinter } from '../../../src/shell/result-printer.ts';
import { makeShellHelpers, type ShellHelpers } from '../../../src/shell/shell-helpers.ts';
import { eventually } from '../../support/eventually.ts';

class Echo extends Process {
  readonly received: unknown[] = [];
  op_echo(content: unknown, { message }: ReceivedMessage): unknown {
    this.received.push([content, message.headers]);
    return content;
  }
  op_wait(): Promise<never> {
    return new Promise(() => undefined);
  }
}

let container: Container;
let helpers: ShellHelpers;
const printer = new ResultPrinter(false);

beforeEach(async () => {
  container = new Container({ id: 'shore', processes: { shutdownMs: 1 } });
  await container.start();
  helpers = makeShellHelpers(container, printer);
});
afterEach(() => container.stop());

/** The process of that id. */
function echo(id: string): Echo {
  const process = container.processes.get(id);
  if (!(process instanceof Echo)) throw new Error(`${id} is not there`);
  return process;
}

describe('makeShellHelpers()', () => {
  test('has ION’s names', () => {
    expect(Object.keys(helpers)).toEqual(['cc', 'rpc_send', 'send', 'ps', 'spawn', 'kill', 'info']);
    expect(helpers.cc).toBe(container);
  });

  test('rpc_send() calls by name, by id and by the number of a process here', async () => {
    const id = await helpers.spawn(Echo, { serviceName: 'echo' });
    expect(id).toBe('shore.1');
    for (const target of ['echo', 'shore.1', 1]) {
      expect(await helpers.rpc_send(target, 'echo', target)).toBe(target);
    }
    expect(await helpers.rpc_send(1, 'echo')).toBeNull();
    await expect(helpers.rpc_send(2, 'echo')).rejects.toMatchObject({ code: 'NoReceiver' });
    await expect(helpers.rpc_send(1, 'wait', null, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'Timeout',
    });
  });

  test('send() is one way', async () => {
    const id = await helpers.spawn(Echo);
    await helpers.send(1, 'echo', 'ahoy', { headers: { quiet: true } });
    await eventually(() => echo(id).received.length === 1);
    expect(echo(id).received).toEqual([['ahoy', { quiet: true }]]);
  });

  test('ps() is the list of processes, and a table when it is shown', async () => {
    await helpers.spawn(Echo, { name: 'first' });
    await helpers.spawn(Echo, { serviceName: 'echo', activate: false });
    expect(helpers.ps().map(({ id, state }) => [id, state])).toEqual([
      ['shore.1', 'ACTIVE'],
      ['shore.2', 'READY'],
    ]);
    const [head, ...rows] = printer.show(helpers.ps()).split('\n');
    expect(head).toMatch(/^ID +NAME +SERVICE +STATE +LOAD +HANDLED +OPERATIONS$/);
    expect(rows).toEqual([
      expect.stringMatching(/^shore\.1 +first +- +ACTIVE +0 +0 +ping sys_procexit echo wait$/),
      expect.stringMatching(/^shore\.2 +Echo +echo +READY +0 +0 +/),
    ]);
  });

  test('kill() ends a process, by id or number', async () => {
    await helpers.spawn(Echo);
    const id = await helpers.spawn(Echo);
    await helpers.kill(1);
    await helpers.kill(id);
    expect(helpers.ps()).toEqual([]);
    await expect(helpers.kill(1)).rejects.toMatchObject({ code: 'NoReceiver' });
  });

  test('info() is the container’s', () => {
    expect(helpers.info()).toMatchObject({ id: 'shore', sysname: 'shore', state: 'ACTIVE', processes: 0 });
  });

  describe('spawn() of a module', () => {
    const fixture = (name: string) => `./test/unit/shell/fixtures/${name}.ts`;

    test('takes its one process class, a path being below the working directory', async () => {
      const id = await helpers.spawn(fixture('one-class'), { args: { from: 40 } });
      expect(await helpers.rpc_send(id, 'add', 2)).toBe(42);
      expect(helpers.ps()[0]?.name).toBe('Counter');
    });

    test.each([
      ['two-classes', 2],
      ['no-class', 0],
    ])('refuses %s, saying how many it exports and what to do', async (name, count) => {
      await expect(helpers.spawn(fixture(name))).rejects.toMatchObject({
        code: 'BadRequest',
        message: expect.stringMatching(
          new RegExp(`^module '.*${name}\\.ts' exports ${count} process classes; spawn one by itself`),
        ),
      });
      expect(helpers.ps()).toEqual([]);
    });

    test('rejects when there is none', async () => {
      await expect(helpers.spawn('./no/such/module.ts')).rejects.toBeDefined();
      expect(helpers.ps()).toEqual([]);
    });
  });
});
