import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApplicationError, type InterceptorSpec } from 'ioncore';
import { fakeEnv, spyProcess, TestSystem } from 'ioncore/testing';
import { audit } from '../src/audit.ts';

test('audit writes a line for each request: who asked whom for what, what came of it, and when', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'audit-'));
  const file = join(directory, 'audit.jsonl');
  const env = fakeEnv();
  {
    await using system = new TestSystem({ env });
    const interceptors: InterceptorSpec[] = [{ name: 'audit', make: (context) => audit({ file }, context) }];
    const host = await system.container({ id: 'host', interceptors });
    const caller = await system.container({ id: 'caller' });
    const pump = spyProcess('pump')
      .answers('start', 'running')
      .answers('stop', new ApplicationError('Jammed', 'the pump is jammed'))
      .answers('drain', () => new Promise(() => undefined));
    await host.processes.spawn(pump.processClass);
    await caller.rpcSend('pump', 'start');
    await assert.rejects(caller.rpcSend('pump', 'stop'), { code: 'Jammed' });
    const drained = assert.rejects(caller.rpcSend('pump', 'drain', null, { timeoutMs: 500 }));
    await env.advance(2_000);
    await drained;
  }
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines
      .map((line) => JSON.parse(line))
      .map(({ sender, receiver, op, outcome, ms }) => ({ sender, receiver, op, outcome, ms })),
    [
      { sender: 'caller.0', receiver: 'pump', op: 'start', outcome: 'ok', ms: 0 },
      { sender: 'caller.0', receiver: 'pump', op: 'stop', outcome: 'Jammed', ms: 0 },
      { sender: 'caller.0', receiver: 'pump', op: 'drain', outcome: 'unanswered', ms: 1_000 },
    ],
  );
  await rm(directory, { recursive: true });
});
