import { describe, expect, test } from '@jest/globals';
import { parseAppFile, parseAppSource } from '../../../src/app/app-file.ts';

const app = (items: string) => `type: application\nname: a\nmod: ./a.mjs\napplications:\n${items}\n`;
const ANY = { version: undefined, remote: false, services: undefined, timeoutMs: undefined };

/** `line:column: message` of everything that is wrong; the items begin at line 5. */
function problems(items: string): readonly string[] {
  return parseAppSource(app(items), 'a.app').problems.map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );
}

describe('applications of a .app file', () => {
  test.each<[item: string, requirement: object]>([
    ['hello', { name: 'hello' }],
    ['hello@^1.2', { name: 'hello', version: '^1.2' }],
    ['hello@1.2.0', { name: 'hello', version: '1.2.0' }],
    ['hello@>=1.2 <2', { name: 'hello', version: '>=1.2 <2' }],
    ['ship.hello-2@ ^1.2', { name: 'ship.hello-2', version: '^1.2' }],
    ["{name: hello, version: '1.x || ^2.1'}", { name: 'hello', version: '1.x || ^2.1' }],
    ['{name: hello, remote: true}', { name: 'hello', remote: true }],
    [
      '{name: store, remote: true, services: [store, store.log], timeoutMs: 500}',
      { name: 'store', remote: true, services: ['store', 'store.log'], timeoutMs: 500 },
    ],
  ])('take %s', (item, requirement) => {
    expect(parseAppFile(app(`  - ${item}`), 'a.app').applications).toEqual([{ ...ANY, ...requirement }]);
  });

  test('take both forms in one list', () => {
    const { applications } = parseAppFile(app('  [a@^1, b, {name: c}]'), 'a.app');
    expect(applications.map(({ name, version }) => [name, version])).toEqual([
      ['a', '^1'],
      ['b', undefined],
      ['c', undefined],
    ]);
  });

  const RANGE = "a range of versions such as '^1.2'";
  const NAME = 'a name of letters, digits, _ and -, in parts with dots between them';

  test.each<[what: string, item: string, ...messages: string[]]>([
    ['a range that is none', 'b@^one', `5:5: applications[0]: expected ${RANGE} after the @, found '^one'`],
    ['an empty range', 'b@', `5:5: applications[0]: expected ${RANGE} after the @, found ''`],
    ['a tag of npm', 'b@latest', `5:5: applications[0]: expected ${RANGE} after the @, found 'latest'`],
    ['no name', "'@^1.2'", `5:5: applications[0]: expected ${NAME}, found the text ''`],
    [
      'a name that is none and a range that is none',
      "'b c@x y'",
      `5:5: applications[0]: expected ${RANGE} after the @, found 'x y'`,
      `5:5: applications[0]: expected ${NAME}, found the text 'b c'`,
    ],
    [
      'a number',
      '5',
      "5:5: applications[0]: expected the name of an app, hello or hello@^1.2, or a map such as {name: hello, remote: true}, found the number 5; quote it: '5'",
    ],
    [
      'a list',
      '[b]',
      '5:5: applications[0]: expected the name of an app, hello or hello@^1.2, or a map such as {name: hello, remote: true}, found a list',
    ],
    ['an empty map', '{}', "5:5: applications[0]: the key 'name' is missing; expected the name of an app"],
    [
      'a misspelt key',
      '{name: b, verison: ^1}',
      "5:15: applications[0]: unknown key 'verison'; did you mean 'version'?",
    ],
    [
      'a version that is a number',
      '{name: b, version: 1.2}',
      `5:24: applications[0].version: expected ${RANGE}, found the number 1.2; quote it: '1.2'`,
    ],
    [
      'a version that is no range',
      '{name: b, version: newest}',
      `5:24: applications[0].version: expected ${RANGE}, found the text 'newest'`,
    ],
    [
      'remote that is text',
      '{name: b, remote: yes, timeoutMs: 5}',
      "5:23: applications[0].remote: expected true or false, found the text 'yes'",
    ],
    [
      'services and time without remote',
      '{name: b, services: [c], timeoutMs: 5}',
      "5:25: applications[0].services: only an app of another container is waited for; add 'remote: true'",
      "5:41: applications[0].timeoutMs: only an app of another container is waited for; add 'remote: true'",
    ],
    [
      'time of one that is not remote',
      '{name: b, remote: false, timeoutMs: 5}',
      "5:41: applications[0].timeoutMs: only an app of another container is waited for; add 'remote: true'",
    ],
    [
      'a version of one that is remote',
      '{name: b, remote: true, version: ^1}',
      '5:38: applications[0].version: the version of an app in another container is not known here; remove this, or remote',
    ],
    [
      'no services',
      '{name: b, remote: true, services: []}',
      '5:39: applications[0].services: expected a list of at least one service, found an empty list',
    ],
    [
      'a service that is none, and one twice',
      "{name: b, remote: true, services: [c, 'd e', c]}",
      `5:43: applications[0].services[1]: expected ${NAME}, found the text 'd e'`,
      "5:50: applications[0].services[2]: 'c' stands twice in the list",
    ],
    [
      'a time of 0',
      '{name: b, remote: true, timeoutMs: 0}',
      '5:40: applications[0].timeoutMs: expected a whole number of at least 1, found the number 0',
    ],
  ])('refuse %s', (_what, item, ...messages) => {
    expect(problems(`  - ${item}`)).toEqual(messages);
  });

  test('refuse an app twice, in whatever form', () => {
    expect(problems('  - b@^1\n  - {name: b, remote: true}\n  - c\n  - c@1.x')).toEqual([
      "6:5: applications[1]: 'b' stands twice in the list",
      "8:5: applications[3]: 'c' stands twice in the list",
    ]);
  });

  test('keep the places of the others when one is wrong', () => {
    const { definition } = parseAppSource(app('  - 5\n  - {}\n  - c'), 'a.app');
    expect(definition?.applications.map(({ name }) => name)).toEqual(['', '', 'c']);
  });

  test('hold no range that is none, so that nobody looks for it', () => {
    const { definition } = parseAppSource(app('  - b@newest\n  - {name: c, version: newest}'), 'a.app');
    expect(definition?.applications.map(({ version }) => version)).toEqual([undefined, undefined]);
  });
});
