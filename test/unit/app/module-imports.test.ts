import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ModuleImports } from '../../../src/app/module-imports.ts';
import { AppFolder } from '../../support/app-folder.ts';

let folder: AppFolder;
let url: string;
let tokens: string[];
let closed: number;

/** Fresh copies are told apart by the token that they are loaded with. */
const watchModules = () => ({
  importer: (token: string) => async () => {
    tokens.push(token);
    return { token };
  },
  close: () => {
    closed += 1;
  },
});

beforeEach(async () => {
  folder = await AppFolder.make();
  url = pathToFileURL(await folder.write('x.mjs', 'export const one = 1;\n')).href;
  tokens = [];
  closed = 0;
});
afterEach(() => folder.dispose());

describe('ModuleImports', () => {
  test('loads plainly, as often as it is asked', async () => {
    const imports = new ModuleImports('p', watchModules);
    const first = await imports.of('x.app')(url);
    expect(await imports.of('x.app')(url)).toBe(first);
    expect(first).toMatchObject({ one: 1 });
    await folder.write('x.mjs', 'export const one = 111;\n');
    expect(await imports.of('x.app')(url)).toBe(first);
    expect(tokens).toEqual([]);
    imports.close();
    expect(closed).toBe(0);
  });

  test('loads anew what could not be loaded, each time', async () => {
    const imports = new ModuleImports('p', watchModules);
    for (let count = 0; count < 3; count += 1) {
      await imports.of('x.app')(url);
      imports.failed('x.app', 'load');
    }
    expect(tokens).toEqual(['p-1', 'p-2']);
    // The last copy was good.
    await imports.of('other.app')(url);
    expect(tokens).toHaveLength(2);
    imports.close();
    expect(closed).toBe(1);
  });

  test('loads anew what could not be started only if it has changed, and stays with that copy', async () => {
    const imports = new ModuleImports('p', watchModules);
    await imports.of('x.app')(url);
    imports.failed('x.app', 'start');
    await imports.of('x.app')(url);
    expect(tokens).toEqual([]);
    await folder.write('x.mjs', 'export const one = 111;\n');
    await imports.of('x.app')(url);
    await imports.of('x.app')(url);
    expect(tokens).toEqual(['p-1', 'p-1']);
    imports.failed('x.app', 'start');
    await imports.of('x.app')(url);
    expect(tokens).toEqual(['p-1', 'p-1', 'p-1']);
  });

  test('loads plainly where nobody may hook in, as in Jest', async () => {
    const imports = new ModuleImports('p');
    await imports.of('x.app')(url);
    imports.failed('x.app', 'load');
    expect(await imports.of('x.app')(url)).toMatchObject({ one: 1 });
  });
});
