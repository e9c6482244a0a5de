import { describe, expect, test } from '@jest/globals';
import { type BrokenCase, useBrokenFiles } from '../support/broken-files.ts';
import { projectRoot, usePrograms } from '../support/cli.ts';

/** Where the apps of the package itself lie. */
const packaged = `${projectRoot}/res/apps`;
const refuses = useBrokenFiles();
const run = usePrograms();

const HEAD = 'type: application\nname: a\nmod: ./good.mjs\n';

describe('ioncore start, a .rel file', () => {
  const RELEASE = 'type: release\nname: r\n';
  const files = {
    'a.app': `${HEAD}version: '1.0.0'\n`,
    'b.app': `${HEAD.replace('name: a', 'name: b')}applications: [a]\n`,
  };
  const release = (text: string, says: string): BrokenCase => ({
    files: { 'r.rel': text, ...files },
    says: `r.rel:${says}`,
  });
  const apps = (entries: string, says: string): BrokenCase => release(`${RELEASE}apps: ${entries}\n`, says);

  test.each<[what: string, broken: BrokenCase]>([
    ['that is empty', release('', "1:1: expected a map of keys such as 'type: release', found nothing")],
    ['that is a list', release('[a]\n', "1:1: expected a map of keys such as 'type: release', found a list")],
    ['that is an app', release(HEAD, "1:7: type: expected 'release', found the text 'application'")],
    [
      'with a tab',
      release(`${RELEASE}apps:\n\t- name: a\n`, '4:1: not valid YAML: Tabs are not allowed as indentation'),
    ],
    ['with a key twice', apps('[{name: a, name: b}]', "3:18: the key 'name' stands twice in this map")],
    [
      'with an alias',
      apps(
        '[{name: a, args: &x {}}, {name: b, args: *x}]',
        '3:48: aliases such as *x are not supported; write the value out',
      ),
    ],
    [
      'without apps',
      release(
        RELEASE,
        "1:1: the key 'apps' is missing; expected a list of at least one app such as {name: hello}",
      ),
    ],
    [
      'with no apps',
      apps('[]', '3:7: apps: expected a list of at least one app such as {name: hello}, found an empty list'),
    ],
    [
      'with apps that are a map',
      apps('{a: 1}', '3:7: apps: expected a list of at least one app such as {name: hello}, found a map'),
    ],
    [
      'with an app that is text',
      apps('[a]', "3:8: apps[0]: expected a map such as {name: hello}, found the text 'a'"),
    ],
    [
      'with an app without a name',
      apps('[{level: 1}]', "3:8: apps[0]: the key 'name' is missing; expected the name of an app, or 'file'"),
    ],
    [
      'with a misspelt key',
      apps('[{name: a, levle: 1}]', "3:18: apps[0]: unknown key 'levle'; did you mean 'level'?"),
    ],
    [
      'with an unquoted version',
      apps(
        '[{name: a, version: 1.0}]',
        "3:27: apps[0].version: expected text such as '1.2.3', found the number 1.0; quote it: '1.0'",
      ),
    ],
    [
      'with another version of an app',
      apps(
        "[{name: a, version: '2.0.0'}]",
        "3:27: apps[0].version: expected '2.0.0', but a.app has version '1.0.0'",
      ),
    ],
    [
      'for another container',
      release(
        `${RELEASE}ioncore: '9.9.9'\napps: [{name: a}]\n`,
        "3:10: ioncore: the release is for version '9.9.9', and this is version '0.1.0'",
      ),
    ],
    [
      'with a level below 0',
      apps(
        '[{name: a, level: -1}]',
        '3:25: apps[0].level: expected a whole number of at least 0, found the number -1',
      ),
    ],
    [
      'with a level above that of an app that needs it',
      apps(
        '[{name: b}, {name: a, level: 2}]',
        "3:36: apps[1].level: 'a' is needed by 'b' at boot level 0 and must not have a higher one, 2",
      ),
    ],
    [
      'with an unknown start type',
      apps(
        '[{name: a, startType: always}]',
        "3:29: apps[0].startType: expected 'permanent' or 'transient' or 'temporary' or 'load' or 'none', found the text 'always'",
      ),
    ],
    [
      'with an app that another needs and that is not started',
      apps(
        '[{name: a, startType: load}, {name: b}]',
        "3:29: apps[0].startType: 'a' is needed by 'b' and must be started; 'load' does not start it",
      ),
    ],
    [
      'with an app twice',
      apps(
        '[{name: a}, {name: a}]',
        "3:19: apps[1]: the app 'a' stands here twice; say 'mult: true' to run another instance",
      ),
    ],
    [
      'with an app that is not there',
      apps(
        '[{name: c}]',
        `3:15: apps[0].name: there is no app 'c'; looked for c.app, res/apps/c.app, ${packaged}/c.app`,
      ),
    ],
    [
      'with a file that is no app',
      apps(
        '[{file: good.mjs}]',
        "3:15: apps[0].file: expected the path of a .app file, found the text 'good.mjs'",
      ),
    ],
    [
      'with config of another type',
      apps(
        '[{name: a, config: {rpc: {timeoutMs: 0}}}]',
        '3:44: apps[0].config.rpc.timeoutMs: expected a number from 1 to 86400000, found 0',
      ),
    ],
    ['that is not there', { args: ['none.rel'], says: 'none.rel: there is no such file' }],
    [
      'that is a directory',
      { files: { 'r.rel/': '' }, args: ['r.rel'], says: 'r.rel: expected a file, found a directory' },
    ],
    [
      'of 2 MiB',
      release(
        `${RELEASE}#${' '.repeat(2 * 1024 * 1024)}`,
        ' the file is over 1 MiB; expected a short description',
      ),
    ],
  ])('%s', (_what, broken) => refuses(broken));
});

describe('ioncore check, a release', () => {
  test('tells everything that is wrong with it and with its apps at once, each with its place and key', async () => {
    const cwd = `${projectRoot}/test/e2e/fixtures/many-faults`;
    const program = run(['check', 'fleet.rel'], { cwd });
    expect(await program.exited()).toBe(1);
    const lines = program.stderr.trimEnd().split('\n');
    expect(lines.pop()).toBe('3 files checked, 39 problems');
    expect(
      lines.map((line) =>
        line
          .match(/^([^ ]+): (?:([^ ]+): )?/)
          ?.slice(1)
          .join(' '),
      ),
    ).toEqual([
      'fleet.rel:3:10 version',
      'fleet.rel:4:10 ioncore',
      'fleet.rel:6:39 apps[0].startType',
      'fleet.rel:7:27 apps[1].version',
      'fleet.rel:7:43 apps[1].level',
      'fleet.rel:7:57 apps[1].startType',
      'fleet.rel:8:12 apps[2].name',
      'fleet.rel:9:5 apps[3]',
      'fleet.rel:9:44 apps[3].config.rpc.timeoutMs',
      'fleet.rel:10:12 apps[4].file',
      'fleet.rel:10:23 apps[4]',
      'fleet.rel:11:5 apps[5]',
      'ship.app:3:24 supervisor.strategy',
      'ship.app:3:49 supervisor.intensity',
      'ship.app:3:63 supervisor.periodMs',
      'ship.app:5:26 processes[0].module',
      'ship.app:5:71 processes[0].significant',
      'ship.app:7:86 processes[1].supervisor.restartDelay.maxMs',
      'ship.app:9:7 processes[1].processes',
      'ship.app:9:30 processes[1].processes[0].module',
      'ship.app:9:52 processes[1].processes[0].shutdown',
      'ship.app:10:16 processes[1].processes[1].name',
      'ship.app:10:30 processes[1].processes[1].module',
      'ship.app:10:55 processes[1].processes[1].restart',
      'ship.app:11:14 startPhases',
      'ship.app:12:20 registered[1]',
      'ship.app:14:5 applications[0]',
      'ship.app:15:5 applications[1]',
      'ship.app:16:5 applications[2]',
      'ship.app:16:29 applications[2].timeoutMs',
      'ship.app:17:5 applications[3]',
      'deck.app:5:13 supervisor',
      'deck.app:6:15 startPhases[0]',
      'deck.app:6:16 startPhases[0]',
      'deck.app:6:41 startPhases[2]',
      'deck.app:7:16 applications[0]',
      'deck.app:7:16 applications[0]',
      'deck.app:7:67 applications[1].services',
      'deck.app:7:80 applications[1].version',
    ]);
    // What none of the reading can find alone: it takes the three files together.
    expect(program.stderr).toContain('applications depend on each other in a cycle: ship → deck → ship');
    expect(program.stderr).toContain(
      "'deck' is needed by 'ship' and must be started; 'load' does not start it",
    );
    expect(program.stderr).toContain("expected 'deck' in version '^2', but deck.app has version '1.4.0'");
  });
});
