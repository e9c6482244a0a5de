import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resolveModule } from '../../../src/app/module-resolver.ts';
import { AppFolder } from '../../support/app-folder.ts';

let folder: AppFolder;

beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(() => folder.dispose());

/** Writes a package; `manifest` is its `package.json`, and each of `files` is an empty module. */
async function install(name: string, manifest: object, ...files: readonly string[]): Promise<void> {
  await folder.write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }));
  for (const file of files) await folder.write(`node_modules/${name}/${file}`, '');
}

const resolve = (specifier: string) => resolveModule(specifier, folder.file('hello.app'));
const inPackages = (file: string) => pathToFileURL(folder.file(`node_modules/${file}`)).href;

describe('resolveModule() finds', () => {
  test.each<[what: string, manifest: object, specifier: string, file: string]>([
    ['a package for `import` alone', { exports: { import: './m.js' } }, 'sonar', 'sonar/m.js'],
    ['its part', { exports: { './deep': { import: './m.js' } } }, 'sonar/deep', 'sonar/m.js'],
    [
      'what `import` gets where `require` gets another',
      { exports: { '.': { require: './c.cjs', import: './m.js' } } },
      'sonar',
      'sonar/m.js',
    ],
    ['what Node gets', { exports: { browser: './c.cjs', node: './m.js' } }, 'sonar', 'sonar/m.js'],
    [
      'what both may load, as Node prefers it',
      { exports: { 'module-sync': './m.js', import: './c.cjs' } },
      'sonar',
      'sonar/m.js',
    ],
    ['the default', { exports: './m.js' }, 'sonar', 'sonar/m.js'],
    ['a pattern', { exports: { './*': './*.js' } }, 'sonar/m', 'sonar/m.js'],
    ['main', { main: 'm.js' }, 'sonar', 'sonar/m.js'],
    ['any file of a package without exports', {}, 'sonar/m.js', 'sonar/m.js'],
  ])('%s', async (_what, manifest, specifier, file) => {
    await install('sonar', manifest, 'm.js', 'c.cjs');
    expect(await resolve(specifier)).toBe(inPackages(file));
  });

  test('a package with a scope, installed further up', async () => {
    await install('@ship/sonar', { exports: { import: './m.js' } }, 'm.js');
    expect(await resolveModule('@ship/sonar', folder.file('res/apps/hello.app'))).toBe(
      inPackages('@ship/sonar/m.js'),
    );
  });

  test('a name that the app’s own package gives a file', async () => {
    await folder.write(
      'package.json',
      JSON.stringify({ name: 'fleet', imports: { '#hello': './src/hello.js' } }),
    );
    const file = await folder.write('src/hello.js', '');
    expect(await resolve('#hello')).toBe(pathToFileURL(file).href);
  });
});

describe('resolveModule() refuses', () => {
  test.each([
    ['a part that is not exported', 'sonar/c', /Package subpath '\.\/c' is not defined by "exports"/],
    ['a package for `require` alone', 'old', /No "exports" main defined/],
    ['a part that is not there', 'plain/none.js', /Cannot find module '.*none\.js'/],
    ['a directory of a package', 'plain/lib', /Directory import '.*' is not supported/],
    [
      'a package that is not there',
      'none',
      /^no installed package provides it; for a file, write its path with \.\//,
    ],
    ['a module of Node', 'fs', /^'fs' is a module of Node, not of an app$/],
    ['a module of Node by its URL', 'node:fs', /^'node:fs' is a module of Node/],
    ['a module of the web', 'https://example.com/x.js', /is neither a file nor a package/],
    ['source text', 'data:text/javascript,export{}', /is neither a file nor a package/],
  ])('%s', async (_what, specifier, message) => {
    await install('sonar', { exports: { import: './m.js' } }, 'm.js', 'c.js');
    await install('old', { exports: { require: './c.cjs' } }, 'c.cjs');
    await install('plain', {}, 'lib/index.js');
    await expect(resolve(specifier)).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });
});
