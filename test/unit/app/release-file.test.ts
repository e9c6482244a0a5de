import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseReleaseFile, readReleaseFile } from '../../../src/app/index.ts';
import { bootOrder } from '../../../src/app/release-definition.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';

const MINIMAL = 'type: release\nname: fleet\napps: [{name: hello}]\n';
const ENTRY = {
  version: undefined,
  config: {},
  args: {},
  mult: false,
  startType: undefined,
  level: undefined,
};

function refusal(text: string): ConfigurationError {
  try {
    parseReleaseFile(text, 'x.rel');
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the text was not refused');
}

describe('parseReleaseFile()', () => {
  test('reads every key', () => {
    const text = `type: release
name: fleet
version: '1.2.3'
description: Ships
ioncore: '0.1.0'
apps:
  - name: hello
    version: '0.1.0-rc.1'
    level: 4
    config: { rpc: { timeoutMs: 5 } }
  - file: ../apps/example.app
    args: { place: deck }
    mult: true
    startType: transient
`;
    expect(parseReleaseFile(text, 'a/b.rel')).toEqual({
      file: 'a/b.rel',
      name: 'fleet',
      version: '1.2.3',
      description: 'Ships',
      ioncore: '0.1.0',
      apps: [
        { ...ENTRY, name: 'hello', version: '0.1.0-rc.1', level: 4, config: { rpc: { timeoutMs: 5 } } },
        {
          ...ENTRY,
          file: '../apps/example.app',
          args: { place: 'deck' },
          mult: true,
          startType: 'transient',
        },
      ],
    });
  });

  test('fills in what may be left out', () => {
    expect(parseReleaseFile(MINIMAL, 'x.rel')).toEqual({
      file: 'x.rel',
      name: 'fleet',
      apps: [{ ...ENTRY, name: 'hello' }],
    });
  });

  test('takes JSON with comments', () => {
    const json = '{"type": "release", "name": "fleet", # ships\n "apps": [{"name": "hello"}]}';
    expect(parseReleaseFile(json, 'x.rel')).toEqual(parseReleaseFile(MINIMAL, 'x.rel'));
  });

  test('freezes the definition all the way down', () => {
    const text = 'type: release\nname: fleet\napps: [{name: a, args: {b: [{c: 1}]}, config: {d: {}}}]\n';
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(parseReleaseFile(text, 'x.rel'))).toBe(true);
  });

  test('refuses anything else only with a ConfigurationError that names the place', () => {
    const piece = fc.oneof(
      fc.constantFrom(...'{}[]:,-?&*!|>\'"%@`#~\n '.split(''), 'name: ', 'apps:\n - ', 'level: ', 'mult: '),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseReleaseFile(MINIMAL + pieces.join(''), 'x.rel');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect(error).toMatchObject({ message: expect.stringMatching(/^x\.rel:\d+:\d+: \S[^\n]*$/) });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('parseReleaseFile() refuses', () => {
  const entry = (yaml: string) => `type: release\nname: fleet\napps:\n  - ${yaml}\n`;
  const also = (line: string) => `${MINIMAL}${line}\n`;

  test.each<[what: string, text: string, place: string, message: string]>([
    ['an empty file', '', '1:1', "expected a map of keys such as 'type: release', found nothing"],
    ['a list', '- hello\n', '1:1', "expected a map of keys such as 'type: release', found a list"],
    ['no type', 'name: fleet\napps: [{name: a}]\n', '1:1', "the key 'type' is missing; expected 'release'"],
    [
      'an app',
      'type: application\nname: a\napps: [{name: a}]\n',
      '1:7',
      "type: expected 'release', found the text 'application'",
    ],
    [
      'no name',
      'type: release\napps: [{name: a}]\n',
      '1:1',
      "the key 'name' is missing; expected the name of the release",
    ],
    [
      'a name with a blank',
      "type: release\nname: 'my fleet'\napps: [{name: a}]\n",
      '2:7',
      "name: expected a name of letters, digits, _ and -, in parts with dots between them, found the text 'my fleet'",
    ],
    [
      'no apps',
      'type: release\nname: fleet\n',
      '1:1',
      "the key 'apps' is missing; expected a list of at least one app such as {name: hello}",
    ],
    [
      'apps that are a map',
      'type: release\nname: fleet\napps: {name: hello}\n',
      '3:7',
      'apps: expected a list of at least one app such as {name: hello}, found a map',
    ],
    [
      'apps that are none',
      'type: release\nname: fleet\napps: []\n',
      '3:7',
      'apps: expected a list of at least one app such as {name: hello}, found an empty list',
    ],
    [
      'apps left empty',
      'type: release\nname: fleet\napps:\n',
      '3:6',
      'apps: expected a list of at least one app such as {name: hello}, found nothing',
    ],
    ['a misspelt key', also('descripton: x'), '4:1', "unknown key 'descripton'; did you mean 'description'?"],
    [
      'an unknown key',
      also('processes: []'),
      '4:1',
      "unknown key 'processes'; expected one of type, name, version, description, ioncore, apps",
    ],
    [
      'a version that is a number',
      also('version: 1.10'),
      '4:10',
      "version: expected text such as '1.2.3', found the number 1.10; quote it: '1.10'",
    ],
    [
      'a version that is a range',
      also("version: '^1.2.3'"),
      '4:10',
      "version: expected text such as '1.2.3', found the text '^1.2.3'",
    ],
    [
      'an ioncore version of two parts',
      also("ioncore: '0.1'"),
      '4:10',
      "ioncore: expected text such as '1.2.3', found the text '0.1'",
    ],
    [
      'a description that is a list',
      also('description: [a]'),
      '4:14',
      'description: expected text, found a list',
    ],
    [
      'an entry that is text',
      entry('hello'),
      '4:5',
      "apps[0]: expected a map such as {name: hello}, found the text 'hello'",
    ],
    ['an entry left empty', entry(''), '4:5', 'apps[0]: expected a map such as {name: hello}, found nothing'],
    [
      'an entry without name and file',
      entry('level: 3'),
      '4:5',
      "apps[0]: the key 'name' is missing; expected the name of an app, or 'file'",
    ],
    [
      'an entry with name and file',
      entry('{name: a, file: a.app}'),
      '4:5',
      "apps[0]: an entry has either 'name' or 'file'; remove one of them",
    ],
    [
      'a misspelt key of an entry',
      entry('{name: a, mutl: true}'),
      '4:15',
      "apps[0]: unknown key 'mutl'; did you mean 'mult'?",
    ],
    [
      'an unknown key of an entry',
      entry('{name: a, processapp: []}'),
      '4:15',
      "apps[0]: unknown key 'processapp'; expected one of name, file, version, config, args, mult, startType, level",
    ],
    [
      'a duplicate key of an entry',
      entry('{name: a, name: b}'),
      '4:15',
      "the key 'name' stands twice in this map",
    ],
    [
      'a name that is a path',
      entry('name: ./a'),
      '4:11',
      "apps[0].name: expected a name of letters, digits, _ and -, in parts with dots between them, found the text './a'",
    ],
    [
      'a name that is a number',
      entry('name: 7'),
      '4:11',
      "apps[0].name: expected a name of letters, digits, _ and -, in parts with dots between them, found the number 7; quote it: '7'",
    ],
    [
      'a file that is no app',
      entry('file: a.yaml'),
      '4:11',
      "apps[0].file: expected the path of a .app file, found the text 'a.yaml'",
    ],
    [
      'a file that is blank',
      entry("file: ' '"),
      '4:11',
      "apps[0].file: expected the path of a .app file, found the text ' '",
    ],
    [
      'an app version of one part',
      entry('{name: a, version: 1}'),
      '4:24',
      "apps[0].version: expected text such as '1.2.3', found the number 1; quote it: '1'",
    ],
    [
      'config that is a list',
      entry('{name: a, config: [1]}'),
      '4:23',
      'apps[0].config: expected a map, found a list',
    ],
    [
      'args that are text',
      entry('{name: a, args: x}'),
      '4:21',
      "apps[0].args: expected a map, found the text 'x'",
    ],
    [
      'a mult that is text',
      entry("{name: a, mult: 'true'}"),
      '4:21',
      "apps[0].mult: expected true or false, found the text 'true'",
    ],
    [
      'a mult that is yes',
      entry('{name: a, mult: yes}'),
      '4:21',
      "apps[0].mult: expected true or false, found the text 'yes'",
    ],
    [
      'a start type that is misspelt',
      entry('{name: a, startType: temporay}'),
      '4:26',
      "apps[0].startType: expected 'permanent' or 'transient' or 'temporary' or 'load' or 'none', found the text 'temporay'; did you mean 'temporary'?",
    ],
    [
      'a start type left empty',
      entry('{name: a, startType: }'),
      '4:26',
      "apps[0].startType: expected 'permanent' or 'transient' or 'temporary' or 'load' or 'none', found nothing",
    ],
    [
      'a level that is text',
      entry("{name: a, level: '4'}"),
      '4:22',
      "apps[0].level: expected a whole number of at least 0, found the text '4'",
    ],
    [
      'a level below 0',
      entry('{name: a, level: -1}'),
      '4:22',
      'apps[0].level: expected a whole number of at least 0, found the number -1',
    ],
    [
      'a level between two',
      entry('{name: a, level: 4.5}'),
      '4:22',
      'apps[0].level: expected a whole number of at least 0, found the number 4.5',
    ],
    [
      'a merge key',
      entry('{<<: {a: 1}, name: a}'),
      '4:6',
      "merge keys ('<<') are not supported; write the members out",
    ],
    [
      'an alias',
      'type: release\nname: fleet\napps: [&a {name: hello}, *a]\n',
      '3:26',
      'aliases such as *a are not supported; write the value out',
    ],
    [
      'an open bracket',
      'type: release\nname: fleet\napps: [{name: a}\n',
      '4:1',
      'not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ])('%s', (_what, text, place, message) => {
    const error = refusal(text);
    expect(error.message.replace(/ \(and \d+ more\)$/, '')).toBe(`x.rel:${place}: ${message}`);
  });

  test('a file with every problem at once', () => {
    const error = refusal('name: fleet\napps:\n  - level: x\n    naem: a\n  - 5\nverison: 1\n');
    expect(error.details?.problems).toMatchObject([
      { line: 1, column: 1, key: 'type' },
      { line: 3, column: 5, key: 'apps[0].name', found: 'nothing' },
      { line: 3, column: 12, key: 'apps[0].level', found: "the text 'x'" },
      { line: 4, column: 5, key: 'apps[0].naem' },
      { line: 5, column: 5, key: 'apps[1]', found: 'the number 5' },
      { line: 6, column: 1, key: 'verison' },
    ]);
  });
});

describe('readReleaseFile()', () => {
  test('takes every release that we ship', async () => {
    for (const name of ['hello', 'ioncore', 'example']) {
      await expect(readReleaseFile(`res/deploy/${name}.rel`)).resolves.toMatchObject({ name });
    }
  });

  test('ION 32: a file that is no release is a ConfigurationError', async () => {
    await expect(readReleaseFile('res/apps/hello.app')).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringMatching(
        /^res\/apps\/hello\.app:2:7: type: expected 'release', found the text 'application'$/,
      ),
    });
    await expect(readReleaseFile('res/deploy/none.rel')).rejects.toThrow(
      'res/deploy/none.rel: there is no such file',
    );
  });
});

describe('bootOrder()', () => {
  const order = (...levels: (number | undefined)[]) =>
    bootOrder(levels.map((level) => ({ level }))).map(({ index }) => index);

  test('goes by level, the lowest first, then as written', () => {
    expect(order(6, 4, 6, 4, 0)).toEqual([4, 1, 3, 0, 2]);
  });

  test('leaves an entry without a level behind the one written before it', () => {
    expect(order(undefined, 5, undefined, 4, undefined)).toEqual([0, 3, 4, 1, 2]);
  });

  test('without levels is as written', () => {
    expect(order(undefined, undefined, undefined)).toEqual([0, 1, 2]);
  });
});
