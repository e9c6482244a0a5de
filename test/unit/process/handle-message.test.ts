import { describe, expect, test } from '@jest/globals';
import { operationTable } from '../../../src/process/operation-table.ts';
import { makeLoop, request, shared, YardService } from './work-loop-bed.ts';

describe('WorkLoop, of requests that came through a shared queue,', () => {
  test('tells with the answer how long each kept the process from others', async () => {
    const { env, loop, sent, open } = makeLoop();
    loop.take(shared('slow').one);
    await env.advance(8);
    await open('slow');
    loop.take(request('slow'));
    await env.advance(8);
    await open('slow');
    expect(sent.map(({ workUs }) => workUs)).toEqual([8_000, 0]);
  });

  test('shares the time among as many as are handled together', async () => {
    const { env, loop, sent, open } = makeLoop({ concurrency: 4 });
    loop.take(shared('slow').one);
    loop.take(shared('crane').one);
    await env.advance(8);
    await open('slow');
    await open('crane');
    expect(sent.map(({ workUs }) => workUs)).toEqual([2_000, 8_000]);
  });
});

describe('WorkLoop, when the check of a declared error’s data throws,', () => {
  test('answers with that, and goes on', async () => {
    const operations = operationTable(YardService);
    const quick = operations.get('quick');
    if (quick === undefined) throw new Error('no operation');
    quick.failureFor = () => {
      throw new TypeError('a check that cannot check');
    };
    quick.run = () => {
      throw new Error('broken');
    };
    const { loop, sent, open } = makeLoop({ operations });
    const { one, delivery } = shared('quick');
    loop.take(one);
    loop.take(request('slow'));
    await open('slow');
    expect(sent).toMatchObject([
      { performative: 'failure', content: { code: 'Internal' } },
      { performative: 'inform_result' },
    ]);
    expect(delivery.acks).toBe(1);
    expect(loop.isIdle).toBe(true);
  });
});
