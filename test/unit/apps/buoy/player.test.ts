import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Player, type PlayerParts, playerDefaults } from '../../../../src/apps/buoy/player.ts';
import { formatSentence } from '../../../../src/apps/buoy/sentence.ts';
import type { PublishOutcome } from '../../../../src/index.ts';
import { eventually, turns } from '../../../../src/testing/eventually.ts';
import { fakeEnv } from '../../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../../src/testing/recording-logger.ts';
import { AppFolder } from '../../../support/app-folder.ts';

let folder: AppFolder;
beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(() => folder.dispose());

/** A line of each, given without their beginnings and checksums. */
function lines(...texts: readonly string[]): string {
  return texts
    .map((text) => {
      const [formatter = '', ...fields] = text.split(',');
      return `${formatSentence({ talker: 'II', formatter, fields })}\r\n`;
    })
    .join('');
}

interface Told {
  readonly type: string;
  readonly content: Readonly<Record<string, number>>;
  readonly at: string | undefined;
}

async function playing(text: string, args: Partial<PlayerParts['args']> = {}) {
  const path = join(folder.path, 'log.nmea');
  await writeFile(path, text, 'latin1');
  const env = fakeEnv({ wallAt: Date.UTC(2026, 5, 1, 12) });
  const logger = recordingLogger();
  const told: Told[] = [];
  const abort = new AbortController();
  let answer = async (): Promise<PublishOutcome> => 'confirmed';
  const player = new Player({
    args: { source: { kind: 'file', path }, factor: Number.POSITIVE_INFINITY, repeat: false, ...args },
    env,
    logger,
    publish: ({ event, content }, at) => {
      told.push({ type: event.type, content, at: at?.toISOString() });
      return answer();
    },
  });
  const answers = (fn: typeof answer) => {
    answer = fn;
  };
  return { player, env, told, abort, answers, messages: () => logger.lines.map(({ message }) => message) };
}

describe('Player#play()', () => {
  test('publishes what usable lines tell, and counts each of the others with its reason', async () => {
    const { player, told, abort } = await playing(
      `${lines(
        'HDT,10,T',
        'ZDA,095559,01,06,2014,,',
        'VTG,20,T,,M,36,Q,,K',
        'VTG,20,T,,M,,N,36,K',
        'HDT,,T',
        'XTE,A,A,,R,N,D',
      )}$IIHDT,10,T*00\r\nnoise\r\n$IIHDT,10,T`,
    );
    await player.play(abort.signal);
    expect(told).toEqual([
      { type: 'sensor.heading.true', content: { headingDeg: 10 }, at: undefined },
      { type: 'sensor.course', content: { courseDeg: 20 }, at: '2014-06-01T09:55:59.000Z' },
      { type: 'sensor.speed.ground', content: { speedMps: 10 }, at: '2014-06-01T09:55:59.000Z' },
    ]);
    expect(player.account.content()).toEqual({
      lines: 9,
      usable: 2,
      unusable: {
        'time only': 1,
        malformed: 2,
        empty: 1,
        'unknown sentence': 1,
        checksum: 1,
        'no checksum': 1,
      },
      published: { 'sensor.heading.true': 1, 'sensor.course': 1, 'sensor.speed.ground': 1 },
      unpublished: {},
      underway: 0,
      hasEnded: true,
    });
  });

  test('a reading has the time that its own sentence tells', async () => {
    const { player, told, abort } = await playing(lines('GLL,6005.071,N,02332.346,E,095559,A,D'));
    await player.play(abort.signal);
    expect(told[0]?.at).toBe('2026-06-01T09:55:59.000Z');
  });

  test('counts what the broker has not taken by what it said, and warns once of each', async () => {
    const { player, abort, answers, messages } = await playing(
      lines('HDT,10,T', 'HDT,11,T', 'HDT,12,T', 'HDM,13,M'),
    );
    const outcomes: PublishOutcome[] = ['confirmed', 'unroutable', 'unroutable'];
    answers(async () => {
      const outcome = outcomes.shift();
      if (outcome === undefined) throw new TypeError('no way');
      return outcome;
    });
    await player.play(abort.signal);
    expect(player.account.content()).toMatchObject({
      published: { 'sensor.heading.true': 1 },
      unpublished: { unroutable: 2, rejected: 1 },
      underway: 0,
    });
    expect(messages().filter((message) => message.includes('not taken'))).toHaveLength(2);
  });

  test('reads no further than the readings underway allow, and ends when all outcomes are known', async () => {
    const { player, abort, answers, told } = await playing(lines(...Array(2000).fill('HDT,10,T')));
    const waiting: ((outcome: PublishOutcome) => void)[] = [];
    answers(() => new Promise((resolve) => waiting.push(resolve)));
    let hasEnded = false;
    const played = player.play(abort.signal).then(() => {
      hasEnded = true;
    });
    const most = playerDefaults.maxUnderway + 1;
    await eventually(() => told.length === most);
    await turns();
    expect(told).toHaveLength(most);
    expect(player.account.content()).toMatchObject({ lines: most, underway: most, hasEnded: false });
    for (const settle of waiting.splice(0, most - 1)) settle('confirmed');
    await eventually(() => told.length === 2000);
    await turns();
    expect(hasEnded).toBe(false);
    for (const settle of waiting) settle('confirmed');
    await played;
    expect(player.account.content()).toMatchObject({ lines: 2000, underway: 0 });
  });

  test('keeps the pace of the recording', async () => {
    const { player, env, told, abort } = await playing(
      lines('ZDA,095559,01,06,2014,,', 'HDT,1,T', 'ZDA,095601,01,06,2014,,', 'HDT,2,T'),
      { factor: 2 },
    );
    const played = player.play(abort.signal);
    await eventually(() => told.length === 1 && env.pendingTimers() === 1);
    await env.advance(999);
    expect(told).toHaveLength(1);
    await env.advance(1);
    await played;
    expect(told.map(({ at }) => at)).toEqual(['2014-06-01T09:55:59.000Z', '2014-06-01T09:56:01.000Z']);
  });

  test('ends when the signal aborts, and has accounted for what it has published', async () => {
    const { player, env, told, abort } = await playing(
      lines('ZDA,095559,01,06,2014,,', 'HDT,1,T', 'ZDA,095601,01,06,2014,,', 'HDT,2,T'),
      { factor: 1 },
    );
    const played = player.play(abort.signal);
    await eventually(() => told.length === 1 && env.pendingTimers() === 1);
    abort.abort();
    await played;
    expect(env.pendingTimers()).toBe(0);
    expect(player.account.content()).toMatchObject({ lines: 2, usable: 1, unusable: { 'time only': 1 } });
  });

  test('begins again at the end where it is to repeat, at the same pace, until it is stopped', async () => {
    const { player, env, told, abort, messages } = await playing(
      lines('ZDA,095559,01,06,2014,,', 'HDT,1,T', 'ZDA,095600,01,06,2014,,'),
      { factor: 1, repeat: true },
    );
    const played = player.play(abort.signal);
    for (let round = 1; round <= 3; round++) {
      await eventually(() => told.length === round && env.pendingTimers() === 1);
      await env.advance(1000);
    }
    expect(messages()).toContain('the source begins again');
    abort.abort();
    await played;
    expect(player.account.content().lines).toBeGreaterThanOrEqual(9);
  });

  test('does not repeat a file without lines', async () => {
    const { player, abort } = await playing('', { repeat: true });
    await player.play(abort.signal);
    expect(player.account.content()).toMatchObject({ lines: 0 });
  });

  test('rejects if the file cannot be read', async () => {
    const source = { kind: 'file', path: join(folder.path, 'none.log') } as const;
    const { player, abort } = await playing('', { source });
    await expect(player.play(abort.signal)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('lets others have their turn, however fast the source is', async () => {
    const { player, abort } = await playing('', { source: { kind: 'simulator' } });
    const played = player.play(abort.signal);
    await turns();
    abort.abort();
    await played;
    const { lines: read, usable, unusable } = player.account.content();
    expect(read).toBeGreaterThan(0);
    expect(Object.values(unusable).reduce((sum, count) => sum + count, usable)).toBe(read);
  });
});
