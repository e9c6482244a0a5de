import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAppFile, readAppFile } from '../../../src/app/app-file.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';

const MINIMAL = 'type: application\nname: hello\nmod: ./hello.ts\n';

/** The error that `text` is refused with. */
function refusal(text: string): ConfigurationError {
  try {
    parseAppFile(text, 'res/apps/x.app');
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the text was not refused');
}

const problemsOf = (error: ConfigurationError): unknown => error.details?.problems;

describe('parseAppFile()', () => {
  test('reads every key', () => {
    const text = `# An app
type: application
name: ship.hello-2
version: '0.1.0'
description: |
  Greets
  whoever calls
mod: [./hello.ts, [one, 2], {greeting: Hello}]
modules: [./hello.ts, ./bye.ts]
registered:
  - hello
  - bye
applications: [clock]
config: {level: {deep: [1.5, true, null]}}
args: {times: 3}
`;
    expect(parseAppFile(text, 'a/b.app')).toEqual({
      file: 'a/b.app',
      name: 'ship.hello-2',
      version: '0.1.0',
      description: 'Greets\nwhoever calls\n',
      mod: { module: './hello.ts', positionalArgs: ['one', 2], keywordArgs: { greeting: 'Hello' } },
      modules: ['./hello.ts', './bye.ts'],
      registered: ['hello', 'bye'],
      applications: [{ name: 'clock', remote: false }],
      startPhases: [],
      config: { level: { deep: [1.5, true, null] } },
      args: { times: 3 },
    });
  });

  test('fills in what may be left out', () => {
    expect(parseAppFile(MINIMAL, 'x.app')).toEqual({
      file: 'x.app',
      name: 'hello',
      version: undefined,
      description: undefined,
      mod: { module: './hello.ts', positionalArgs: [], keywordArgs: {} },
      modules: [],
      registered: [],
      applications: [],
      startPhases: [],
      config: {},
      args: {},
    });
  });

  test.each([
    ['JSON with comments', '# c\n{"type": "application", "name": "hello", # here too\n "mod": "./hello.ts"}'],
    ['a byte order mark', `\uFEFF${MINIMAL}`],
    ['CRLF line ends', MINIMAL.replaceAll('\n', '\r\n')],
    ['document marks', `---\n${MINIMAL}...\n`],
    ['core tags', MINIMAL.replace('hello\n', '!!str hello\n')],
    ['no line feed at the end', MINIMAL.trimEnd()],
  ])('takes %s', (_what, text) => {
    expect(parseAppFile(text, 'x.app')).toEqual(parseAppFile(MINIMAL, 'x.app'));
  });

  test('freezes the definition all the way down', () => {
    const definition = parseAppFile(`${MINIMAL}args: {a: [{b: 1}]}\nmodules: [m]`, 'x.app');
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(definition)).toBe(true);
  });

  test('evaluates nothing', () => {
    const { args } = parseAppFile(
      `${MINIMAL}args: {env: "$HOME", js: "process.exit(1)", yes: yes, on: on}`,
      'x.app',
    );
    expect(args).toEqual({ env: '$HOME', js: 'process.exit(1)', yes: 'yes', on: 'on' });
  });
});

describe('parseAppFile() refuses', () => {
  const args = (yaml: string) => `${MINIMAL}args:\n  ${yaml}\n`;
  const set = (line: string) =>
    `${MINIMAL.replace(new RegExp(`^${line.split(':')[0]}:.*\n`, 'm'), '')}${line}\n`;

  test.each([
    ['an empty file', '', "1:1: expected a map of keys such as 'type: application', found nothing"],
    ['only comments', '# nothing\n', '1:1: expected a map of keys such as'],
    ['a list', '- type: application\n', '1:1: expected a map of keys such as .*, found a list'],
    ['a text', 'hello world\n', ".*, found the text 'hello world'"],
    [
      'a misspelt key',
      `type: application\nname: hello\n\nmodul: ./hello.ts\nmod: x\n`,
      "4:1: unknown key 'modul'; did you mean 'mod'\\?",
    ],
    [
      'an unknown key',
      `${MINIMAL}processapp: [a, b, c]\n`,
      "4:1: unknown key 'processapp'; expected one of type, name, version",
    ],
    ['no type', 'name: hello\nmod: x\n', "1:1: the key 'type' is missing; expected 'application'"],
    [
      'no name',
      'type: application\nmod: x\n',
      "1:1: the key 'name' is missing; expected the name of the app",
    ],
    [
      'no mod',
      'type: application\nname: hello\n',
      "1:1: the key 'mod' is missing; expected the module of the app",
    ],
    ['another type', set('type: release'), "3:7: type: expected 'application', found the text 'release'"],
    [
      'a name with a space',
      set("name: 'he llo'"),
      "3:7: name: expected a name of letters.*, found the text 'he llo'",
    ],
    ['a name with ~', set('name: ~hello'), "name: expected a name of letters.*, found the text '~hello'"],
    ['an empty part of a name', set('name: a..b'), "found the text 'a..b'"],
    ['a name that is nothing', set('name: ~'), 'name: expected a name of .*, found nothing'],
    [
      'a name that is a number',
      set('name: 007'),
      "name: expected a name of .*, found the number 007; quote it: '007'",
    ],
    ['a name that is a truth value', set('name: true'), "found the truth value true; quote it: 'true'"],
    [
      'a version that is a number',
      set('version: 1.10'),
      "4:10: version: expected text such as '1.2.3', found the number 1.10; quote it: '1.10'",
    ],
    [
      'a version of two parts',
      set("version: '1.2'"),
      "version: expected text such as '1.2.3', found the text '1.2'",
    ],
    [
      'a description that is a map',
      set('description: {a: 1}'),
      '4:14: description: expected text, found a map',
    ],
    ['an empty mod', set('mod: " "'), "mod: expected the module as text, or \\[module.*found the text ' '"],
    ['a mod that is a map', set('mod: {module: x}'), 'mod: expected the module as text, or .*, found a map'],
    ['a mod of no elements', set('mod: []'), 'mod: expected \\[module, .*, found a list of 0'],
    ['a mod of four elements', set('mod: [x, [], {}, 1]'), 'mod: expected \\[module, .*, found a list of 4'],
    [
      'a mod whose module is a number',
      set('mod: [1]'),
      "3:7: mod\\[0\\]: expected the module as text, found the number 1; quote it: '1'",
    ],
    [
      'positional arguments that are a map',
      set('mod: [x, {}]'),
      '3:10: mod\\[1\\]: expected a list, found a map',
    ],
    [
      'keyword arguments that are a list',
      set('mod: [x, [], []]'),
      'mod\\[2\\]: expected a map, found a list',
    ],
    ['modules that are text', set('modules: x'), "modules: expected a list, found the text 'x'"],
    [
      'a module that is a number',
      set('modules: [a, 2]'),
      "4:14: modules\\[1\\]: expected text, found the number 2; quote it: '2'",
    ],
    [
      'registered names that are none',
      set("registered: ['a b']"),
      "registered\\[0\\]: expected a name of .*, found the text 'a b'",
    ],
    [
      'an app listed twice',
      set('applications: [a, b, a]'),
      "4:22: applications\\[2\\]: 'a' stands twice in the list",
    ],
    ['applications left empty', set('applications:'), 'applications: expected a list, found nothing'],
    ['config that is a list', set('config: []'), 'config: expected a map, found a list'],
    ['args that are a number', set('args: 5'), 'args: expected a map, found the number 5$'],
    ['a duplicate key', `${MINIMAL}name: other\n`, "4:1: the key 'name' stands twice in this map"],
    ['a duplicate key inside', args('{a: 1, "a": 2}'), "5:10: the key 'a' stands twice in this map"],
    [
      'a merge key',
      args('<<: {a: 1}'),
      "5:3: merge keys \\('<<'\\) are not supported; write the members out",
    ],
    [
      'an alias',
      args('{a: &x 1, b: *x}'),
      '5:16: aliases such as \\*x are not supported; write the value out',
    ],
    [
      'an alias bomb',
      args('{a: &a [1], b: &b [*a, *a], c: [*b, *b]}'),
      'aliases such as \\*a are not supported',
    ],
    [
      'an alias as key',
      args('{? &k x : 1, *k : 2}'),
      'not valid YAML: With stringKeys, all keys must be strings',
    ],
    ['__proto__', args('{__proto__: {admin: true}}'), "'__proto__' cannot be a key"],
    ['a key that is a list', args('{[a]: 1}'), 'not valid YAML: With stringKeys, all keys must be strings'],
    ['a tag of somebody’s own', args('a: !js/function "x"'), 'not valid YAML: Unresolved tag: !js/function'],
    ['a tag of YAML 1.1', args('a: !!binary aGk='), 'not valid YAML: Unresolved tag'],
    [
      'a directive',
      `%YAML 1.1\n---\n${MINIMAL}`,
      '1:1: directives such as %YAML 1.1 are not supported; remove the line',
    ],
    [
      'two documents',
      `${MINIMAL}---\n${MINIMAL}`,
      '4:.*a second document begins here; expected one document in the file',
    ],
    ['a tab as indentation', args('a:\n\t- 1'), '6:1: not valid YAML: Tabs are not allowed as indentation'],
    ['an open bracket', `${MINIMAL}args: {a: [1\n`, 'not valid YAML: Flow'],
    ['an open quote', `${MINIMAL}description: "x\n`, 'not valid YAML: Missing closing "quote'],
    ['binary data', `${MINIMAL}\u0000\u0001`, '4:1: found the control character U\\+0000; expected text'],
    [
      'a lone carriage return',
      'type: application\rname: hello',
      '1:18: found the control character U\\+000D',
    ],
    [
      'a number without end',
      args('a: .inf'),
      "5:6: .inf cannot be held exactly as a number; quote it: '.inf'",
    ],
    [
      'a number beyond 2^53',
      args('a: 12345678901234567890'),
      "12345678901234567890 cannot be held exactly .*quote it: '12345678901234567890'",
    ],
    [
      '65 levels, flow',
      args(`a: ${'['.repeat(63)}${']'.repeat(63)}`),
      'nested too deeply; expected at most 64 levels',
    ],
    [
      'a million levels, flow',
      '['.repeat(1_000_000),
      '1:\\d+: nested too deeply; expected at most 64 levels',
    ],
    ['many levels, block', '- '.repeat(500_000), '1:\\d+: nested too deeply; expected at most 64 levels'],
    [
      'many levels of maps',
      Array.from({ length: 900 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      'nested too deeply',
    ],
    ['many levels of keys', '? '.repeat(100_000), 'nested too deeply'],
    [
      'a megabyte of commas',
      `[${','.repeat(1_000_000)}`,
      'the text has too many parts for a file of this kind',
    ],
    ['a very long key', `${MINIMAL}${'k'.repeat(900)}: 1\n`, "unknown key 'k{60}…'; expected one of"],
  ])('%s', (_what, text, message) => {
    const error = refusal(text);
    expect(error.message).toMatch(new RegExp(`^res/apps/x\\.app:(?:\\d+:\\d+: )?.*${message}`));
    expect(error.message).toMatch(/^res\/apps\/x\.app:\d+:\d+: \S[^\n]*$/);
    expect(error.message.length).toBeLessThan(400);
  });

  test('nothing that is 64 levels deep', () => {
    const deep = `${MINIMAL}args: {a: ${'['.repeat(62)}${']'.repeat(62)}}\n`;
    expect(() => parseAppFile(deep, 'x.app')).not.toThrow();
  });

  test('a file with every problem at once, the first of the text in the message', () => {
    const error = refusal('name: 1\nversion: 1.10\nnmae: x\napplications: [a, a]\n');
    expect(error.code).toBe('ConfigurationError');
    expect(error.message).toMatch(/^res\/apps\/x\.app:1:1: the key 'type' is missing; .* \(and 5 more\)$/);
    expect(error.details).toMatchObject({ file: 'res/apps/x.app' });
    expect(problemsOf(error)).toEqual([
      expect.objectContaining({ line: 1, column: 1, key: 'type', found: 'nothing' }),
      expect.objectContaining({ line: 1, column: 1, key: 'mod', found: 'nothing' }),
      expect.objectContaining({ line: 1, column: 7, key: 'name', found: 'the number 1' }),
      {
        line: 2,
        column: 10,
        key: 'version',
        found: 'the number 1.10',
        expected: "text such as '1.2.3'",
        message: "version: expected text such as '1.2.3', found the number 1.10; quote it: '1.10'",
      },
      expect.objectContaining({
        line: 3,
        column: 1,
        key: 'nmae',
        message: "unknown key 'nmae'; did you mean 'name'?",
      }),
      expect.objectContaining({ line: 4, column: 19, key: 'applications[1]' }),
    ]);
  });

  test('anything else only with a ConfigurationError that names the place', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'{}[]:,-?&*!|>\'"%@`#~\n\t\r <='.split(''),
        'name: ',
        'mod:\n  ',
        '--- ',
        '...\n',
        '&a ',
        '*a',
        '!!int ',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, isAppended) => {
        const text = (isAppended ? MINIMAL : '') + pieces.join('');
        try {
          parseAppFile(text, 'x.app');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect(error).toMatchObject({ message: expect.stringMatching(/^x\.app:\d+:\d+: \S[^\n]*$/) });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('readAppFile()', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ioncore-app-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  }

  test('reads a file and names it in the definition', async () => {
    const path = await file('hello.app', MINIMAL);
    await expect(readAppFile(path)).resolves.toMatchObject({ file: path, name: 'hello' });
  });

  test('reads a file with a byte order mark', async () => {
    const path = await file('bom.app', `\uFEFF${MINIMAL}`);
    await expect(readAppFile(path)).resolves.toMatchObject({ name: 'hello' });
  });

  test('reads a file of just 1 MiB, and refuses a larger one', async () => {
    const padding = `#${' '.repeat(1024 * 1024 - MINIMAL.length - 1)}`;
    const path = await file('large.app', MINIMAL + padding);
    await expect(readAppFile(path)).resolves.toMatchObject({ name: 'hello' });
    const larger = await file('larger.app', `${MINIMAL}${padding} `);
    await expect(readAppFile(larger)).rejects.toThrow(`${larger}: the file is over 1 MiB`);
  });

  test('refuses a file that is not there', async () => {
    const path = join(directory, 'none.app');
    await expect(readAppFile(path)).rejects.toThrow(`${path}: there is no such file`);
    await expect(readAppFile(path)).rejects.toMatchObject({ code: 'ConfigurationError' });
  });

  test('refuses a path below a file', async () => {
    const path = join(await file('plain.app', MINIMAL), 'x.app');
    await expect(readAppFile(path)).rejects.toThrow(
      'there is no such file: a part of its path is not a directory',
    );
  });

  test('refuses a directory', async () => {
    const path = join(directory, 'folder.app');
    await mkdir(path);
    await expect(readAppFile(path)).rejects.toThrow(`${path}: expected a file, found a directory`);
  });

  test('refuses a pipe without waiting for its writer', async () => {
    const path = join(directory, 'pipe.app');
    execFileSync('mkfifo', [path]);
    await expect(readAppFile(path)).rejects.toThrow('expected a file, found a device, pipe or socket');
  });

  // The superuser may read everything.
  (process.getuid?.() === 0 ? test.skip : test)('refuses a file that may not be read', async () => {
    const path = await file('secret.app', MINIMAL);
    await chmod(path, 0);
    await expect(readAppFile(path)).rejects.toThrow(
      `${path}: the file may not be read; check its permissions`,
    );
  });

  test.each([
    ['Latin-1', Uint8Array.of(...Buffer.from('description: '), 0xe9, 0x0a)],
    ['UTF-16', new Uint8Array(Buffer.from(`\uFEFF${MINIMAL}`, 'utf16le'))],
  ])('refuses %s', async (what, content) => {
    const path = await file(`${what}.app`, content);
    await expect(readAppFile(path)).rejects.toThrow(
      `${path}: found bytes that are not UTF-8 text; save the file as UTF-8`,
    );
  });
});

test('readAppFile() takes every app file that we ship', async () => {
  await expect(readAppFile('res/apps/hello.app')).resolves.toMatchObject({ name: 'hello' });
});
