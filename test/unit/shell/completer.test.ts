import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Completer } from '../../../src/shell/completer.ts';
import { completionFacts } from '../../../src/shell/completion-facts.ts';
import { DepthService, Echo, type ShellBed, shellBed } from './bed.ts';

let bed: ShellBed;
let hints: string[];
/** What Node's own completion says. */
let others: readonly [readonly string[], string];

beforeEach(async () => {
  bed = await shellBed();
  hints = [];
  others = [[], ''];
  await bed.container.processes.spawn(DepthService);
});
afterEach(() => bed.container.stop());

const complete = (line: string) =>
  new Completer({
    shell: bed.shell,
    others: async () => others,
    showHint: (text) => hints.push(text),
  }).complete(line);

describe('Completer#complete()', () => {
  test('offers what the container has now', async () => {
    expect(await complete("rpc_send('de")).toEqual([["depth'"], 'de']);
    expect(await complete("rpc_send('depth', 'w")).toEqual([["wait'"], 'w']);
    expect(await complete("kill('")).toEqual([["shore.1'"], '']);
    expect(await complete("start_app('ex")).toEqual([["example'"], 'ex']);
    await bed.container.processes.terminateProcess('shore.1');
    expect(await complete("rpc_send('de")).toEqual([[], "rpc_send('de"]);
  });

  test('shows a hint and offers nothing', async () => {
    expect(await complete("rpc_send('depth', 'measure', ")).toEqual([[], "rpc_send('depth', 'measure', "]);
    expect(hints).toEqual(['content: {at: string, fast?: boolean} → number']);
  });

  test('puts our names before Node’s, each once', async () => {
    others = [['ps', 'psi', ''], 'ps'];
    expect(await complete('ps')).toEqual([['ps(', 'psi', ''], 'ps']);
    expect(hints).toEqual([]);
  });

  test('takes Node’s only where they complete the same text', async () => {
    others = [['x.ps'], 'x.ps'];
    expect(await complete('ps')).toEqual([['ps('], 'ps']);
  });

  test('leaves everything else to Node', async () => {
    others = [['cc.id'], 'cc.i'];
    expect(await complete('cc.i')).toEqual([['cc.id'], 'cc.i']);
  });

  test('offers nothing where Node fails', async () => {
    const failing = new Completer({
      shell: bed.shell,
      others: () => Promise.reject(new Error('no')),
      showHint: () => undefined,
    });
    expect(await failing.complete('cc.i')).toEqual([[], 'cc.i']);
  });
});

describe('completionFacts()', () => {
  test('knows names that answered from elsewhere, without their operations', async () => {
    bed.shell.answered.add('far').add('depth');
    await bed.container.processes.spawn(Echo, { name: 'first' });
    await bed.container.apps.start('test/unit/shell/fixtures/counter.app');
    const facts = await completionFacts(bed.shell);
    expect(facts.services).toMatchObject([
      { name: 'depth', version: '1.2.0' },
      { name: 'far', operations: undefined },
    ]);
    expect(facts).toMatchObject({
      container: 'shore',
      processes: expect.arrayContaining([
        expect.objectContaining({ name: 'shore.1' }),
        expect.objectContaining({ name: 'shore.2' }),
      ]),
      apps: expect.arrayContaining(['example', 'hello']),
      runningApps: ['counter'],
      logPaths: expect.arrayContaining(['process.DepthService', 'process.first', 'app.counter']),
    });
    expect(facts.configPaths).toContain('rpc.timeoutMs');
  });
});
