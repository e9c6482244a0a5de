import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container } from '../../../src/container/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';

const modules = `
import { appendFileSync } from 'node:fs';
import { Process, Supervisor } from 'ioncore';
class Noting extends Process {
  note(text) { appendFileSync(new URL('./notes', import.meta.url), text + ' ' + this.name + '\\n'); }
  onTerminate() { this.note('end'); }
}
export class Good extends Noting {}
export class Stuck extends Noting {
  static startTimeoutMs = Infinity;
  async onInit() { this.note('stuck'); await new Promise(() => undefined); }
}
export class Undecided extends Supervisor { init() { return new Promise(() => undefined); } }
export const start = async (container) => {
  await container.spawn(Good, { name: 'good' });
  return [await container.spawn(Stuck, { name: 'bad' }), []];
};
`;

describe('the start of an app that is given up while a process of it is being spawned', () => {
  let folder: AppFolder;
  let container: Container;

  beforeEach(async () => {
    folder = await AppFolder.make();
    await folder.write('all.mjs', modules);
    await folder.write('notes', '');
  });
  afterEach(async () => {
    await container.stop();
    await folder.dispose();
  });

  const run = async (startTimeoutMs: number) => {
    container = new Container({ apps: { startTimeoutMs }, processes: { shutdownMs: 50 } });
    await container.start();
  };
  const notes = async () => (await readFile(folder.file('notes'), 'utf8')).trim().split('\n');
  const nested = `
  - {name: good, module: ./all.mjs, class: Good}
  - name: inner
    processes:
      - {name: fine, module: ./all.mjs, class: Good}
      - {name: bad, module: ./all.mjs, class: Stuck, serviceName: bad}
`;

  test('stopped: its supervisors undo what they had started, in order, and nothing is left', async () => {
    await run(60_000);
    const file = await folder.write('ship.app', `type: application\nname: ship\nprocesses:${nested}`);
    const started = expect(container.apps.start(file)).rejects.toThrow('was stopped while it was starting');
    await eventually(() => container.processes.list().some(({ name }) => name === 'bad'));
    await container.apps.stop('ship');
    expect(container.processes.list()).toEqual([]);
    await started;
    expect(await notes()).toEqual(['stuck bad', 'end fine', 'end good']);
  });

  test('too slow: nothing is left when that is told', async () => {
    await run(100);
    const file = await folder.write('ship.app', `type: application\nname: ship\nprocesses:${nested}`);
    await expect(container.apps.start(file)).rejects.toThrow('it was not done after 100 ms');
    expect(container.processes.list()).toEqual([]);
    expect(await notes()).toEqual(['stuck bad', 'end fine', 'end good']);
  });

  test('a supervisor that does not know its children yet does not hold it up', async () => {
    await run(100);
    const items =
      '[{name: good, module: ./all.mjs, class: Good}, {name: inner, module: ./all.mjs, class: Undecided}]';
    const file = await folder.write('ship.app', `type: application\nname: ship\nprocesses: ${items}\n`);
    await expect(container.apps.start(file)).rejects.toThrow('it was not done after 100 ms');
    expect(container.processes.list()).toEqual([]);
    expect(await notes()).toEqual(['end good']);
  });

  test('of a module: nothing is left', async () => {
    await run(100);
    const file = await folder.write('ship.app', 'type: application\nname: ship\nmod: ./all.mjs\n');
    await expect(container.apps.start(file)).rejects.toThrow('it was not done after 100 ms');
    expect(container.processes.list()).toEqual([]);
    expect(await notes()).toEqual(['stuck bad', 'end good']);
  });
});
