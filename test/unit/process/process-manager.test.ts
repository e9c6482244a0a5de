import { describe, expect, test } from '@jest/globals';
import { FrameTicket } from '../../../src/exchange/index.ts';
import { Process, type ProcessClass, type SpawnOptions } from '../../../src/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { frameDelivery, message } from '../exchange/bed.ts';
import { makeProcesses } from './bed.ts';
import { Gate, spawnGate } from './gate.ts';

describe('ProcessManager#spawn()', () => {
  test.each<[string, SpawnOptions, string]>([
    ['concurrency', { concurrency: 0 }, 'concurrency must be a whole number of at least 1, not 0'],
    ['concurrency', { concurrency: 1.5 }, 'concurrency must be a whole number of at least 1, not 1.5'],
    ['mailboxLimit', { mailboxLimit: -1 }, 'mailboxLimit must be a whole number of at least 1, not -1'],
    [
      'mailboxLimit',
      { mailboxLimit: Number.NaN },
      'mailboxLimit must be a whole number of at least 1, not NaN',
    ],
    ['a service name', { serviceName: 'a b' }, "service name 'a b' is not a name"],
    ['a local name', { localName: '~x' }, "local name '~x' is not a name"],
  ])('refuses %s that cannot be used: %j', async (_name, options, text) => {
    const { processes } = await makeProcesses();
    const spawned = processes.spawn(Gate, options);
    await expect(spawned).rejects.toMatchObject({ code: 'BadRequest' });
    await expect(spawned).rejects.toThrow(text);
    expect(processes.list()).toEqual([]);
  });

  test.each([undefined, null, 'Gate', {}, 7])('refuses %p, which is no class', async (value) => {
    const { processes } = await makeProcesses();
    const processClass: ProcessClass = JSON.parse(JSON.stringify({ value })).value;
    await expect(processes.spawn(processClass)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringMatching(/^spawn takes a class that extends Process, not /),
    });
  });

  test.each<[string, unknown]>([
    ['a class of something else', class Other {}],
    ['a function', () => undefined],
    ['the abstract class itself', Process],
  ])('refuses %s', async (_name, value) => {
    const { processes } = await makeProcesses();
    await expect(Reflect.apply(processes.spawn, processes, [value])).rejects.toMatchObject({
      code: 'ConfigurationError',
    });
    expect(processes.list()).toEqual([]);
  });

  test('takes a local name once; it is free again when its process has ended', async () => {
    const { processes } = await makeProcesses();
    const id = await processes.spawn(Gate, { localName: 'log' });
    await expect(processes.spawn(Gate, { localName: 'log' })).rejects.toMatchObject({
      code: 'Conflict',
      message: `the local name 'log' belongs to process ${id}`,
    });
    expect(processes.list()).toHaveLength(1);
    await processes.terminateProcess(id);
    await processes.spawn(Gate, { localName: 'log' });
  });

  test('rejects with what the constructor throws, and nothing is left', async () => {
    const { processes } = await makeProcesses();
    const boom = new Error('no line');
    class Broken extends Process {
      constructor(...args: ConstructorParameters<typeof Process>) {
        super(...args);
        throw boom;
      }
    }
    await expect(processes.spawn(Broken, { localName: 'log', serviceName: 'broken' })).rejects.toBe(boom);
    expect(processes.list()).toEqual([]);
    expect(processes.services()).toEqual([]);
    await processes.spawn(Gate, { localName: 'log' });
  });

  test.each<[string, SpawnOptions, string]>([
    ['as it is told', { name: 'given', serviceName: 'gate' }, 'given'],
    ['after its class', {}, 'Gate'],
  ])('names a process %s', async (_name, options, name) => {
    const { processes } = await makeProcesses();
    await processes.spawn(Gate, options);
    expect(processes.list()[0]?.name).toBe(name);
  });

  test('gives a process its own frozen arguments', async () => {
    const { processes } = await makeProcesses();
    const args = { depth: 3 };
    const gate = await spawnGate(processes, { args });
    args.depth = 4;
    expect(gate.args).toEqual({ depth: 3 });
    expect(Object.isFrozen(gate.args)).toBe(true);
  });

  test('is refused unless the manager is active', async () => {
    const { processes } = await makeProcesses();
    await processes.terminate();
    await expect(processes.spawn(Gate)).rejects.toMatchObject({ code: 'IllegalState' });
  });

  test('is refused while the manager terminates, so that nothing is left', async () => {
    const { processes } = await makeProcesses();
    const refused: unknown[] = [];
    class Stubborn extends Process {
      override async onTerminate(): Promise<void> {
        await processes.spawn(Gate).catch((error: unknown) => refused.push(error));
      }
    }
    await processes.spawn(Stubborn);
    await processes.terminate();
    expect(processes.list()).toEqual([]);
    expect(refused).toMatchObject([{ code: 'IllegalState' }]);
  });
});

describe('ProcessManager#accept()', () => {
  test.each(['terminate', 'activate', 'sys_procexit'])(
    'takes %s only from the same container, whoever it is for',
    async (op) => {
      const { processes, receive, answers } = await makeProcesses();
      const id = await processes.spawn(Gate);
      for (const receiver of [id, 'shore.99', 'nobody']) receive({ receiver, op }, { local: false });
      await turns();
      expect(answers.map(({ content }) => content)).toMatchObject([
        { code: 'Unauthorized' },
        { code: 'Unauthorized' },
        { code: 'Unauthorized' },
      ]);
      expect(processes.get(id)?.state).toBe('ACTIVE');
    },
  );

  test('settles what it refuses, and logs refused one-way messages once per kind and origin', async () => {
    const { receive, logger, answers } = await makeProcesses();
    const deliveries = [1, 2, 3].map(() => frameDelivery([message()]));
    for (const delivery of deliveries) {
      const ticket = new FrameTicket(delivery, 1);
      receive({ performative: 'none', receiver: 'shore.1', op: 'terminate' }, { local: false, ticket });
    }
    receive({ performative: 'none', receiver: 'shore.1', op: 'terminate' }, { local: false, origin: 'boat' });
    expect(deliveries.map(({ acks }) => acks)).toEqual([1, 1, 1]);
    expect(logger.lines.map(({ fields }) => fields.origin)).toEqual(['ship', 'boat']);
    expect(answers).toEqual([]);
  });

  test.each([
    ['a process that never was', 'shore.99'],
    ['a local name that nobody has', 'shore.log'],
    ['a service that nobody here serves', 'other'],
    ['process 0, the container itself', 'shore.0'],
  ])('answers NoReceiver for %s', async (_name, receiver) => {
    const { processes, receive, answers } = await makeProcesses();
    await processes.spawn(Gate);
    receive({ receiver, op: 'wait' });
    expect(answers).toMatchObject([
      {
        type: 'error',
        sender: 'shore.0',
        content: { code: 'NoReceiver', details: { receiver, executed: 'no' } },
      },
    ]);
  });

  test('answers terminate of a process that has ended OK, and of one that never was NoReceiver', async () => {
    const { processes, receive, answers } = await makeProcesses();
    const id = await processes.spawn(Gate);
    await processes.terminateProcess(id);
    receive({ receiver: id, op: 'terminate' });
    receive({ receiver: 'shore.2', op: 'terminate' });
    expect(answers).toMatchObject([
      { type: 'result', content: null },
      { type: 'error', content: { code: 'NoReceiver' } },
    ]);
  });

  test('hands back work for a service whose last instance here has just ended', async () => {
    const { receive, handedBack } = await makeProcesses();
    const delivery = frameDelivery([message()]);
    receive({ receiver: 'gate', op: 'wait' }, { local: false, ticket: new FrameTicket(delivery, 1) });
    await turns();
    expect(handedBack).toHaveLength(1);
    expect(delivery.acks).toBe(1);
  });
});
