import { describe, expect, test } from '@jest/globals';
import { ApplicationError, defineService, operation, TimeoutError, Type } from '../../../src/index.ts';
import { type SpyProcess, spyProcess, startTestContainer } from '../../../src/testing/index.ts';

const Harbour = defineService({
  name: 'harbour',
  version: '2.0.0',
  operations: {
    close: operation({ content: Type.Object({ gate: Type.Number() }), result: Type.Boolean() }),
    note: operation({ content: Type.String() }),
    ships: operation({ result: Type.String(), reply: 'stream' }),
  },
});

/** A container with the spy. */
async function withSpy(spy: Pick<SpyProcess, 'processClass'>) {
  const container = await startTestContainer({ processes: { shutdownMs: 0 } });
  await container.processes.spawn(spy.processClass);
  return container;
}

describe('spyProcess()', () => {
  test('of a contract answers with what it is given, checked by the contract', async () => {
    const harbour = spyProcess(Harbour).answers('close', true);
    await using container = await withSpy(harbour);
    const client = container.client(Harbour);
    expect(await client.close({ gate: 2 })).toBe(true);
    harbour.answers('close', ({ gate }) => gate > 5);
    expect(await client.close({ gate: 2 })).toBe(false);
    harbour.answers('close', new ApplicationError('Jammed', 'the gate is jammed'));
    await expect(client.close({ gate: 2 })).rejects.toMatchObject({ code: 'Jammed' });
    await expect(container.rpcSend('harbour.v2', 'close', { gate: 'left' })).rejects.toMatchObject({
      code: 'BadRequest',
    });
  });

  test('keeps what it received, in order', async () => {
    const harbour = spyProcess(Harbour).answers('close', true);
    await using container = await withSpy(harbour);
    const client = container.client(Harbour);
    await client.close({ gate: 1 });
    await client.note('high water');
    expect(harbour.messages.map(({ op, content }) => [op, content])).toEqual([
      ['close', { gate: 1 }],
      ['note', 'high water'],
    ]);
    expect(harbour.messages[0]?.message.message.sender).toBe(`${container.id}.0`);
  });

  test('without an answer gives null where the contract says so, else NotFound with the remedy', async () => {
    const harbour = spyProcess(Harbour);
    await using container = await withSpy(harbour);
    expect(await container.client(Harbour).note('x')).toBeNull();
    await expect(container.client(Harbour).close({ gate: 1 })).rejects.toMatchObject({
      code: 'NotFound',
      message: "spy 'harbour' has no answer to 'close'; give it one with answers('close', …)",
    });
  });

  test('answers a stream with an iterable of its parts', async () => {
    const harbour = spyProcess(Harbour).answers('ships', ['Argo', 'Fram']);
    await using container = await withSpy(harbour);
    const ships: string[] = [];
    for await (const ship of container.client(Harbour).ships()) ships.push(ship);
    expect(ships).toEqual(['Argo', 'Fram']);
  });

  test('of a name has the operations that are scripted before it is spawned', async () => {
    const log = spyProcess('log').answers('write', (content) => content);
    await using container = await withSpy(log);
    expect(await container.rpcSend('log', 'write', [1])).toEqual([1]);
    await expect(container.rpcSend('log', 'read')).rejects.toMatchObject({ code: 'NotFound' });
    log.answers('write', 'other');
    expect(await container.rpcSend('log', 'write')).toBe('other');
    expect(() => log.answers('read', 1)).toThrow(
      "spy 'log' was spawned without operation 'read'; script it before",
    );
  });

  test('refuses an answer to an operation that the contract lacks', () => {
    const untyped: SpyProcess = spyProcess(Harbour) as SpyProcess;
    expect(() => untyped.answers('fly', 1)).toThrow("contract 'harbour' has no operation 'fly'");
  });

  test('received() gives each message once, be it there already or yet to come', async () => {
    const harbour = spyProcess(Harbour).answers('close', true);
    await using container = await withSpy(harbour);
    const client = container.client(Harbour);
    await client.note('first');
    await client.close({ gate: 1 });
    const notes = [harbour.received('note'), harbour.received('note')];
    await client.close({ gate: 2 });
    await client.note('second');
    expect((await Promise.all(notes)).map(({ content }) => content)).toEqual(['first', 'second']);
    expect((await harbour.received('close')).content.gate).toBe(1);
    expect((await harbour.received('close')).content.gate).toBe(2);
  });

  test('received() tells after its time what came instead', async () => {
    const harbour = spyProcess(Harbour);
    await expect(harbour.received('close', { withinMs: 1 })).rejects.toThrow(
      "spy 'harbour' received no 'close' within 1 ms; it received nothing",
    );
    await using container = await withSpy(harbour);
    await container.client(Harbour).note('x');
    const missing = harbour.received('close', { withinMs: 1 });
    await expect(missing).rejects.toThrow(TimeoutError);
    await expect(missing).rejects.toThrow('it received note');
  });

  test('is not held up by a message that it never answers', async () => {
    const harbour = spyProcess(Harbour).answers('close', () => new Promise(() => undefined));
    await using container = await withSpy(harbour);
    const client = container.client(Harbour);
    const hanging = expect(client.close({ gate: 1 }, { timeoutMs: 100 })).rejects.toThrow(TimeoutError);
    await harbour.received('close');
    await client.note('meanwhile');
    await hanging;
  });
});
