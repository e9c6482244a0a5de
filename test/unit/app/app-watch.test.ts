import { rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AppControl, AppWatch } from '../../../src/app/app-watch.ts';
import { stampOf } from '../../../src/app/file-stamp.ts';
import { AppLibrary, Planner, type StartStep } from '../../../src/app/index.ts';
import type { LoadedFile } from '../../../src/app/watch-hook.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { AppFolder } from '../../support/app-folder.ts';

let folder: AppFolder;
let watch: AppWatch;

const env = fakeEnv();
const directories = new Map<string, () => void>();
let notes: string[];
let logger: ReturnType<typeof recordingLogger>;
let tokens: string[];
let loaded: (file: LoadedFile) => void;
let control: AppControl;

beforeEach(async () => {
  folder = await AppFolder.make();
  await folder.write('good.mjs', '1');
  await folder.write('lib/dep.mjs', '1');
  [notes, tokens, logger] = [[], [], recordingLogger()];
  control = {
    stop: async (instance) => void notes.push(`stop ${instance}`),
    start: async ({ instance, step }) => {
      notes.push(`start ${instance}`);
      begin(instance, step);
      watch.started(instance);
    },
  };
  watch = new AppWatch({
    env,
    logger,
    control: { stop: (instance) => control.stop(instance), start: (...given) => control.start(...given) },
    watchModules: (_prefix, onLoaded) => {
      loaded = onLoaded;
      return {
        importer: (token) => {
          tokens.push(token);
          return async () => ({});
        },
        close: () => void notes.push('close modules'),
      };
    },
    watchDirectory: (directory, onChange) => {
      directories.set(directory, onChange);
      return { close: () => void directories.delete(directory) };
    },
  });
});
afterEach(async () => {
  watch.close();
  await folder.dispose();
});

async function step(name: string): Promise<StartStep> {
  const library = new AppLibrary([]);
  const plan = await new Planner({ library }).app(await library.app(await folder.app(name, './good.mjs')));
  const [first] = plan.steps;
  if (first === undefined) throw new Error('no step');
  return first;
}

/** Begins a start which loads good.mjs and `more`. */
function begin(instance: string, started: StartStep, more: readonly string[] = [], isCommonJs = false): void {
  watch.begin(instance, started);
  for (const name of ['good.mjs', ...more]) report(name, isCommonJs);
}

function report(name: string, isCommonJs = false): void {
  const file = folder.file(name);
  loaded({ token: tokens.at(-1) ?? '', file, stamp: stampOf(file), isCommonJs });
}

async function run(name: string, more: readonly string[] = []): Promise<void> {
  begin(name, await step(name), more);
  watch.started(name);
  // What the first look at a directory finds is over.
  await env.advance(100);
}

/** Writes a file, as an editor does, and says that something happened there. */
async function save(name: string, text: string): Promise<void> {
  const file = folder.file(name);
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
  touch(name);
}

function touch(name: string): void {
  for (const [directory, onChange] of directories) {
    if (folder.file(name).slice(0, folder.file(name).lastIndexOf('/')) === directory) onChange();
  }
}

describe('AppWatch', () => {
  test('restarts an app when a file of it is replaced and nothing has happened for 100 ms', async () => {
    await run('hello', ['lib/dep.mjs']);
    await save('lib/dep.mjs', '22');
    await env.advance(99);
    expect(notes).toEqual([]);
    touch('lib/dep.mjs');
    await env.advance(99);
    expect(notes).toEqual([]);
    await env.advance(1);
    expect(notes).toEqual(['stop hello', 'start hello']);
    expect(logger.lines[0]).toEqual({
      level: 'info',
      message: 'restarting app',
      fields: { app: 'hello', changed: folder.file('lib/dep.mjs') },
    });
    await env.advance(1_000);
    expect(notes).toHaveLength(2);
  });

  test('restarts an app when its .app file is written, by each start under a token of its own', async () => {
    await run('hello');
    await folder.app('hello', './good.mjs', "version: '1.0.0'\n");
    touch('hello.app');
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'start hello']);
    expect(new Set(tokens).size).toBe(2);
  });

  test('starts an app again that has ended by itself, and was kept for that', async () => {
    await run('hello');
    watch.keep('hello');
    watch.ended('hello');
    await save('good.mjs', '22');
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'start hello']);
    // It is kept for one end only.
    watch.ended('hello');
    await save('good.mjs', '333');
    await env.advance(100);
    expect(notes).toHaveLength(2);
  });

  test('restarts an app as it was configured last', async () => {
    await run('hello');
    const steps: StartStep[] = [];
    control.start = async ({ step: given }) => void steps.push(given);
    watch.configured('hello', { ...(await step('hello')), configured: { a: 1 } });
    await save('good.mjs', '22');
    await env.advance(100);
    expect(steps).toMatchObject([{ configured: { a: 1 } }]);
  });

  test('restarts nothing for other files, files that are read or gone, and other apps', async () => {
    await run('hello', ['lib/dep.mjs']);
    await run('other');
    await folder.write('lib/stranger.mjs', '1');
    await rm(folder.file('lib/dep.mjs'));
    touch('lib/dep.mjs');
    touch('good.mjs');
    await env.advance(100);
    expect(notes).toEqual([]);
    await save('lib/dep.mjs', '1');
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'start hello']);
  });

  test('notices a change that came before the directory was watched', async () => {
    begin('hello', await step('hello'));
    const file = await folder.write('deep/late.mjs', '1');
    const stamp = stampOf(file);
    await writeFile(file, '22');
    loaded({ token: tokens.at(-1) ?? '', file, stamp, isCommonJs: false });
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'start hello']);
  });

  test('restarts several apps that share a file one after the other, in the order of their start', async () => {
    await run('base');
    await run('top');
    await save('good.mjs', '22');
    await env.advance(100);
    expect(notes).toEqual(['stop base', 'start base', 'stop top', 'start top']);
  });

  test('leaves one that fails stopped, says why, and starts it at the next change', async () => {
    await run('hello', ['lib/dep.mjs']);
    const { start } = control;
    control = {
      ...control,
      start: async ({ instance, step: again }) => {
        // It fails before it loads dep.mjs.
        begin(instance, again);
        watch.ended(instance);
        throw new SyntaxError('no');
      },
    };
    await save('good.mjs', '22');
    await env.advance(100);
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'app could not be restarted; it is started when its files change again',
      fields: { app: 'hello', error: expect.objectContaining({ message: 'no' }) },
    });
    control = { ...control, start };
    await save('lib/dep.mjs', '333');
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'stop hello', 'start hello']);
  });

  test('gives up a restart that hangs when a file changes again', async () => {
    await run('hello');
    const { start, stop } = control;
    let giveUp: (reason: unknown) => void = () => undefined;
    control = {
      stop: async (instance) => {
        giveUp(new Error('given up'));
        await stop(instance);
      },
      start: ({ instance, step: again }) => {
        begin(instance, again);
        return new Promise<void>((_resolve, reject) => {
          giveUp = reject;
        }).catch(async (error) => {
          await turns();
          notes.push('given up');
          throw error;
        });
      },
    };
    await save('good.mjs', '22');
    await env.advance(100);
    control = { ...control, start };
    await save('good.mjs', '333');
    await env.advance(100);
    await turns(20);
    expect(notes).toEqual(['stop hello', 'stop hello', 'given up', 'start hello']);
    expect(logger.lines.map(({ level }) => level)).toEqual(['info', 'info']);
  });

  test('forgets files that a new start does not load', async () => {
    await run('hello', ['lib/dep.mjs']);
    await save('good.mjs', '22');
    await env.advance(100);
    await turns();
    await save('lib/dep.mjs', '22');
    await env.advance(100);
    expect(notes).toEqual(['stop hello', 'start hello']);
    expect([...directories.keys()]).toEqual([folder.path]);
  });

  test('forgets an app that has ended, and closes what it watched', async () => {
    await run('hello');
    watch.ended('hello');
    expect([...directories.keys()]).toEqual([]);
    await run('other');
    watch.close();
    expect([[...directories.keys()], notes]).toEqual([[], ['close modules']]);
  });

  test('warns of a CommonJS module, which Node keeps', async () => {
    begin('hello', await step('hello'), [], true);
    watch.started('hello');
    await env.advance(100);
    await save('good.mjs', '22');
    await env.advance(100);
    expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn a CommonJS module has changed, which Node loads only once; start the container anew',
      'info restarting app',
    ]);
  });

  test('goes on when a directory cannot be watched, with a warning', async () => {
    const failing = new AppWatch({
      env,
      logger,
      control,
      watchModules: () => ({ importer: () => async () => ({}), close: () => undefined }),
      watchDirectory: () => {
        throw new Error('too many');
      },
    });
    failing.begin('hello', await step('hello'));
    failing.close();
    expect(logger.lines[0]).toMatchObject({
      level: 'warn',
      message: 'changes in a directory will not be noticed',
      fields: { directory: folder.path },
    });
  });
});
