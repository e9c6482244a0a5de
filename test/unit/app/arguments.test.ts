import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mergeArguments } from '../../../src/app/arguments.ts';
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
