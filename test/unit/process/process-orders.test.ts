import { describe, expect, test } from '@jest/globals';
import { defineService, operation, type SpawnOptions, Type } from '../../../src/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { makeProcesses } from './bed.ts';
import { Gate, spawnGate } from './gate.ts';

const Gates = defineService({
  name: 'gates',
  version: '1.0.0',
  operations: { wait: operation({ content: Type.Integer(), result: Type.Integer() }) },
});

class TypedGate extends Gate {
  static readonly contract = Gates;
}

/** A typed process; `order` sends it a message, `answered` gives what was answered to those of an operation. */
async function makeGate(options?: SpawnOptions) {
  const { processes, receive, answers } = await makeProcesses();
  const gate = await spawnGate(processes, options, TypedGate);
  const answered = (op: string) => answers.filter((answer) => answer.op === op).map(({ content }) => content);
  const order = async (op: string) => {
    receive({ receiver: gate.id, op, content: 1 });
    await turns();
    return answered(op);
  };
  return { gate, order, answered, processes };
}

describe('isObeyed()', () => {
  test('carries orders out although the mailbox is stuck', async () => {
    const { gate, order } = await makeGate();
    await order('wait');
    expect(await order('ping')).toEqual([]);
    expect(await order('activate')).toEqual([null]);
    expect(await order('contract')).toMatchObject([{ name: 'gates' }]);
    expect(gate.begun).toEqual([1]);
  });

  test('tells a contract and activates before the process is ACTIVE', async () => {
    const { gate, order } = await makeGate({ activate: false });
    expect(await order('contract')).toMatchObject([{ name: 'gates' }]);
    expect(await order('activate')).toEqual([null]);
    expect(gate.state).toBe('ACTIVE');
  });

  test.each(['contract', 'activate'])('leaves %s to others once the process is ending', async (op) => {
    const { gate, order, processes } = await makeGate();
    await order('wait');
    const ended = processes.terminateProcess(gate.id);
    await turns();
    expect(await order(op)).toMatchObject([
      { code: 'Unavailable', message: `'${gate.id}' ended before it began this` },
    ]);
    gate.open();
    expect(await ended).toBe('normal');
  });

  test.each<[string, unknown]>([
    ['monitor', 'shutdown'],
    ['terminate', null],
  ])('takes %s from a process that is ending, and answers when it has ended', async (op, answer) => {
    const { gate, order, answered, processes } = await makeGate();
    await order('wait');
    const ended = processes.terminateProcess(gate.id, 'shutdown');
    expect(await order(op)).toEqual([]);
    gate.open();
    await ended;
    expect(answered(op)).toEqual([answer]);
  });
});
