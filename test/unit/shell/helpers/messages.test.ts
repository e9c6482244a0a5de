import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ping, rpcSend, send } from '../../../../src/shell/helpers/messages.ts';
import { eventually } from '../../../../src/testing/eventually.ts';
import { Echo, type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

describe('rpc_send()', () => {
  test('calls by name, by id and by the number of a process here', async () => {
    const call = rpcSend.bind(bed.shell);
    await bed.container.processes.spawn(Echo, { serviceName: 'echo' });
    for (const target of ['echo', 'shore.1', 1]) expect(await call(target, 'echo', target)).toBe(target);
    expect(await call(1, 'echo')).toBeNull();
    await expect(call(2, 'echo')).rejects.toMatchObject({ code: 'NoReceiver' });
    await expect(call(1, 'wait', null, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'Timeout' });
  });

  test('is given up with its line, and by a signal of its own', async () => {
    await bed.container.processes.spawn(Echo, { concurrency: 2 });
    bed.shell.beginLine();
    const own = new AbortController();
    const one = rpcSend.bind(bed.shell)(1, 'wait', null, { signal: own.signal });
    const two = rpcSend.bind(bed.shell)(1, 'wait', null, { signal: new AbortController().signal });
    own.abort();
    await expect(one).rejects.toMatchObject({ code: 'Cancelled' });
    bed.shell.giveUpLine();
    await expect(two).rejects.toMatchObject({ code: 'Cancelled' });
  });

  test('notes the names that answered, and no ids', async () => {
    await bed.container.processes.spawn(Echo, { serviceName: 'echo' });
    await rpcSend.bind(bed.shell)('echo', 'echo');
    await rpcSend.bind(bed.shell)(1, 'echo');
    await rpcSend
      .bind(bed.shell)('nobody', 'echo')
      .catch(() => undefined);
    expect([...bed.shell.answered]).toEqual(['echo']);
  });
});

describe('send()', () => {
  test('is one way', async () => {
    const id = await bed.container.processes.spawn(Echo);
    await send.bind(bed.shell)(1, 'echo', 'ahoy', { headers: { quiet: true } });
    const process = bed.container.processes.get(id);
    if (!(process instanceof Echo)) throw new Error('it is not there');
    await eventually(() => process.received.length === 1);
    expect(process.received).toEqual([['ahoy', { quiet: true }]]);
  });
});

describe('ping()', () => {
  test('tells who answered and how fast', async () => {
    await bed.container.processes.spawn(Echo, { serviceName: 'echo' });
    const answer = await ping.bind(bed.shell)('echo');
    expect(answer).toEqual({ from: 'shore.1', ms: expect.any(Number) });
    expect(bed.show(answer)).toMatch(/^shore\.1 answered after [\d.]+ ms$/);
    expect((await ping.bind(bed.shell)(1)).from).toBe('shore.1');
  });

  test('fails as a call does', async () => {
    await expect(ping.bind(bed.shell)('nobody')).rejects.toMatchObject({ code: 'NoReceiver' });
    await expect(ping.bind(bed.shell)('nobody', 0)).rejects.toMatchObject({ code: 'BadRequest' });
  });
});
