import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppLibrary } from '../../../src/app/app-library.ts';
import { type AppRequest, Planner } from '../../../src/app/planner.ts';
import type { StartPlan } from '../../../src/app/start-plan.ts';
import { AppFolder } from '../../support/app-folder.ts';

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('good.mjs', 'export const start = () => [null, []];\n');
});
afterEach(() => folder.dispose());

/** Writes apps; each is a name and what its file says besides type, name and module. */
async function write(apps: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, rest] of Object.entries(apps)) await folder.app(name, './good.mjs', `${rest}\n`);
}

/** The definitions of apps that run already. */
async function definitions(...names: readonly string[]) {
  const library = new AppLibrary([]);
  const sources = await Promise.all(names.map((name) => library.app(folder.file(`${name}.app`))));
  return sources.map((source) => source.sound());
}

async function planApp(
  name: string,
  request?: AppRequest,
  running: readonly string[] = [],
): Promise<StartPlan> {
  const library = new AppLibrary([]);
  const planner = new Planner({ library, running: await definitions(...running) });
  return planner.app(await library.app(folder.file(`${name}.app`)), request);
}

/** The plan of a release with these entries, of which the first is in line 4, and apps that run already. */
async function planRelease(entries: readonly string[], running: readonly string[] = []): Promise<StartPlan> {
  const lines = entries.map((entry) => `  - ${entry}\n`).join('');
  const file = await folder.write('x.rel', `type: release\nname: x\napps:\n${lines}`);
  const library = new AppLibrary([]);
  const planner = new Planner({ library, running: await definitions(...running) });
  return planner.release(await library.release(file));
}

/** `file:line:column: message` of all that is wrong, without the folder. */
const problems = (plan: StartPlan): readonly string[] =>
  plan.problems.map(({ file, line, column, message }) =>
    `${file}:${line}:${column}: ${message}`.replaceAll(`${folder.path}/`, ''),
  );

/** The steps of a plan in which nothing is wrong, as `<name> <start type>`. */
function steps(plan: StartPlan): readonly string[] {
  expect(problems(plan)).toEqual([]);
  return plan.steps.map(({ definition, startType }) => `${definition.name} ${startType}`);
}

describe('Planner, required versions', () => {
  test('are those of the apps that will start', async () => {
    await write({ a: 'applications: [b@^1.2]', b: "version: '1.4.0'" });
    expect(steps(await planApp('a'))).toEqual(['b permanent', 'a permanent']);
  });

  test.each<[what: string, needs: string, version: string, message: string]>([
    [
      'another version',
      'applications: [b@^1.2]',
      "version: '2.0.0'",
      "a.app:4:16: applications[0]: expected 'b' in version '^1.2', but b.app has version '2.0.0'",
    ],
    [
      'another version than the map says',
      'applications: [{name: b, version: ~1.2.3}]',
      "version: '1.3.0'",
      "a.app:4:35: applications[0].version: expected 'b' in version '~1.2.3', but b.app has version '1.3.0'",
    ],
    [
      'a pre-release',
      'applications: [b@^1.2]',
      "version: '1.3.0-rc.1'",
      "a.app:4:16: applications[0]: expected 'b' in version '^1.2', but b.app has version '1.3.0-rc.1'",
    ],
    [
      'no version',
      "applications: ['b@*']",
      '',
      "a.app:4:16: applications[0]: expected 'b' in version '*', but b.app has no version; give it a version, or ask for none",
    ],
  ])('refuse %s, of an app that starts or runs', async (_what, needs, version, message) => {
    await write({ a: needs, b: version });
    const plan = await planApp('a');
    expect(problems(plan)).toEqual([message]);
    expect(problems(await planApp('a', {}, ['b']))).toEqual([message]);
    expect(plan.problems[0]).toMatchObject({
      expected: expect.any(String),
      found: version.match(/'(.*)'/)?.[1] ?? 'nothing',
    });
  });

  test('concern the instance that runs last, as it serves whoever needs the app', async () => {
    await write({ a: 'applications: [b@^1.2]', b: "version: '1.2.0'" });
    const [first] = await definitions('b');
    await write({ b: "version: '2.0.0'" });
    const [second] = await definitions('b');
    const planned = async (...running: (typeof first)[]) => {
      const library = new AppLibrary([]);
      const planner = new Planner({ library, running: running.filter((app) => app !== undefined) });
      return (await planner.app(await library.app(folder.file('a.app')))).problems.length;
    };
    expect([await planned(first, second), await planned(second, first)]).toEqual([1, 0]);
  });

  test('are told for everybody who asks', async () => {
    await write({ a: 'applications: [b, c@^1]', b: 'applications: [c@^3]', c: "version: '2.0.0'" });
    expect(problems(await planRelease(['name: a']))).toEqual([
      "a.app:4:19: applications[1]: expected 'c' in version '^1', but c.app has version '2.0.0'",
      "b.app:4:16: applications[0]: expected 'c' in version '^3', but c.app has version '2.0.0'",
    ]);
  });
});

describe('Planner, apps of other containers', () => {
  test('are neither started nor looked at, but waited for', async () => {
    await write({
      a: 'applications: [b, {name: far, remote: true, services: [far, far.log], timeoutMs: 500}]',
      b: '',
    });
    const plan = await planApp('a');
    expect(steps(plan)).toEqual(['b permanent', 'a permanent']);
    expect(plan.steps.map(({ awaits }) => awaits)).toEqual([
      [],
      [{ app: 'far', services: ['far', 'far.log'], timeoutMs: 500 }],
    ]);
  });

  test('are waited for by the names that their file registers, for a minute', async () => {
    await write({
      a: 'applications: [{name: far, remote: true}]',
      far: 'registered: [far, far.log]\napplications: [none]',
    });
    const plan = await planApp('a');
    expect(steps(plan)).toEqual(['a permanent']);
    expect(plan.steps[0]?.awaits).toEqual([{ app: 'far', services: ['far', 'far.log'], timeoutMs: 60_000 }]);
    expect(plan.sources.map(({ file }) => file)).toContain(folder.file('far.app'));
  });

  test.each<[what: string, far: Record<string, string>, message: string | RegExp]>([
    [
      'no file tells their services',
      {},
      /^a\.app:4:16: applications\[0\]: name the 'services' to wait for: there is no app 'far'; looked for far\.app, /,
    ],
    [
      'their file registers nothing',
      { far: '' },
      "a.app:4:16: applications[0]: name the 'services' to wait for: far.app registers none",
    ],
    [
      'their file is wrong',
      { far: 'registered: far' },
      "far.app:4:13: registered: expected a list, found the text 'far'",
    ],
  ])('are a problem where %s', async (_what, far, message) => {
    await write({ a: 'applications: [{name: far, remote: true}]', ...far });
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(problems(await planApp('a'))).toEqual([expected]);
  });

  test('that need this one are no cycle', async () => {
    await write({
      a: 'registered: [a]\napplications: [{name: b, remote: true}]',
      b: 'registered: [b]\napplications: [a]',
    });
    expect(steps(await planApp('a'))).toEqual(['a permanent']);
  });

  test('cannot be the app itself', async () => {
    await write({ a: 'applications: [{name: a, remote: true, services: [s]}]' });
    expect(problems(await planApp('a'))).toEqual([
      "a.app:4:16: applications[0]: the app 'a' depends on itself",
    ]);
  });

  test('may be started here as well, before whoever waits, or run here', async () => {
    await write({ a: 'applications: [{name: b, remote: true}]', b: 'registered: [b]' });
    expect(steps(await planRelease(['name: b', 'name: a']))).toEqual(['b permanent', 'a permanent']);
    expect(steps(await planRelease(['name: a', 'name: b'], ['b']))).toEqual(['a permanent', 'b permanent']);
    expect(steps(await planRelease(['name: a', '{name: b, startType: load}']))).toEqual([
      'a permanent',
      'b load',
    ]);
  });

  test('are a problem when they are started here after whoever waits', async () => {
    await write({
      a: 'applications: [{name: b, remote: true, services: [b]}]',
      b: 'applications: [a]',
    });
    expect(problems(await planRelease(['name: b']))).toEqual([
      "a.app:4:34: applications[0].remote: 'b' is started here too, but after 'a', which waits for it; start it before that, or leave it to the other container",
    ]);
  });
});

describe('Planner, start types', () => {
  test('are those of the entries, permanent if they say none', async () => {
    await write({ a: '', b: '', c: '', d: '', e: '' });
    const plan = await planRelease([
      'name: a',
      '{name: b, startType: temporary}',
      '{name: c, startType: load}',
      '{name: d, startType: none}',
      '{name: e, startType: transient}',
    ]);
    expect(steps(plan)).toEqual(['a permanent', 'b temporary', 'c load', 'e transient']);
    expect(plan.sources.map(({ file }) => file)).toContain(folder.file('d.app'));
  });

  test('of an app that others need is the strongest of theirs', async () => {
    await write({
      one: 'applications: [base]',
      two: 'applications: [middle]',
      middle: 'applications: [base, ground]',
      base: '',
      ground: '',
    });
    const plan = await planRelease([
      '{name: one, startType: temporary}',
      '{name: two, startType: transient}',
    ]);
    expect(steps(plan)).toEqual([
      'base transient',
      'one temporary',
      'ground transient',
      'middle transient',
      'two transient',
    ]);
    const permanent = await planRelease(['{name: two, startType: temporary}', 'name: one']);
    expect(steps(permanent)).toEqual([
      'base permanent',
      'ground temporary',
      'middle temporary',
      'two temporary',
      'one permanent',
    ]);
  });

  test('of an app that another only waits for, or is loaded with, are not made stronger by that', async () => {
    await write({
      far: 'applications: [{name: base, remote: true, services: [s]}]',
      near: 'applications: [base]',
      idle: 'applications: [base]',
      base: '',
    });
    const plan = await planRelease([
      '{name: near, startType: temporary}',
      'name: far',
      '{name: idle, startType: load}',
    ]);
    expect(steps(plan)).toEqual(['base temporary', 'near temporary', 'far permanent', 'idle load']);
  });

  test('of an app with an entry is its own, and so is what it hands on', async () => {
    await write({ top: 'applications: [base]', base: 'applications: [ground]', ground: '' });
    expect(steps(await planRelease(['name: top', '{name: base, startType: temporary}']))).toEqual([
      'ground temporary',
      'base temporary',
      'top permanent',
    ]);
  });

  test('of an app that is asked for holds for those that it needs', async () => {
    await write({ a: 'applications: [b]', b: '' });
    expect(steps(await planApp('a'))).toEqual(['b permanent', 'a permanent']);
    expect(steps(await planApp('a', { startType: 'temporary' }))).toEqual(['b temporary', 'a temporary']);
    expect(steps(await planApp('a', { startType: 'load' }))).toEqual(['a load']);
  });

  test('load and none start nothing that the app needs, and say what is wrong with it', async () => {
    await write({ a: 'applications: [b, none]', b: 'applications: [a]', c: '' });
    expect(steps(await planRelease(['{name: c, startType: load}']))).toEqual(['c load']);
    for (const startType of ['load', 'none']) {
      const plan = await planRelease([`{name: a, startType: ${startType}}`, 'name: c']);
      expect(problems(plan)).toEqual([
        expect.stringMatching(/^a\.app:4:19: applications\[1\]: there is no app 'none'/),
        'b.app:4:16: applications[0]: applications depend on each other in a cycle: a → b → a',
      ]);
    }
  });

  test('load and none leave the order of the others alone', async () => {
    await write({ a: 'applications: [b]', b: '', c: '' });
    for (const startType of ['load', 'none']) {
      const started = steps(await planRelease([`{name: a, startType: ${startType}}`, 'name: c', 'name: b']));
      expect(started.filter((step) => step.endsWith('permanent'))).toEqual(['c permanent', 'b permanent']);
    }
  });

  test.each(['load', 'none'])('%s is a problem of an app that another needs', async (startType) => {
    await write({ a: 'applications: [b]', b: '' });
    const entries = ['name: a', `{name: b, startType: ${startType}}`];
    expect(problems(await planRelease(entries))).toEqual([
      `x.rel:5:26: apps[1].startType: 'b' is needed by 'a' and must be started; '${startType}' does not start it`,
    ]);
    // One that runs is there already, and one that is not started itself needs nothing.
    expect(problems(await planRelease(entries, ['b']))).toEqual([]);
    expect(
      problems(await planRelease(['{name: a, startType: load}', `{name: b, startType: ${startType}}`])),
    ).toEqual([]);
  });

  test('of the instance that is started counts when another one is only loaded', async () => {
    await write({ a: 'applications: [b]', b: 'applications: [c]', c: '' });
    const plan = await planRelease([
      '{name: b, startType: load}',
      '{name: b, mult: true, startType: transient}',
      'name: a',
    ]);
    expect(steps(plan)).toEqual(['b load', 'c transient', 'b transient', 'a permanent']);
  });

  test('none and load free the names that an app registers', async () => {
    await write({ a: 'registered: [n]', b: 'registered: [n]' });
    expect(problems(await planRelease(['name: a', '{name: b, startType: none}']))).toEqual([]);
    expect(problems(await planRelease(['name: a', 'name: b']))).toHaveLength(1);
  });
});

describe('Planner, nested supervisors', () => {
  test('finds the modules of all of them', async () => {
    const processes =
      '[{name: s, processes: [{name: p, module: ./good.mjs}, {name: t, processes: [{name: q, module: ./none.mjs}]}]}, {name: r, module: ./nor.mjs}]';
    await folder.write('a.app', `type: application\nname: a\nprocesses: ${processes}\n`);
    expect(problems(await planApp('a'))).toEqual([
      "a.app:3:106: processes[0].processes[1].processes[0].module: the module './none.mjs' cannot be found: there is no file none.mjs",
      "a.app:3:141: processes[1].module: the module './nor.mjs' cannot be found: there is no file nor.mjs",
    ]);
  });
});
