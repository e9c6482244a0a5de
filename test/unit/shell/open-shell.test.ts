import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { allDocs } from '../../../src/shell/helper-doc.ts';
import { helpers } from '../../../src/shell/open-shell.ts';
import { shellBed } from './bed.ts';

const docs = allDocs(helpers);

describe('helpers', () => {
  test('have ION’s names', () => {
    const names = helpers.map(({ name }) => name);
    const ions = 'info ps ms svc send rpc_send spawn kill ping mping makeprocess get_proc';
    for (const name of ions.split(' ')) expect(names).toContain(name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(docs)('$name is documented', ({ name, signature, summary, examples }) => {
    expect(signature.startsWith(name)).toBe(true);
    expect(summary).toMatch(/^[A-Z][^\n]{10,90}[^.]$/);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(example).toContain(name);
  });

  test('stand in docs/shell.md as help() lists them', async () => {
    const document = await readFile('docs/shell.md', 'utf8');
    const listed = [...document.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, signature, summary]) => [
      signature,
      summary,
    ]);
    expect(listed).toEqual(docs.map(({ signature, summary }) => [signature, summary]));
  });
});

describe('openShell()', () => {
  test('offers every helper under its name, functions with that name too', async () => {
    const { container, shell } = await shellBed();
    expect(Object.keys(shell.bound)).toEqual(helpers.map(({ name }) => name));
    expect(shell.bound.rpc_send).toHaveProperty('name', 'rpc_send');
    await container.stop();
  });

  test('knows the promises of its helpers from others', async () => {
    const { container, shell } = await shellBed();
    const { mping } = shell.bound;
    if (typeof mping !== 'function') throw new Error('mping is no function');
    const promise: unknown = mping([]);
    expect(shell.isHelperPromise(promise)).toBe(true);
    expect(shell.isHelperPromise(Promise.resolve())).toBe(false);
    expect([undefined, null, 5].some(shell.isHelperPromise)).toBe(false);
    await promise;
    await container.stop();
  });
});
