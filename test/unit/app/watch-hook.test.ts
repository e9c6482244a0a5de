import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { initialize, resolve } from '../../../src/app/watch-hook.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { projectRoot } from '../../support/cli.ts';

const { port1, port2 } = new MessageChannel();
let folder: AppFolder;

beforeAll(async () => {
  folder = await AppFolder.make();
  for (const name of ['', 'node_modules/sonar/', 'packages/linked/']) {
    await folder.write(`${name}package.json`, '{}');
    await folder.write(`${name}lib/part.mjs`, '');
  }
  await folder.write('main.mjs', '');
  await initialize({ port: port2, prefix: 'mine' });
});
afterAll(async () => {
  port1.close();
  await folder.dispose();
});

const url = (file: string) => `${pathToFileURL(folder.path).href}/${file}`;

/** What becomes of an import which Node resolves to `found`, and what is told of it. */
async function resolved(
  found: string,
  importedBy: string | undefined,
  format: 'module' | 'commonjs' = 'module',
) {
  const context = { conditions: [], importAttributes: {}, importAssertions: {}, parentURL: importedBy };
  const result = await resolve(found, context, async () => ({ url: found, format }));
  const told = receiveMessageOnPort(port1)?.message;
  return { url: result.url.replace(url(''), ''), told };
}

describe('the watch hook', () => {
  test('hands the token of a module on to those of its package, and tells of them', async () => {
    expect(await resolved(url('lib/part.mjs'), url('main.mjs?ioncore-watch=mine-1'))).toEqual({
      url: 'lib/part.mjs?ioncore-watch=mine-1',
      told: {
        token: 'mine-1',
        file: folder.file('lib/part.mjs'),
        stamp: expect.stringMatching(/^\d+ 0 [\d.]+$/),
        isCommonJs: false,
      },
    });
  });

  test('keeps what else the URL says', async () => {
    const { url: marked } = await resolved(url('lib/part.mjs?raw=1'), url('main.mjs?ioncore-watch=mine-1'));
    expect(marked).toBe('lib/part.mjs?raw=1&ioncore-watch=mine-1');
  });

  test('tells of the module that a start begins with, and of CommonJS', async () => {
    const { told } = await resolved(url('main.mjs?ioncore-watch=mine-2'), undefined, 'commonjs');
    expect(told).toMatchObject({ token: 'mine-2', file: folder.file('main.mjs'), isCommonJs: true });
  });

  test.each<[what: string, found: () => string, by: () => string]>([
    [
      'an installed package',
      () => url('node_modules/sonar/lib/part.mjs'),
      () => url('main.mjs?ioncore-watch=mine-1'),
    ],
    [
      'another package',
      () => url('packages/linked/lib/part.mjs'),
      () => url('main.mjs?ioncore-watch=mine-1'),
    ],
    [
      'the container, be it in the same package',
      () => pathToFileURL(`${projectRoot}/dist/index.js`).href,
      () => `${pathToFileURL(projectRoot).href}/test/unit/app/bed.ts?ioncore-watch=mine-1`,
    ],
    ['a module of Node', () => 'node:fs', () => url('main.mjs?ioncore-watch=mine-1')],
    ['what nobody watches', () => url('lib/part.mjs'), () => url('main.mjs')],
    [
      'the business of another container',
      () => url('lib/part.mjs'),
      () => url('main.mjs?ioncore-watch=other-1'),
    ],
  ])('leaves %s alone', async (_what, found, by) => {
    expect(await resolved(found(), by())).toEqual({ url: found().replace(url(''), ''), told: undefined });
  });
});
