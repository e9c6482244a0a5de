import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectRoot } from '../support/cli.ts';

/** The scripts of the bundle. */
const scripts = readdirSync(join(projectRoot, 'dist'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.js'))
  .map((file) => ({ file, text: readFileSync(join(projectRoot, 'dist', file), 'utf8') }));

test('every class has the name that its author gave it, however the bundle calls it', () => {
  const nameless: string[] = [];
  const names: string[] = [];
  for (const { text } of scripts) {
    const named = new Map(
      [...text.matchAll(/Object\.defineProperty\((\w+), "name", \{ value: "(\w+)"/g)].map(
        ([, variable, name]) => [variable, name],
      ),
    );
    for (const [, variable = ''] of text.matchAll(/\bvar (\w+) = class\b/g)) {
      const name = named.get(variable);
      if (name === undefined) nameless.push(variable);
      else names.push(name);
    }
  }
  expect(nameless).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining(['Container', 'ContainerError', 'ServiceProcess', 'Codec', 'Publisher']),
  );
});

test('the functions by which a stack tells what is ours are called as in src/container/stack.ts', () => {
  const pattern = /const ownFrame = \/\\b\(([\w|]+)\)/.exec(
    readFileSync('src/container/stack.ts', 'utf8'),
  )?.[1];
  const functions = pattern?.split('|') ?? [];
  expect(functions).not.toEqual([]);
  expect(functions.filter((name) => !scripts.some(({ text }) => text.includes(`function ${name}(`)))).toEqual(
    [],
  );
});

test('no script has a sign beyond Latin-1, for which Node would keep all of it in two bytes per sign', () => {
  const wide = /[\u0100-\u{10ffff}]/u;
  expect(scripts.filter(({ text }) => wide.test(text)).map(({ file }) => file)).toEqual([]);
});
