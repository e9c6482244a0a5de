import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConflictError } from '../../../src/errors/index.ts';
import type { EventPosition } from '../../../src/exchange/index.ts';
import { CheckpointSaver, type CheckpointSaverParts } from '../../../src/process/checkpoint-saver.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { type FakeEnv, fakeEnv } from '../../../src/testing/fake-env.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';

let env: FakeEnv;
let logger: RecordingLogger;
let position: EventPosition | undefined;
let saved: EventPosition[];
let conflicts: unknown[];
/** Replaced by a test whose store is slow or fails. */
let save: () => Promise<void>;
let saver: CheckpointSaver;

async function start(options: Partial<CheckpointSaverParts> = {}): Promise<CheckpointSaver> {
  const made = new CheckpointSaver({
    store: {
      load: async () => undefined,
      save: async (_key, next) => {
        await save();
        saved.push(next);
      },
    },
    options: { key: 'feet', everyInputs: 3, everyMs: 1_000 },
    resumedAt: undefined,
    env,
    logger,
    subscription: () => ({
      position,
      stats: { received: 0, handled: 0, failed: 0, dropped: 0, waiting: 0 },
    }),
    onConflict: (error) => conflicts.push(error),
    ...options,
  });
  await made.initialize();
  await made.activate();
  return made;
}

function comeTo(offset: number): void {
  position = { offset, index: 0 };
  saver.progressed();
}

beforeEach(async () => {
  env = fakeEnv();
  logger = recordingLogger();
  position = undefined;
  saved = [];
  conflicts = [];
  save = async () => undefined;
  saver = await start();
});
afterEach(async () => {
  if (saver.state === 'ACTIVE') await saver.terminate();
});

describe('CheckpointSaver', () => {
  test('CheckpointSaver#progressed() saves after so many inputs, what is done when the turn is over', async () => {
    comeTo(1);
    comeTo(2);
    await turns();
    expect(saved).toEqual([]);
    comeTo(3);
    position = { offset: 3, index: 4 };
    await turns();
    expect(saved).toEqual([{ offset: 3, index: 5 }]);
  });

  test('CheckpointSaver saves after so long, and nothing when nothing was done', async () => {
    comeTo(1);
    await env.advance(999);
    expect(saved).toEqual([]);
    await env.advance(1);
    expect(saved).toEqual([{ offset: 1, index: 1 }]);
    await env.advance(5_000);
    expect(saved).toHaveLength(1);
    position = { offset: 9, index: 0 };
    await env.advance(1_000);
    expect(saved).toEqual([
      { offset: 1, index: 1 },
      { offset: 9, index: 1 },
    ]);
  });

  test('CheckpointSaver saves once at a time, and what came meanwhile next', async () => {
    let release: () => void = () => undefined;
    save = () => new Promise((resolve) => (release = resolve));
    for (let offset = 0; offset < 9; offset += 1) comeTo(offset);
    await env.advance(3_000);
    save = async () => undefined;
    release();
    await env.advance(0);
    expect(saved).toEqual([{ offset: 8, index: 1 }]);
    for (let offset = 9; offset < 12; offset += 1) comeTo(offset);
    await turns();
    expect(saved).toHaveLength(2);
  });

  test('CheckpointSaver#terminate() saves a last time, after a save that is underway, and leaves no timer', async () => {
    let release: () => void = () => undefined;
    save = () => new Promise((resolve) => (release = resolve));
    for (let offset = 0; offset < 3; offset += 1) comeTo(offset);
    await turns();
    position = { offset: 7, index: 2 };
    const ended = saver.terminate();
    await turns();
    expect(saved).toEqual([]);
    save = async () => undefined;
    release();
    await ended;
    expect(saved).toEqual([
      { offset: 2, index: 1 },
      { offset: 7, index: 3 },
    ]);
    expect(env.pendingTimers()).toBe(0);
  });

  test('CheckpointSaver tries again what could not be saved, and tells it once, and when it works again', async () => {
    save = () => Promise.reject(new Error('the disk is full'));
    comeTo(1);
    await env.advance(4_000);
    expect(saved).toEqual([]);
    expect(logger.lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(/could not be saved/),
        fields: { checkpoint: 'feet' },
      },
    ]);
    save = async () => undefined;
    await env.advance(1_000);
    expect(saved).toEqual([{ offset: 1, index: 1 }]);
    expect(logger.lines.at(-1)).toMatchObject({ level: 'info', fields: { failures: 4 } });
  });

  test('CheckpointSaver tells when the key is somebody else’s, once, and saves no more', async () => {
    const conflict = new ConflictError('it is ship.2’s');
    let tries = 0;
    save = () => {
      tries += 1;
      return Promise.reject(conflict);
    };
    comeTo(1);
    await env.advance(1_000);
    comeTo(2);
    await env.advance(5_000);
    await saver.terminate();
    expect(conflicts).toEqual([conflict]);
    expect(tries).toBe(1);
    expect(logger.lines).toEqual([]);
  });
});
