import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Container } from '../../src/index.ts';
import { AppFolder } from '../support/app-folder.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { countTypes, playBuoy, readingsOf, total } from '../support/buoy-play.ts';

/*
 * Two hours of a real boat: 116 000 sentences of NMEA 0183, which belong to others and are not part of the project. Where they are is said by the environment; by
 * default beside the project.
 */
const log = resolve(process.env.IONCORE_TEST_NMEA_LOG ?? '../shared/data/nmea/plaka.log');
const playMs = 240_000;

/** What stands in that file, counted without us: by kind of sentence (grep), and those of a kind whose fields are empty. */
const empty = { HDT: 14_500, HDM: 7250, VDR: 7250, MWD: 15, VWT: 15, VPW: 12 };
const unknown = { WCV: 7250, XTE: 7250, GSV: 7250 };
const usable = { VHW: 7250, VPW: 7238, VTG: 7250, MWV: 7235, VWT: 7235, MWD: 7235, DBT: 7250, GLL: 7250 };

let vhost: TestVhost;
let folder: AppFolder;
const containers: Container[] = [];

beforeAll(async () => {
  vhost = await makeTestVhost('buoy');
}, 60_000);
beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(async () => {
  for (const container of containers.splice(0).reverse()) await container.stop();
  await folder.dispose();
});
afterAll(() => vhost.dispose(), 60_000);

async function start(id: string): Promise<Container> {
  const container = new Container({ id, sysname: 'buoys', broker: vhost.url });
  containers.push(container);
  await container.start();
  return container;
}

/** The mean of a number that `pattern` takes from the lines between two times of day, `hhmmss`, of which ZDA tells. */
function meanBetween(text: string, from: string, to: string, pattern: RegExp): number {
  const values: number[] = [];
  let time = '';
  for (const line of text.split('\r\n')) {
    time = /^\$GPZDA,(\d{6})/.exec(line)?.[1] ?? time;
    const value = time >= from && time < to ? pattern.exec(line)?.[1] : undefined;
    if (value !== undefined) values.push(Number(value));
  }
  return total(values) / values.length;
}

describe('a real log over RabbitMQ', () => {
  const withLog = existsSync(log) ? test : test.skip;
  const reason = existsSync(log) ? '' : ` (skipped: there is no ${log}; IONCORE_TEST_NMEA_LOG says where)`;

  withLog(
    `every sentence is published or counted as unusable, and everything published comes${reason}`,
    async () => {
      const ship = await start('ship');
      const shore = await start('shore');
      const { account, heard, recorded } = await playBuoy(ship, shore, log, folder.path, playMs);

      expect(account).toEqual({
        lines: 116_000,
        usable: total(usable),
        unusable: { empty: total(empty), 'unknown sentence': total(unknown), 'time only': 7250, void: 15 },
        published: {
          'sensor.speed.water': usable.VHW,
          'sensor.speed.windward': usable.VPW,
          'sensor.course': usable.VTG,
          'sensor.speed.ground': usable.VTG,
          'sensor.wind.apparent': 3617,
          'sensor.wind.true': 3618 + usable.VWT + usable.MWD,
          'sensor.depth': usable.DBT,
          'sensor.position': usable.GLL,
        },
        unpublished: {},
        underway: 0,
        hasEnded: true,
      });
      expect(account.usable + total(account.unusable)).toBe(account.lines);

      // Nothing is lost; at least once, so what came twice is marked.
      expect(countTypes(heard)).toEqual(account.published);
      const readings = recorded.filter(({ type }) => type.startsWith('sensor.'));
      const first = readings.filter(
        ({ redelivered, resent, attempt }) => !(redelivered || resent || attempt),
      );
      expect(countTypes(first)).toEqual(account.published);
      expect(heard.find(({ type }) => type === 'sensor.position')).toMatchObject({
        origin: 'ship7.mast',
        content: { latitudeDeg: 60.0845167, longitudeDeg: 23.5391 },
      });

      const means = recorded.filter(({ type }) => type.startsWith('mean.'));
      expect(total(means.map(readingsOf))).toBe(
        heard.filter(({ content }) => content.at !== undefined).length,
      );
      const depth = means.find(
        ({ type, content }) => type === 'mean.depth' && String(content.minuteAt).endsWith('T10:30:00.000Z'),
      );
      const text = await readFile(log, 'latin1');
      expect(depth?.content.values).toMatchObject({
        belowTransducerM: expect.closeTo(
          meanBetween(text, '103000', '103100', /^\$IIDBT,.*,f,([\d.]+),M/),
          6,
        ),
      });
    },
    playMs + 60_000,
  );
});
