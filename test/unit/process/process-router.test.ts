import { describe, expect, test } from '@jest/globals';
import { FrameTicket } from '../../../src/exchange/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { arrival, frameDelivery, message } from '../exchange/bed.ts';
import { makeProcesses } from './bed.ts';
import { spawnGate } from './gate.ts';

const ticket = () => ({ ticket: new FrameTicket(frameDelivery([message()]), 1), local: false });
const on = (...ids: readonly string[]) => ({
  callPath: ids.map((process) => ({ process, service: 'gate', instances: 1, isBlocked: true })),
});

describe('ProcessRouter, of a request that came to a process that waits for it', () => {
  test('gives it to another instance here, though that one is busy', async () => {
    const { processes, receive, handedBack, answers } = await makeProcesses();
    const gates = [
      await spawnGate(processes, { serviceName: 'gate' }),
      await spawnGate(processes, { serviceName: 'gate' }),
    ];
    const [first, second] = gates;
    if (first === undefined || second === undefined) throw new Error('there are two');
    for (const { id } of gates) receive({ receiver: id, op: 'wait', content: id });
    for (let round = 0; round < 4; round += 1)
      receive({ receiver: 'gate', op: 'wait', content: round, ...on(first.id) }, ticket());
    for (let round = 0; round < 5; round += 1) {
      second.open();
      await turns();
    }
    expect(second.begun).toEqual([second.id, 0, 1, 2, 3]);
    expect(first.begun).toEqual([first.id]);
    expect(handedBack).toEqual([]);
    expect(answers).toHaveLength(5);
  });

  test('gives it back to the broker, for other containers, when every instance here waits for it', async () => {
    const { processes, receive, handedBack, answers } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    receive({ receiver: gate.id, op: 'wait', content: 'begun' });
    receive({ receiver: 'gate', op: 'wait', content: 'ring', ...on(gate.id) }, ticket());
    await turns();
    expect(handedBack.map(({ message: { content, attempt } }) => [content, attempt])).toEqual([['ring', 2]]);
    expect(answers).toEqual([]);
  });

  test('calls it a deadlock when it has come back again and again', async () => {
    const { processes, receive, handedBack, answers } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    receive({ receiver: 'gate', op: 'wait', attempt: 6, ...on(gate.id) }, ticket());
    await turns();
    expect(handedBack).toEqual([]);
    expect(answers).toMatchObject([{ type: 'error', content: { code: 'Deadlock' } }]);
  });

  test.each([1e9, Number.MAX_SAFE_INTEGER])('and is not impressed by attempt %d', async (attempt) => {
    const { processes, receive, answers } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    receive({ receiver: 'gate', op: 'wait', attempt, ...on(gate.id) }, ticket());
    await turns();
    expect(answers).toMatchObject([{ type: 'error', content: { code: 'Deadlock' } }]);
  });
});

describe('ProcessRouter#passOn()', () => {
  test('of work that the broker has given to somebody before keeps the mark, so that it is not run twice', async () => {
    const { processes, receive, handedBack } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    receive({ receiver: gate.id, op: 'wait', content: 'begun' });
    receive({ receiver: 'gate', op: 'wait', content: 'again' }, { ...ticket(), redelivered: true });
    receive({ receiver: 'gate', op: 'wait', content: 'fresh', headers: { mine: 'x' } }, ticket());
    const ended = processes.terminateProcess(gate.id);
    await turns();
    gate.open();
    await ended;
    expect(handedBack.map(({ message: { content, headers } }) => [content, headers])).toEqual([
      ['again', { resent: true }],
      ['fresh', { mine: 'x' }],
    ]);
  });

  test.each([
    [true, 'unknown'],
    [false, 'no'],
  ])('of a JSON peer’s request refuses it; redelivered %p: executed %p', async (redelivered, executed) => {
    const { processes, receive, handedBack, answers } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    receive({ receiver: gate.id, op: 'wait' });
    const replyRoute = { replyTo: 'amq.gen-a', correlationId: '1' };
    receive({ receiver: 'gate', op: 'wait' }, { ...ticket(), redelivered, replyRoute });
    const ended = processes.terminateProcess(gate.id);
    await turns();
    expect(answers).toMatchObject([
      { type: 'error', content: { code: 'Unavailable', details: { executed } } },
    ]);
    expect(handedBack).toEqual([]);
    gate.open();
    await ended;
  });
});

describe('ProcessRouter#cancel()', () => {
  test('remembers what is still on its way, for whom it may come to', async () => {
    const { processes, receive } = await makeProcesses();
    const gate = await spawnGate(processes, { serviceName: 'gate' });
    const conversationId = 'k#1';
    const cancel = { performative: 'cancel', conversationId, receiver: 'gate', content: null } as const;
    processes.cancel(arrival(cancel));
    receive({ receiver: 'gate', op: 'wait', content: 'given up', conversationId }, ticket());
    receive({ receiver: 'gate', op: 'wait', content: 'another', conversationId: 'k#2' }, ticket());
    await turns();
    expect(gate.begun).toEqual(['another']);
  });

  test.each([null, 7, 'text', [], { code: '__proto__', message: 1 }, new Date(0), Uint8Array.of(1)])(
    'takes any content as a reason: %p',
    async (content) => {
      const { processes, receive } = await makeProcesses();
      const gate = await spawnGate(processes, { serviceName: 'gate' });
      receive({ receiver: gate.id, op: 'wait', content: 'begun', conversationId: 'k#1' });
      processes.cancel(
        arrival({ performative: 'cancel', conversationId: 'k#1', receiver: gate.id, content }),
      );
      gate.open();
      await turns();
      expect(processes.list()[0]?.load).toBe(0);
    },
  );
});
