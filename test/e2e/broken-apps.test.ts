import { describe, test } from '@jest/globals';
import { type BrokenCase, useBrokenFiles } from '../support/broken-files.ts';
import { projectRoot } from '../support/cli.ts';

/** Where the apps of the package itself lie. */
const packaged = `${projectRoot}/res/apps`;
const refuses = useBrokenFiles();

const HEAD = 'type: application\nname: a\nmod: ./good.mjs\n';
const app = (rest: string, says: string, ...also: string[]): BrokenCase => ({
  files: { 'a.app': HEAD + rest },
  says: `a.app:${says}`,
  also: also.map((line) => `a.app:${line}`),
});
const whole = (text: string | Uint8Array, says: string): BrokenCase => ({
  files: { 'a.app': text },
  says: `a.app:${says}`,
});
/** An app of processes, the first in line 5. */
const supervised = (
  flags: string,
  items: readonly string[],
  says: string,
  ...also: string[]
): BrokenCase => ({
  files: {
    'a.app': `type: application\nname: a\nsupervisor: ${flags}\nprocesses:\n${items.map((item) => `  - ${item}\n`).join('')}`,
  },
  says: `a.app:${says}`,
  also: also.map((line) => `a.app:${line}`),
});
/** An app whose module is this text. */
const mod = (source: string, says: string): BrokenCase => ({
  files: { 'a.app': HEAD.replace('good', 'odd'), 'odd.mjs': source },
  says,
});
const named = (module: string, says: string): BrokenCase => whole(HEAD.replace('./good.mjs', module), says);
const list = (item: string, says: string): BrokenCase => ({
  files: {
    'a.app': `type: application\nname: a\nprocesses:\n  - ${item}\n`,
    'odd.mjs': 'export class Stranger {}\n',
  },
  says: `a.app:${says}`,
});

describe('ioncore start, a .app file', () => {
  test.each<[what: string, broken: BrokenCase]>([
    ['that is empty', whole('', "1:1: expected a map of keys such as 'type: application', found nothing")],
    [
      'that is a list',
      whole('- a\n', "1:1: expected a map of keys such as 'type: application', found a list"),
    ],
    [
      'that is text',
      whole('hello\n', "1:1: expected a map of keys such as 'type: application', found the text 'hello'"),
    ],
    ['with a tab', app('args:\n\ta: 1\n', '5:1: not valid YAML: Tabs are not allowed as indentation')],
    ['with a key twice', app('name: b\n', "4:1: the key 'name' stands twice in this map")],
    [
      'with an alias bomb',
      {
        ...app(
          'args: {a: &a [1], b: &b [*a, *a], c: [*b, *b]}\n',
          '4:26: aliases such as *a are not supported; write the value out (and 3 more)',
        ),
        also: ['4:30: aliases such as *a', '4:39: aliases such as *b', '4:43: aliases such as *b'].map(
          (line) => `a.app:${line} are not supported; write the value out`,
        ),
      },
    ],
    [
      'with a merge key',
      app('args: {<<: {a: 1}}\n', "4:8: merge keys ('<<') are not supported; write the members out"),
    ],
    ['with a tag', app('args: {a: !js x}\n', '4:11: not valid YAML: Unresolved tag: !js')],
    [
      'with two documents',
      app('---\na: 1\n', '4:1: a second document begins here; expected one document in the file'),
    ],
    ['with __proto__', app('args: {__proto__: {a: 1}}\n', "4:8: '__proto__' cannot be a key")],
    [
      'with an open bracket',
      {
        ...app(
          'args: {a: [1\n',
          '5:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (and 1 more)',
        ),
        also: [
          'a.app:5:1: not valid YAML: Flow map in block collection must be sufficiently indented and end with a }',
        ],
      },
    ],
    [
      'with a name that is a number',
      whole(
        HEAD.replace('name: a', 'name: 7'),
        "2:7: name: expected a name of letters, digits, _ and -, in parts with dots between them, found the number 7; quote it: '7'",
      ),
    ],
    [
      'with a name that has a space',
      whole(
        HEAD.replace('name: a', 'name: a b'),
        "2:7: name: expected a name of letters, digits, _ and -, in parts with dots between them, found the text 'a b'",
      ),
    ],
    [
      'without a name',
      whole(
        'type: application\nmod: ./good.mjs\n',
        "1:1: the key 'name' is missing; expected the name of the app",
      ),
    ],
    [
      'without a module',
      whole(
        'type: application\nname: a\n',
        "1:1: the key 'mod' is missing; expected the module of the app, or 'processes'",
      ),
    ],
    [
      'with an unquoted version',
      app(
        'version: 1.10\n',
        "4:10: version: expected text such as '1.2.3', found the number 1.10; quote it: '1.10'",
      ),
    ],
    ['with args that are a list', app('args: [1]\n', '4:7: args: expected a map, found a list')],
    [
      'with a number that cannot be held',
      app(
        'args: {a: 12345678901234567890}\n',
        "4:11: 12345678901234567890 cannot be held exactly as a number; quote it: '12345678901234567890'",
      ),
    ],
    [
      'with an unknown key',
      app(
        'colour: blue\n',
        "4:1: unknown key 'colour'; expected one of type, name, version, description, mod, processes, supervisor, startPhases, modules, registered, applications, config, args",
      ),
    ],
    [
      'with a misspelt key',
      app('registred: [a]\n', "4:1: unknown key 'registred'; did you mean 'registered'?"),
    ],
    [
      'with a BOM, CRLF and a misspelt key',
      whole(
        `\uFEFF${HEAD}verison: 1\n`.replaceAll('\n', '\r\n'),
        "4:1: unknown key 'verison'; did you mean 'version'?",
      ),
    ],
    [
      'that is a release',
      whole('type: release\nname: a\n', "1:7: type: expected 'application', found the text 'release'"),
    ],
    [
      'that is binary',
      whole(
        Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2),
        '1:1: found the control character U+007F; expected text',
      ),
    ],
    [
      'in Latin-1',
      whole(Uint8Array.of(0x23, 0xe9, 0x0a), ' found bytes that are not UTF-8 text; save the file as UTF-8'),
    ],
    [
      'in UTF-16',
      whole(
        new Uint8Array(Buffer.from(`\uFEFF${HEAD}`, 'utf16le')),
        ' found bytes that are not UTF-8 text; save the file as UTF-8',
      ),
    ],
    [
      'of 2 MiB',
      whole(
        `${HEAD}#${' '.repeat(2 * 1024 * 1024)}\n`,
        ' the file is over 1 MiB; expected a short description',
      ),
    ],
    [
      '65 levels deep',
      app(
        `args: {a: ${'['.repeat(64)}${']'.repeat(64)}}\n`,
        '4:75: nested too deeply; expected at most 64 levels',
      ),
    ],
    [
      'that is a directory',
      { files: { 'a.app/': '' }, args: ['a.app'], says: 'a.app: expected a file, found a directory' },
    ],
    ['that is not there', { args: ['a.app'], says: 'a.app: there is no such file' }],
    [
      'that is looked up by a name and is not there',
      { args: ['a'], says: `there is no app 'a'; looked for res/apps/a.app, ${packaged}/a.app` },
    ],
    [
      'with a misspelt section of config',
      app('config: {rcp: {}}\n', "4:10: config: unknown key 'rcp'; did you mean 'rpc'?"),
    ],
    [
      'with config of another type',
      app(
        'config: {rpc: {timeoutMs: soon}}\n',
        '4:27: config.rpc.timeoutMs: expected a number from 1 to 86400000, found the text soon',
      ),
    ],
    [
      'with config of apps',
      app(
        'config: {apps: {slowStartMs: 1}}\n',
        '4:30: config.apps.slowStartMs: an app cannot say how apps are found and started; set it in ioncore.yaml',
      ),
    ],
    ['that needs itself', app('applications: [a]\n', "4:16: applications[0]: the app 'a' depends on itself")],
    [
      'that needs one that is not there',
      app(
        'applications: [b]\n',
        `4:16: applications[0]: there is no app 'b'; looked for b.app, res/apps/b.app, ${packaged}/b.app`,
      ),
    ],
    [
      'that needs one which needs it',
      {
        files: {
          'a.app': `${HEAD}applications: [b]\n`,
          'b.app': `${HEAD.replace('name: a', 'name: b')}applications: [a]\n`,
        },
        says: 'b.app:4:16: applications[0]: applications depend on each other in a cycle: a → b → a',
      },
    ],
    [
      'that needs another version of an app',
      {
        files: {
          'a.app': `${HEAD}applications: [b@^1.2]\n`,
          'b.app': `${HEAD.replace('name: a', 'name: b')}version: '1.1.0'\n`,
        },
        says: "a.app:4:16: applications[0]: expected 'b' in version '^1.2', but b.app has version '1.1.0'",
      },
    ],
    [
      'that needs a version that is none',
      {
        files: {
          'a.app': `${HEAD}applications: [b@newest]\n`,
          'b.app': HEAD.replace('name: a', 'name: b'),
        },
        says: "a.app:4:16: applications[0]: expected a range of versions such as '^1.2' after the @, found 'newest'",
      },
    ],
    [
      'that needs an app of another container, of which nobody knows the services',
      app(
        'applications: [{name: b, remote: true}]\n',
        `4:16: applications[0]: name the 'services' to wait for: there is no app 'b'; looked for b.app, res/apps/b.app, ${packaged}/b.app`,
      ),
    ],
    [
      'with services to wait for of an app that starts here',
      app(
        'applications: [{name: b, services: [s]}]\n',
        `4:16: applications[0]: there is no app 'b'; looked for b.app, res/apps/b.app, ${packaged}/b.app (and 1 more)`,
        "4:36: applications[0].services: only an app of another container is waited for; add 'remote: true'",
      ),
    ],
    [
      'with a start phase of another form',
      app(
        'startPhases: [{warm: {}}]\n',
        "4:15: startPhases[0]: the key 'phase' is missing; expected the name of the phase (and 1 more)",
        "4:16: startPhases[0]: unknown key 'warm'; expected one of phase, args",
      ),
    ],
    [
      'with start phases and no module',
      whole(
        'type: application\nname: a\nstartPhases: [init]\nprocesses: [{name: p, module: ./good.mjs}]\n',
        '3:14: startPhases: they are called on the module of an app; an app of processes has none',
      ),
    ],
    [
      'with a supervisor and no processes',
      app(
        'supervisor: {strategy: one_for_all}\n',
        "4:13: supervisor: it says how 'processes' are supervised, and there are none",
      ),
    ],
    [
      'that registers the name of one it needs',
      {
        files: {
          'a.app': `${HEAD}applications: [b]\nregistered: [n]\n`,
          'b.app': `${HEAD.replace('name: a', 'name: b')}registered: [n]\n`,
        },
        says: "b.app:4:14: registered[0]: 'n' is registered by the app 'a' (a.app) too; give one of them another name",
      },
    ],
    [
      'that registers the name of another one given',
      {
        files: {
          'a.app': `${HEAD}registered: [n]\n`,
          'b.app': `${HEAD.replace('name: a', 'name: b')}registered: [n]\n`,
        },
        args: ['a.app', 'b.app'],
        says: "b.app:4:14: registered[0]: 'n' is registered by the app 'a' (a.app) too; give one of them another name",
      },
    ],
    [
      'with a module that is not there',
      named('./none.mjs', "3:6: mod: the module './none.mjs' cannot be found: there is no file none.mjs"),
    ],
    [
      'with a module that is a directory',
      {
        files: { 'a.app': HEAD.replace('good.mjs', 'lib'), 'lib/': '' },
        says: "a.app:3:6: mod: the module './lib' cannot be found: there is no file lib",
      },
    ],
    [
      'with a package that is not there',
      named(
        'no-such-package',
        "3:6: mod: the module 'no-such-package' cannot be found: no installed package provides it; for a file, write its path with ./ in front",
      ),
    ],
    [
      'with a module of Node',
      named(
        'node:fs',
        "3:6: mod: the module 'node:fs' cannot be found: 'node:fs' is a module of Node, not of an app",
      ),
    ],
    [
      'with a part of the container that is not there',
      named(
        'ioncore/apps/none',
        "3:6: mod: the module 'ioncore/apps/none' cannot be found: Cannot find module '…'; for a file, write its path with ./ in front",
      ),
    ],
    [
      'with a module that does not parse',
      mod(
        'export const\nstart = ;\n',
        "a.app:3:6: mod './odd.mjs' cannot be loaded: Unexpected token ';' (DIR/odd.mjs:2)",
      ),
    ],
    [
      'with a module that imports what is not there',
      mod(
        "import './none.mjs';\n",
        "a.app:3:6: mod './odd.mjs' cannot be loaded: Cannot find module 'DIR/none.mjs' imported from DIR/odd.mjs",
      ),
    ],
    [
      'with a module that imports a name that is not there',
      mod(
        "import { x } from './good.mjs';\n",
        "a.app:3:6: mod './odd.mjs' cannot be loaded: The requested module './good.mjs' does not provide an export named 'x' (DIR/odd.mjs:1)",
      ),
    ],
    [
      'with a module that throws',
      mod(
        "\nthrow new Error('no licence');\n",
        "a.app:3:6: mod './odd.mjs' cannot be loaded: no licence (DIR/odd.mjs:2:7)",
      ),
    ],
    [
      'with a module that throws no error',
      mod('throw undefined;\n', "a.app:3:6: mod './odd.mjs' cannot be loaded: undefined"),
    ],
    ['with a module that exports nothing', mod('', "a.app:3:6: mod './odd.mjs' has no function 'start'")],
    [
      'with a start that is no function',
      mod('export const start = 1;\n', "a.app:3:6: mod './odd.mjs' has no function 'start'"),
    ],
    [
      'with a start that throws',
      mod(
        "export function start() { throw new RangeError('no depth'); }\n",
        "app 'a' (a.app) could not be started: no depth (DIR/odd.mjs:1:33)",
      ),
    ],
    [
      'with a start that gives no tuple',
      mod(
        'export const start = () => 1;\n',
        "a.app: 'start' of app 'a' must return [process id or null, [state…]]",
      ),
    ],
    [
      'with processes that are none',
      whole(
        'type: application\nname: a\nprocesses: []\n',
        '3:12: processes: expected a list of processes such as {name: hello, module: ./hello.ts}, found an empty list',
      ),
    ],
    [
      'with an unknown strategy',
      supervised(
        '{strategy: one_for_everyone}',
        ['{name: p, module: ./good.mjs}'],
        "3:24: supervisor.strategy: expected 'one_for_one' or 'one_for_all' or 'rest_for_one' or 'simple_one_for_one', found the text 'one_for_everyone'",
      ),
    ],
    [
      'with a negative intensity and a period of nothing',
      supervised(
        '{intensity: -1, periodMs: 0}',
        ['{name: p, module: ./good.mjs}'],
        '3:25: supervisor.intensity: expected a whole number from 0 on, found the number -1 (and 1 more)',
        '3:39: supervisor.periodMs: expected milliseconds above 0, found the number 0',
      ),
    ],
    [
      'with child specs that contradict themselves and their supervisor',
      supervised(
        '{autoShutdown: any_significant}',
        [
          '{name: p, module: ./good.mjs, significant: true}',
          '{name: q, processes: [{name: r, module: ./good.mjs, restart: temporary, significant: true}]}',
        ],
        "5:48: processes[0].significant: expected false, as restart is 'permanent', found the truth value true (and 1 more)",
        "6:90: processes[1].processes[0].significant: expected false, as the supervisor's autoShutdown is 'never', found the truth value true",
      ),
    ],
    [
      'with two children of one id',
      supervised(
        '{}',
        ['{name: p, module: ./good.mjs}', '{name: p, processes: [{name: p, module: ./good.mjs}]}'],
        "6:12: processes[1].name: 'p' stands twice in the list",
      ),
    ],
    [
      'with a process that has no module',
      list('{name: p}', "4:5: processes[0]: the key 'module' is missing; expected the module of its class"),
    ],
    [
      'with a process whose module has no class',
      list(
        '{name: p, module: ./odd.mjs}',
        "4:5: processes[0]: './odd.mjs' exports no single class that extends Process; it exports none; name one with 'class'",
      ),
    ],
    [
      'with a process whose class is not there',
      list(
        '{name: p, module: ./odd.mjs, class: Odd}',
        "4:41: processes[0].class: './odd.mjs' exports no class 'Odd' that extends Process; it exports none",
      ),
    ],
  ])('%s', (_what, broken) => refuses(broken));
});
