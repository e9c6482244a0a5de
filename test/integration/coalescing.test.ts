import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Container, defineService, operation, ServiceProcess, Type } from '../../src/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';

const Work = defineService({
  name: 'work',
  version: '1.0.0',
  operations: {
    quick: operation({ content: Type.Integer(), result: Type.Integer() }),
    slow: operation({ content: Type.Integer(), result: Type.Integer() }),
  },
});
class WorkService extends ServiceProcess.for(Work) {
  op_quick(number: number): number {
    return number + 1;
  }
  async op_slow(number: number): Promise<number> {
    await sleep(5);
    return number + 1;
  }
}

let vhost: TestVhost;
let server: Container;
let caller: Container;

beforeAll(async () => {
  vhost = await makeTestVhost('coalescing');
  const make = (id: string): Container =>
    new Container({ id, sysname: 'fleet', broker: vhost.url, systemEvents: 'off' });
  server = make('server');
  caller = make('caller');
  await server.start();
  await caller.start();
  await server.processes.spawn(WorkService);
}, 60_000);
afterAll(async () => {
  await caller.stop();
  await server.stop();
  await vhost.dispose();
}, 60_000);

/** Makes so many calls in one breath; gives how many frames they were, and their answers. */
async function frames(op: 'quick' | 'slow', count: number) {
  const before = { requests: server.info().inbox, answers: caller.info().inbox };
  const numbers = Array.from({ length: count }, (_, number) => number);
  const work = caller.client(Work);
  const answers = await Promise.all(numbers.map((number) => work[op](number)));
  expect(answers).toEqual(numbers.map((number) => number + 1));
  expect(server.info().inbox.messages - before.requests.messages).toBe(count);
  return {
    requests: server.info().inbox.frames - before.requests.frames,
    answers: caller.info().inbox.frames - before.answers.frames,
  };
}

/** What the speed of calls hangs on, in numbers of operations, which no machine and no load changes. */
describe('Calls of one breath over RabbitMQ', () => {
  test('of quick work travel together, and so do their answers', async () => {
    const first = await frames('quick', 1);
    expect(first).toEqual({ requests: 1, answers: 1 });
    // A pause of the machine makes them seem slow for a while.
    for (let round = 0; round < 5; round += 1) await frames('quick', 64);
    const many = await frames('quick', 640);
    expect(many.requests).toBeLessThanOrEqual(160);
    expect(many.answers).toBeLessThanOrEqual(320);
  });

  test('of slow work travel alone, so that each goes to whoever is free', async () => {
    await frames('slow', 1);
    expect((await frames('slow', 20)).requests).toBe(20);
  });
});
