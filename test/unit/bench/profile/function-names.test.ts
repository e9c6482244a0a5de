import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { functionNames } from '../../../../bench/profile/function-names.ts';
import { sourceMapLocator } from '../../../../bench/profile/source-maps.ts';

const root = `${mkdtempSync(join(tmpdir(), 'function-names-'))}/`;
const urlOf = (path: string) => pathToFileURL(join(root, path)).href;

const source = `export class Table<
  Row,
> extends Base {
  #rows = [];

  constructor() {
    super();
  }
  // Takes one more.
  async add(row) {
    const check = () => row;
    return check();
  }

  #grow() {}

  get size() {
    return this.#rows.length;
  }

  static of() {}
}

const helper = () => 1;

class Slot {
  next = null;
}

export class Wide
  extends Slot
  implements Row
{
  turn() {}
}
const bare = class extends Slot {
  turn() {}
};
`;
const lines = source.split('\n');

beforeAll(() => {
  for (const directory of ['src', 'dist']) mkdirSync(join(root, directory));
  writeFileSync(join(root, 'src/table.ts'), source);
  writeFileSync(join(root, 'dist/plain.js'), source);
  // Two places in the bundle's first line: columns 0 and 4 are lines 24 (helper) and 10 (add) of the source.
  const map = { version: 3, sources: ['../src/table.ts'], names: [], mappings: 'AAuBA,IAdE' };
  writeFileSync(join(root, 'dist/main.js.map'), JSON.stringify(map));
});
afterAll(() => rmSync(root, { recursive: true }));

const nameOf = (functionName: string, url = '', lineNumber = -1, columnNumber = -1) =>
  functionNames(root, sourceMapLocator())({ functionName, url, lineNumber, columnNumber });

test.each([
  ['add', 'async add', 'Table#add'],
  ['#grow', '#grow', 'Table#grow'],
  ['get size', 'get size', 'Table#size'],
  ['of', 'static of', 'Table.of'],
  ['Table', 'constructor', 'new Table'],
  ['Slot', 'class Slot', 'new Slot'],
  ['<instance_members_initializer>', 'class Slot', 'new Slot'],
  ['turn', 'turn', 'Wide#turn'],
  ['check', 'const check', 'check dist/plain.js:11'],
  ['', 'const check', '(anonymous) dist/plain.js:11'],
  ['helper', 'const helper', 'helper dist/plain.js:24'],
])('functionNames() of %s at %s is %s', (functionName, begins, name) => {
  const line = lines.findIndex((text) => text.trimStart().startsWith(begins));

  expect(nameOf(functionName, urlOf('dist/plain.js'), line, 2)).toBe(name);
});

test('functionNames() does not take a class without a name for one', () => {
  expect(nameOf('turn', urlOf('dist/plain.js'), lines.lastIndexOf('  turn() {}'), 2)).toBe(
    'turn dist/plain.js:37',
  );
});

test('functionNames() names the sources that a bundle was made of', () => {
  const bundle = urlOf('dist/main.js');

  expect(nameOf('helper', bundle, 0, 0)).toBe('helper src/table.ts:24');
  expect(nameOf('add', bundle, 0, 7)).toBe('Table#add');
});

test.each([
  ['(garbage collector)', '', -1, 'garbage collector'],
  ['(program)', '', -1, 'native code outside functions'],
  ['writev', '', -1, 'writing to sockets'],
  ['writeUtf8String', '', -1, 'writing to sockets'],
  ['now', '', -1, 'now, native'],
  ['check_0', '', 2, 'check_0, made at run time'],
  ['promiseInitHook', 'node:internal/async_hooks', 318, 'promiseInitHook node:internal/async_hooks'],
  [
    'encode',
    'file:///srv/node_modules/amqplib/lib/codec.js',
    9,
    'encode node_modules/amqplib/lib/codec.js:10',
  ],
])('functionNames() of %s in "%s" is %s', (functionName, url, line, name) => {
  expect(nameOf(functionName, url, line, 0)).toBe(name);
});
