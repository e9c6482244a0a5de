import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container } from '../../../src/container/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps } from './bed.ts';

/** Notes its arguments, and what it is told of changes; fails where one is `bad`, waits where one is `slow`. */
const changeableModule = `
export function start(container, startType, app, args) {
  if (args.bad) throw new Error('bad from the start');
  container.logger.info('started with', { args });
  return [null, ['state']];
}
export async function onConfigChange(container, change, state) {
  if (change.changed.slow ?? change.added.slow) await new Promise((go) => container.logger.info('slow', { go }));
  if (change.changed.bad ?? change.added.bad) throw new Error('bad news');
  container.logger.info('changed', { change, state });
}
`;

let folder: AppFolder;
beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('changeable.mjs', changeableModule);
});
afterEach(() => folder.dispose());

type Bed = Awaited<ReturnType<typeof makeApps>>;
const lines = ({ logger }: Bed, message: string) =>
  logger.lines.filter((line) => line.message === message).map(({ fields }) => fields);

describe('AppManager#configure()', () => {
  const app = () => folder.app('hello', './changeable.mjs', 'args: {a: 1, b: 1}\n');

  test('tells the module what changes, gives the arguments in force, and logs their names', async () => {
    const bed = await makeApps();
    await bed.apps.start(await app(), { args: { c: 1 } });
    expect(await bed.apps.configure('hello', { a: 2, b: null, d: 1 })).toEqual({ a: 2, c: 1, d: 1 });
    expect(lines(bed, 'changed')).toMatchObject([
      { change: { changed: { a: 2 }, added: { d: 1 }, removed: ['b'] }, state: ['state'] },
    ]);
    expect(lines(bed, 'app configured')).toEqual([{ app: 'hello', changed: ['a', 'd', 'b'] }]);
  });

  test('tells nobody of what is as it was', async () => {
    const bed = await makeApps();
    await bed.apps.start(await app());
    expect(await bed.apps.configure('hello', { a: 1, x: null })).toEqual({ a: 1, b: 1 });
    expect([lines(bed, 'changed'), lines(bed, 'app configured')]).toEqual([[], []]);
  });

  test('leaves the arguments as they are when the module fails', async () => {
    const bed = await makeApps();
    await bed.apps.start(await app());
    await expect(bed.apps.configure('hello', { a: 2, bad: true })).rejects.toThrow('bad news');
    expect(await bed.apps.configure('hello', {})).toEqual({ a: 1, b: 1 });
  });

  test('means an instance as stop() does; those of others stay', async () => {
    const bed = await makeApps();
    const file = await app();
    await bed.apps.start(file);
    await bed.apps.start(file, { mult: true });
    await bed.apps.configure('hello', { a: 2 });
    expect(await bed.apps.configure('hello#1', {})).toEqual({ a: 1, b: 1 });
    expect(await bed.apps.configure('hello#2', {})).toEqual({ a: 2, b: 1 });
  });

  test('of several at once each builds on the one before', async () => {
    const bed = await makeApps();
    await bed.apps.start(await app());
    await Promise.allSettled(
      [{ a: 2 }, { bad: true }, { b: 3 }].map((args) => bed.apps.configure('hello', args)),
    );
    expect(await bed.apps.configure('hello', {})).toEqual({ a: 2, b: 3 });
  });

  test('gives up after apps.startTimeoutMs, and the app can be stopped meanwhile', async () => {
    const bed = await makeApps({ startTimeoutMs: 700 });
    await bed.apps.start(await app());
    const failed = expect(bed.apps.configure('hello', { slow: true })).rejects.toMatchObject({
      code: 'Timeout',
      message: expect.stringContaining("app 'hello' has not taken its new arguments after 700 ms"),
    });
    await eventually(() => bed.env.pendingTimers() === 1);
    await bed.apps.stop('hello');
    await bed.env.advance(700);
    await failed;
  });

  test('taken too late is not taken: what was said to the caller holds', async () => {
    const bed = await makeApps({ startTimeoutMs: 700 });
    await bed.apps.start(await app());
    const failed = expect(bed.apps.configure('hello', { slow: true })).rejects.toMatchObject({
      code: 'Timeout',
    });
    await eventually(() => lines(bed, 'slow').length === 1);
    await bed.env.advance(700);
    await failed;
    const go = lines(bed, 'slow')[0]?.go;
    if (typeof go === 'function') go();
    await eventually(() => lines(bed, 'changed').length === 1);
    expect(await bed.apps.configure('hello', {})).toEqual({ a: 1, b: 1 });
  });

  test('of what does not run is refused', async () => {
    const { apps } = await makeApps();
    await expect(apps.configure('hello', { a: 2 })).rejects.toMatchObject({
      code: 'IllegalState',
      message: "app 'hello' does not run; start it first",
    });
  });

  test('of an app without onConfigChange is refused with what to do, and changes nothing', async () => {
    const bed = await makeApps();
    await folder.write('plain.mjs', 'export const start = () => [null, []];');
    const file = await folder.app('plain', './plain.mjs', 'args: {a: 1}\n');
    await bed.apps.start(file);
    await expect(bed.apps.configure('plain', { a: 2 })).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringMatching(
        /^.*plain\.app: .*restart it with them: configure\('plain', \{…\}, \{ restart: true \}\)$/,
      ),
    });
    expect(await bed.apps.configure('plain', {})).toEqual({ a: 1 });
  });
});

describe('AppManager#configure() with restart', () => {
  test('starts the instance anew, under its name and start type, with the new arguments and no change told', async () => {
    const bed = await makeApps();
    const file = await folder.app('hello', './changeable.mjs', 'args: {a: 1, b: 1}\n');
    await bed.apps.start(file);
    await bed.apps.start(file, { mult: true, args: { c: 1 }, startType: 'transient' });
    await bed.apps.configure('hello', { d: 1 });
    await bed.apps.configure('hello#2', { a: 2, b: null }, { restart: true });
    expect(lines(bed, 'started with').at(-1)?.args).toEqual({ a: 2, c: 1, d: 1 });
    expect(lines(bed, 'changed')).toHaveLength(1);
    expect(bed.apps.list().map(({ instance, startType }) => [instance, startType])).toEqual([
      ['hello', 'temporary'],
      ['hello#2', 'transient'],
    ]);
    expect(bed.ends).toEqual([]);
  });

  test('of several at once each builds on the one before', async () => {
    const bed = await makeApps();
    await bed.apps.start(await folder.app('hello', './changeable.mjs', 'args: {a: 1}\n'));
    await Promise.all([
      bed.apps.configure('hello', { a: 2 }, { restart: true }),
      bed.apps.configure('hello', { b: 2 }),
      bed.apps.configure('hello', { c: 2 }, { restart: true }),
    ]);
    expect(lines(bed, 'started with').map(({ args }) => args)).toEqual([
      { a: 1 },
      { a: 2 },
      { a: 2, b: 2, c: 2 },
    ]);
  });

  test('that fails starts it with the arguments that it had, and rejects with why', async () => {
    const bed = await makeApps();
    await bed.apps.start(await folder.app('hello', './changeable.mjs', 'args: {a: 1}\n'));
    await bed.apps.configure('hello', { b: 1 });
    await expect(bed.apps.configure('hello', { bad: true }, { restart: true })).rejects.toThrow(
      'bad from the start',
    );
    expect(lines(bed, 'started with').at(-1)?.args).toEqual({ a: 1, b: 1 });
    expect(bed.apps.list()).toMatchObject([{ instance: 'hello', state: 'running' }]);
    expect(
      lines(bed, 'app could not be started with new arguments; it is started with the former ones'),
    ).toHaveLength(1);
  });

  const waiting = `
export const start = async (container, startType, app, args) => {
  if (args.a === 2) await new Promise((go) => container.logger.info('waits', { go }));
  return [null, []];
};
export const stop = (container) => new Promise((go) => container.logger.info('waits', { go }));
`;
  test.each(['ends', 'starts'])('an app that is stopped while it %s stays stopped', async (phase) => {
    const bed = await makeApps();
    await folder.write('waiting.mjs', waiting);
    await bed.apps.start(await folder.app('hello', './waiting.mjs', 'args: {a: 1}\n'));
    const failed = expect(bed.apps.configure('hello', { a: 2 }, { restart: true })).rejects.toMatchObject({
      code: 'IllegalState',
      message: expect.stringMatching(/^app 'hello' was stopped while it was (re)?starting$/),
    });
    const goOn = async (waits: number): Promise<void> => {
      await eventually(() => lines(bed, 'waits').length === waits);
      const go = lines(bed, 'waits').at(-1)?.go;
      if (typeof go === 'function') go();
    };
    let stopped: Promise<void> | undefined;
    if (phase === 'starts') {
      await goOn(1);
      await eventually(() => lines(bed, 'waits').length === 2);
      stopped = bed.apps.stop('hello');
    } else {
      await eventually(() => lines(bed, 'waits').length === 1);
      stopped = bed.apps.stop('hello');
      await goOn(1);
    }
    await stopped;
    await failed;
    expect(bed.apps.list()).toEqual([]);
  });

  test('warns nobody who needs it', async () => {
    const bed = await makeApps();
    await folder.app('hello', './changeable.mjs');
    await bed.apps.start(await folder.app('top', './changeable.mjs', 'applications: [hello]\n'));
    await bed.apps.configure('hello', { a: 1 }, { restart: true });
    expect(bed.logger.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

const processModule = `
import { Process } from 'ioncore';
class Knows extends Process {
  op_args() { return this.args; }
  op_crash() { this.exit({ error: new Error('crash') }); }
}
export class Live extends Knows {
  #changes = [];
  onConfigChange(change) {
    if (this.args.bad === this.name) throw new Error('bad for ' + this.name);
    this.#changes.push(change);
  }
  op_changes() { return this.#changes; }
}
export class Slow extends Knows {
  async onConfigChange() { await new Promise((go) => setTimeout(go, 300)); }
}
export class Fixed extends Knows {}
`;

describe('AppManager#configure() of an app that is a list of processes', () => {
  let container: Container;
  beforeEach(async () => {
    await folder.write('all.mjs', processModule);
    container = new Container({ sysname: 'fleet' });
    await container.start();
  });
  afterEach(() => container.stop());

  const live = (name: string, more = '') =>
    `{name: ${name}, module: ./all.mjs, class: Live, localName: ${name}${more}}`;
  const write = (processes: readonly string[], rest = '') =>
    folder.write(
      'ship.app',
      `type: application\nname: ship\n${rest}processes:\n${processes.map((text) => `- ${text}\n`).join('')}`,
    );
  const ask = (name: string, op: string) => container.rpcSend(`${container.id}.${name}`, op);

  /** Makes a process crash; resolves when its supervisor has started it again. */
  const restart = async (name: string): Promise<void> => {
    const idOf = () => container.processes.list().find((process) => process.name === name)?.id;
    const before = idOf();
    await container.send(`${container.id}.${name}`, 'crash');
    await eventually(() => ![undefined, before].includes(idOf()));
  };

  test('that hangs is given up: those before it have the former arguments again, those behind it never have others', async () => {
    await container.stop();
    container = new Container({ sysname: 'fleet', apps: { startTimeoutMs: 100 } });
    await container.start();
    const slow = '{name: mast, module: ./all.mjs, class: Slow, localName: mast}';
    await container.apps.start(await write([live('bow'), slow, live('stern')], 'args: {a: 1}\n'));
    await expect(container.apps.configure('ship', { a: 2 })).rejects.toMatchObject({ code: 'Timeout' });
    await eventually(async () => JSON.stringify(await ask('bow', 'args')) === '{"a":1}');
    // It answers when it is done at last.
    await ask('mast', 'args');
    await restart('stern');
    expect(await ask('stern', 'args')).toEqual({ a: 1 });
    expect(await ask('stern', 'changes')).toEqual([]);
    expect(await container.apps.configure('ship', {})).toEqual({ a: 1 });
  });

  test('tells each process whose own arguments change, in the tree, and no other', async () => {
    await container.apps.start(
      await write(
        [
          live('bow', ', args: {a: 1, b: 1}'),
          live('stern', ', args: {a: 2}'),
          `{name: deck, processes: [${live('mast')}]}`,
        ],
        'args: {a: 2}\n',
      ),
    );
    expect(await container.apps.configure('ship', { a: null, c: 1 })).toEqual({ c: 1 });
    expect(await Promise.all(['bow', 'stern', 'mast'].map((name) => ask(name, 'args')))).toEqual([
      { a: 1, b: 1, c: 1 },
      { a: 2, c: 1 },
      { c: 1 },
    ]);
    expect(await Promise.all(['bow', 'stern', 'mast'].map((name) => ask(name, 'changes')))).toEqual([
      [{ changed: { a: 1 }, added: { c: 1 }, removed: [] }],
      [{ changed: {}, added: { c: 1 }, removed: [] }],
      [{ changed: {}, added: { c: 1 }, removed: ['a'] }],
    ]);
    await container.apps.configure('ship', { c: 1 });
    expect(await ask('mast', 'changes')).toHaveLength(1);
  });

  test('one that fails: all have their old arguments, and the error is passed on', async () => {
    await container.apps.start(await write([live('bow'), live('stern'), live('mast')], 'args: {a: 1}\n'));
    await expect(container.apps.configure('ship', { a: 2, bad: 'stern' })).rejects.toThrow('bad for stern');
    for (const name of ['bow', 'stern', 'mast']) expect(await ask(name, 'args')).toEqual({ a: 1 });
    expect(await ask('bow', 'changes')).toEqual([
      { changed: { a: 2 }, added: { bad: 'stern' }, removed: [] },
      { changed: { a: 1 }, added: {}, removed: ['bad'] },
    ]);
    expect(await ask('mast', 'changes')).toEqual([]);
    expect(await container.apps.configure('ship', {})).toEqual({ a: 1 });
    await restart('stern');
    expect(await ask('stern', 'args')).toEqual({ a: 1 });
  });

  test('one whose class has no onConfigChange: refused before any is told', async () => {
    const file = await write([
      live('bow'),
      '{name: keel, module: ./all.mjs, class: Fixed, args: {a: 1}, localName: keel}',
    ]);
    await container.apps.start(file);
    await expect(container.apps.configure('ship', { a: 2 })).rejects.toMatchObject({
      code: 'Conflict',
      message: `${file}: the arguments of app 'ship' cannot be changed while it runs: the class Fixed of its process 'keel' has no 'onConfigChange'; restart it with them: configure('ship', {…}, { restart: true })`,
    });
    expect([await ask('bow', 'changes'), await ask('bow', 'args')]).toEqual([[], {}]);
    await container.apps.configure('ship', { a: 2 }, { restart: true });
    expect(await ask('keel', 'args')).toEqual({ a: 2 });
  });

  test('children of simple_one_for_one are told too; what each was given goes over it', async () => {
    await container.apps.start(
      await write(
        ['{name: boat, module: ./all.mjs, class: Live}'],
        'args: {a: 1, b: 1}\nsupervisor: {strategy: simple_one_for_one}\n',
      ),
    );
    const root = container.apps.list()[0]?.root ?? '';
    const [first, second] = [
      await container.rpcSend(root, 'start_child', { args: [{ b: 7 }] }),
      await container.rpcSend(root, 'start_child', { args: [] }),
    ];
    await container.apps.configure('ship', { a: 2, b: 2 });
    expect(await container.rpcSend(String(first), 'args')).toEqual({ a: 2, b: 7 });
    expect(await container.rpcSend(String(second), 'args')).toEqual({ a: 2, b: 2 });
  });

  test('a process that is started again by its supervisor has the new arguments', async () => {
    await container.apps.start(await write([live('bow', ', restartDelay: false')], 'args: {a: 1}\n'));
    await container.apps.configure('ship', { a: 2, b: 3 });
    await restart('bow');
    expect(await ask('bow', 'args')).toEqual({ a: 2, b: 3 });
    expect(await ask('bow', 'changes')).toEqual([]);
  });
});
