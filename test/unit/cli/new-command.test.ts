import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runNew } from '../../../src/cli/new-command.ts';
import { writeProject } from '../../../src/cli/new-directory.ts';
import { renderTemplate } from '../../../src/cli/new-template.ts';

const root = join(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let directory = '';
let stdout = '';
const world = {
  stdout: { write: (text: string) => (stdout += text) },
  version: String(manifest.version),
};

beforeEach(() => {
  stdout = '';
  directory = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'new-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const make = (name: string, place: string) =>
  runNew({ command: 'new', kind: 'service', name, directory: place }, world);

/** The files below a directory, with what they hold. */
function contents(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true }).map(String);
  const files = paths.filter((path) => !/(^|[\\/])(node_modules|package-lock\.json)/.test(path));
  return Object.fromEntries(
    files
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

describe('runNew()', () => {
  test('writes what stands in examples/greeter', async () => {
    const place = join(directory, 'greeter');
    expect(await make('greeter', place)).toBe(0);
    expect(contents(place)).toEqual(contents(join(root, 'examples/greeter')));
  });

  test('tells what it made and what comes next', async () => {
    await make('nav.tides', join(directory, 'here'));
    expect(stdout).toBe(
      [
        `made the service 'nav.tides' in ${join(directory, 'here')}:`,
        '  .gitignore',
        '  README.md',
        '  nav.tides.app',
        '  package.json',
        '  src/nav.tides.ts',
        '  test/nav.tides.test.ts',
        '  tsconfig.json',
        '',
        'next:',
        `  cd ${join(directory, 'here')}`,
        '  npm install',
        '  npm test',
        '  npm start',
        '',
      ].join('\n'),
    );
  });

  test('leaves no placeholder, and asks for the tools that this version was tried with', async () => {
    await make('nav.tides', directory);
    for (const text of Object.values(contents(directory))) expect(text).not.toMatch(/\{\{|\}\}\s*from|__/);
    const made = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const { typescript, tsx, '@types/node': node } = manifest.devDependencies;
    expect(made.dependencies).toEqual({ ioncore: `^${manifest.version}`, tsx });
    expect(made.devDependencies).toEqual({ '@types/node': node, typescript });
    expect(made.engines).toEqual(manifest.engines);
  });

  test('refuses a directory that holds anything, and a file, and touches neither', async () => {
    writeFileSync(join(directory, 'log.txt'), 'dear');
    await expect(make('tides', directory)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `${directory} is there and not empty: it holds 'log.txt'; choose another place with --directory DIR, or move it away`,
    });
    await expect(make('tides', join(directory, 'log.txt'))).rejects.toThrow(
      /log\.txt is no directory; choose/,
    );
    expect([contents(directory), stdout]).toEqual([{ 'log.txt': 'dear' }, '']);
  });

  test('takes an empty directory and a repository that has just been made', async () => {
    mkdirSync(join(directory, '.git'));
    await make('tides', directory);
    expect(readdirSync(directory)).toContain('tides.app');
  });

  test('makes nothing for a name that no service can have', async () => {
    const place = join(directory, 'x');
    await expect(make('a b', place)).rejects.toThrow(/is not a name/);
    expect(existsSync(place)).toBe(false);
  });
});

describe('writeProject()', () => {
  const files = [
    { path: 'a.txt', text: 'a' },
    { path: 'src/b.txt', text: 'b' },
    // A file where the next one needs a folder: writing fails.
    { path: 'a.txt/c.txt', text: 'c' },
  ];

  test('takes away what it wrote when it cannot write all, and the directories that it made', async () => {
    const place = join(directory, 'deep', 'place');
    await expect(writeProject(place, files)).rejects.toThrow(`${place} cannot be written: `);
    expect(readdirSync(directory)).toEqual([]);
    mkdirSync(join(directory, '.git'));
    await expect(writeProject(directory, files)).rejects.toMatchObject({ code: 'ConfigurationError' });
    expect(readdirSync(directory)).toEqual(['.git']);
  });

  test('refuses a directory that it cannot look into', async () => {
    const place = join(directory, 'x'.repeat(300));
    await expect(writeProject(place, files)).rejects.toThrow(
      /cannot be looked into: .*; choose another place/,
    );
  });
});

describe('renderTemplate()', () => {
  test('puts values into paths and texts, as they are', async () => {
    mkdirSync(join(directory, 'src'));
    writeFileSync(join(directory, 'src', '__name__.ts.template'), '{{name}} { {{name}} } $x {{ y }}');
    writeFileSync(join(directory, 'dot-ignore.template'), '');
    expect(await renderTemplate(directory, { name: '$&x' })).toEqual([
      { path: '.ignore', text: '' },
      { path: join('src', '$&x.ts'), text: '$&x { $&x } $x {{ y }}' },
    ]);
  });

  test('refuses a value that there is not, and a template that there is not', async () => {
    writeFileSync(join(directory, 'a.template'), '{{nome}}');
    await expect(renderTemplate(directory, { name: 'x' })).rejects.toThrow(
      /a\.template: there is no value 'nome'/,
    );
    await expect(renderTemplate(join(directory, 'none'), {})).rejects.toThrow(/install it anew/);
  });
});
