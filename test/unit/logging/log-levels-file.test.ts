import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigurationError } from '../../../src/errors/index.ts';
import { LogLevels, logLevelFiles, parseLogLevels, readLogLevels } from '../../../src/logging/index.ts';

/** The error that `text` is refused with. */
function refusal(text: string): ConfigurationError {
  try {
    parseLogLevels(text, 'f.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the text was not refused');
}

describe('parseLogLevels()', () => {
  test.each<[what: string, text: string, entries: Record<string, string>]>([
    ['a map', 'root: info\nexchange.inbox: debug\n', { root: 'info', 'exchange.inbox': 'debug' }],
    ['every level', 'a: silent\nb: error\nc: warn\nd: info\ne: debug', expectAll()],
    ['JSON', '{"exchange": "warn"}', { exchange: 'warn' }],
    [
      'quotes and comments',
      '# levels\n\'app.ship.hello-2\': "warn" # loud\n',
      { 'app.ship.hello-2': 'warn' },
    ],
    ['names beyond ASCII', 'process.Größe$1: debug', { 'process.Größe$1': 'debug' }],
    ['Windows line ends', 'root: warn\r\nexchange: debug\r\n', { root: 'warn', exchange: 'debug' }],
    ['a byte order mark', '\uFEFFroot: warn\n', { root: 'warn' }],
    ['a name that objects have', 'constructor: warn\n', { constructor: 'warn' }],
    ['an empty file', '', {}],
    ['only comments', '# root: info\n\n', {}],
    ['an empty map', '{}', {}],
  ])('reads %s', (_what, text, entries) => {
    expect(parseLogLevels(text, 'f.yaml')).toEqual(entries);
  });

  function expectAll(): Record<string, string> {
    return { a: 'silent', b: 'error', c: 'warn', d: 'info', e: 'debug' };
  }

  test.each<[what: string, text: string, message: string]>([
    ['a list', '- exchange', "1:1: expected a map of room to level, such as 'exchange: debug', found a list"],
    ['a word', '\ndebug', "2:1: expected a map of room to level, such as 'exchange: debug', found 'debug'"],
    ['a number', '7', '1:1: expected a map of room to level'],
    ['null', '~', '1:1: expected a map of room to level'],
    [
      'a misspelt level',
      'root: wran',
      "1:7: root: expected a level (silent, error, warn, info, debug), found 'wran'; did you mean warn?",
    ],
    [
      'a level in capitals',
      'a: info\nroot: DEBUG',
      "2:7: root: expected a level (silent, error, warn, info, debug), found 'DEBUG'; did you mean debug?",
    ],
    ["another logger's level", 'root: trace', "found 'trace'; did you mean debug?"],
    ['off', 'root: off', "found 'off'; did you mean silent?"],
    [
      'a level like no other',
      'root: louder',
      "1:7: root: expected a level (silent, error, warn, info, debug), found 'louder'",
    ],
    [
      'an empty level',
      "root: ''",
      "1:7: root: expected a level (silent, error, warn, info, debug), found ''",
    ],
    [
      'no level',
      'root:\nexchange: info',
      '1:6: root: expected a level (silent, error, warn, info, debug), found nothing',
    ],
    [
      'a number as level',
      'root: 3',
      '1:7: root: expected a level (silent, error, warn, info, debug), found the number 3',
    ],
    ['a boolean as level', 'root: true', 'found the boolean true'],
    ['a list as level', 'root: [info]', '1:7: root: expected a level, found a list'],
    [
      'a nested map',
      'exchange:\n  inbox: debug',
      "2:3: exchange: expected a level, found a map; maps are not nested: write 'exchange.inbox: …'",
    ],
    ['an empty nested map', 'exchange: {}', '1:11: exchange: expected a level, found a map'],
    ['the same room twice', 'app: info\napp: debug', "2:1: the key 'app' stands twice in this map"],
    [
      'a name with blanks',
      'a: info\ntwo words: info',
      '2:1: expected a path of names with dots between them, such as exchange.inbox, found "two words"',
    ],
    ['a dot at the end', 'exchange.: info', '1:1: expected a path of names'],
    ['a star', '"exchange.*": info', '1:1: expected a path of names'],
    ['an empty name', "'': info", '1:1: expected a path of names'],
    ['something below root', 'root.exchange: info', "1:1: nothing is below 'root': write 'exchange'"],
    ['a tab', 'exchange:\n\tinbox: info', '2:1: not valid YAML: '],
    ['broken YAML', 'root: "info', '1:12: not valid YAML: '],
    ['a second document', 'a: info\n---\nb: info', '2:1: a second document begins here'],
    ['an alias', 'a: &x info\nb: *x', '2:4: aliases such as *x are not supported'],
    ['a merge key', 'a: info\n<<: {b: info}', "2:1: merge keys ('<<') are not supported"],
    ['__proto__', '__proto__: info', "1:1: '__proto__' cannot be a key"],
    ['a binary file', 'ELF\u0000\u0001', '1:4: found the control character U+0000; expected text'],
  ])('refuses %s, with its place', (_what, text, message) => {
    expect(refusal(text).message).toContain(message);
    expect(refusal(text).message).toMatch(/^f\.yaml:\d+:\d+: /);
    expect(refusal(text).code).toBe('ConfigurationError');
  });

  test('tells everything at once', () => {
    const error = refusal('a: info\nb: loud\nc d: info\ne: []\n');
    expect(error.message).toContain('f.yaml:2:4: b: ');
    expect(error.message).toContain('(and 2 more)');
    expect(error.details).toMatchObject({
      file: 'f.yaml',
      problems: [
        { line: 2, column: 4, key: 'b' },
        { line: 3, column: 1, key: 'c d' },
        { line: 4, column: 4, key: 'e' },
      ],
    });
  });

  test('a text is either levels that LogLevels takes, or refused as configuration', () => {
    const word = fc.constantFrom(
      'root',
      'a.b',
      'info',
      'warn',
      ': ',
      '\n',
      '[',
      '{',
      '- ',
      "'",
      '*',
      '\t',
      '#',
      '&x',
    );
    const anything = fc.oneof(
      fc.string(),
      fc.array(word).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          new LogLevels(parseLogLevels(text, 'f.yaml'));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ConfigurationError' });
        }
      }),
    );
  });
});

describe('readLogLevels()', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ioncore-levels-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  }

  test('entries of a later file go over those of an earlier one', async () => {
    const paths = [
      await file('loglevels.yaml', 'root: info\nexchange: warn\n'),
      await file('loglevels.local.yaml', 'exchange: debug\napp.hello: silent\n'),
    ];
    await expect(readLogLevels(paths)).resolves.toEqual({
      root: 'info',
      exchange: 'debug',
      'app.hello': 'silent',
    });
  });

  test('files that are not there are passed over', async () => {
    const there = await file('there.yaml', 'root: warn');
    const paths = [join(directory, 'none.yaml'), there, join(there, 'below-a-file.yaml')];
    await expect(readLogLevels(paths)).resolves.toEqual({ root: 'warn' });
    await expect(readLogLevels([])).resolves.toEqual({});
  });

  test('an error names the file it is in', async () => {
    const good = await file('good.yaml', 'root: info');
    const bad = await file('bad.yaml', 'root: loud');
    await expect(readLogLevels([good, bad])).rejects.toThrow(`${bad}:1:7: root: expected a level`);
  });

  test('refuses 2 MiB', async () => {
    const path = await file('large.yaml', `root: info\n#${' '.repeat(2 * 1024 * 1024)}`);
    await expect(readLogLevels([path])).rejects.toThrow(`${path}: the file is over 1 MiB`);
  });

  test('refuses bytes that are not UTF-8', async () => {
    const path = await file('latin.yaml', Uint8Array.of(0x61, 0xfc, 0x3a));
    await expect(readLogLevels([path])).rejects.toThrow(`${path}: found bytes that are not UTF-8`);
  });

  test('refuses a directory', async () => {
    const path = join(directory, 'folder.yaml');
    await mkdir(path);
    await expect(readLogLevels([path])).rejects.toThrow(`${path}: expected a file, found a directory`);
  });

  test('refuses a link that leads nowhere', async () => {
    const path = join(directory, 'link.yaml');
    await symlink(join(directory, 'gone.yaml'), path);
    await expect(readLogLevels([path])).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${path}: there is no such file`,
    });
  });

  test('refuses a file that may not be read', async () => {
    const path = await file('secret.yaml', 'root: info');
    await chmod(path, 0o000);
    // The superuser reads everything.
    if (process.getuid?.() === 0) await expect(readLogLevels([path])).resolves.toEqual({ root: 'info' });
    else await expect(readLogLevels([path])).rejects.toThrow(`${path}: the file may not be read`);
  });

  test('the file that is shipped is sound and leaves the levels to the program', async () => {
    expect(logLevelFiles[0]).toBe('res/logging/loglevels.yaml');
    await expect(readLogLevels(logLevelFiles.slice(0, 1))).resolves.toEqual({});
  });
});
