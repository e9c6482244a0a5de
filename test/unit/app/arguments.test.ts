import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changeOf, mergeArguments, patchArguments, transferChange } from '../../../src/app/arguments.ts';
import { AppFolder } from '../../support/app-folder.ts';
import { makeApps, notingModule } from './bed.ts';

describe('mergeArguments()', () => {
  test('the strongest layer that has an argument gives its whole value', () => {
    const merged = mergeArguments({
      own: { a: 'own', b: 'own', c: 'own', d: 'own' },
      file: { b: 'file', c: 'file', d: { from: 'file', kept: true } },
      release: { c: 'release', d: { from: 'release' } },
      override: { d: 'override' },
    });
    expect(merged).toEqual({ a: 'own', b: 'file', c: 'release', d: 'override' });
    expect(Object.isFrozen(merged)).toBe(true);
  });

  test('lists and maps are taken whole, not merged', () => {
    const merged = mergeArguments({ own: { m: { a: 1 }, l: [1, 2] }, release: { m: { b: 2 }, l: [3] } });
    expect(merged).toEqual({ m: { b: 2 }, l: [3] });
  });

  test('without any layer there are none', () => {
    expect(mergeArguments({})).toEqual({});
  });
});

describe('patchArguments()', () => {
  test('sets, takes away what is null, leaves what is undefined, and goes no deeper', () => {
    const patched = patchArguments(
      { a: 1, b: 1, c: 1, d: null, e: { x: 1, y: 1 } },
      { a: 2, b: null, c: undefined, e: { x: null }, f: [], g: null },
    );
    expect(patched).toEqual({ a: 2, c: 1, d: null, e: { x: null }, f: [] });
    expect(Object.isFrozen(patched)).toBe(true);
  });
});

describe('changeOf()', () => {
  test('tells what changed, was added and is gone', () => {
    expect(changeOf({ a: 1, b: [1, { c: 1 }], d: 1 }, { a: 2, b: [1, { c: 1 }], e: 1 })).toEqual({
      changed: { a: 2 },
      added: { e: 1 },
      removed: ['d'],
    });
  });

  test('is undefined where nothing does', () => {
    expect(changeOf({ a: 1, b: [1, { c: 1 }] }, { b: [1, { c: 1 }], a: 1 })).toBeUndefined();
  });
});

describe('transferChange()', () => {
  test('leaves what was given to these arguments themselves', () => {
    const before = { a: 1, b: 1, c: 1, d: 1 };
    const change = changeOf(before, { a: 2, b: 2, e: 2, f: 2 });
    expect(change && transferChange(change, before, { a: 1, b: 'own', c: 1, d: 'own', f: 'own' })).toEqual({
      a: 2,
      b: 'own',
      d: 'own',
      e: 2,
      f: 'own',
    });
  });
});

describe('ION 34: apparg_<name> beats the arguments of the release, which beat those of the app file', () => {
  let folder: AppFolder;
  beforeEach(async () => {
    folder = await AppFolder.make();
    await folder.write('noting.mjs', notingModule);
    await folder.app(
      'hello',
      '[./noting.mjs, [one], {mod: mod, file: mod, rel: mod, cli: mod}]',
      'args: {file: file, rel: file, cli: file}\n',
    );
    await folder.write(
      'fleet.rel',
      'type: release\nname: fleet\napps: [{name: hello, args: {rel: rel, cli: rel}}]\n',
    );
  });
  afterEach(() => folder.dispose());

  const expected = { mod: 'mod', file: 'file', rel: 'rel', cli: 'cli' };
  const overrides = { hello: { cli: 'cli' }, other: { mod: 'not for us' } };

  test('in a release', async () => {
    const { apps, logger } = await makeApps({ argumentOverrides: overrides });
    await apps.startRelease(folder.file('fleet.rel'));
    const started = logger.lines.find(({ message }) => message === 'start hello');
    expect(started?.fields).toEqual({
      room: 'hello',
      app: 'hello',
      startType: 'permanent',
      args: expected,
      positional: ['one'],
    });
  });

  test('in a call that starts the app', async () => {
    const { apps, logger } = await makeApps({ argumentOverrides: overrides });
    await apps.start(folder.file('hello.app'), { args: { rel: 'rel', cli: 'rel' } });
    expect(logger.lines.find(({ message }) => message === 'start hello')?.fields.args).toEqual(expected);
  });

  test('for an app that another one needs, whose own arguments are not its', async () => {
    const { apps, logger } = await makeApps({ argumentOverrides: overrides });
    await folder.app('top', './noting.mjs', 'applications: [hello]\n');
    await apps.start(folder.file('top.app'), { args: { rel: 'of top' } });
    const argsOf = (app: string) =>
      logger.lines.find(({ message }) => message === `start ${app}`)?.fields.args;
    expect(argsOf('hello')).toEqual({ mod: 'mod', file: 'file', rel: 'file', cli: 'cli' });
    expect(argsOf('top')).toEqual({ rel: 'of top' });
  });
});
