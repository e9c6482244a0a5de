import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatSentence } from '../../../../src/apps/buoy/sentence.ts';
import { simulatedLines } from '../../../../src/apps/buoy/simulator.ts';
import { AveragerProcess, Depth, InstrumentProcess, RecorderProcess } from '../../../../src/apps/buoy.ts';
import type { PublishOutcome } from '../../../../src/index.ts';
import { seededRandom } from '../../../../src/testing/fake-env.ts';
import { eventually, startTestContainer, TestSystem } from '../../../../src/testing/index.ts';
import { AppFolder } from '../../../support/app-folder.ts';
import { countTypes, playBuoy, readingsOf, total } from '../../../support/buoy-play.ts';

let folder: AppFolder;
beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(() => folder.dispose());

/** A file of what the simulator says in `seconds`, past midnight. */
async function recording(seconds: number): Promise<{ readonly path: string; readonly lines: number }> {
  const path = join(folder.path, 'simulated.nmea');
  const lines: string[] = [];
  for (const line of simulatedLines(seededRandom(7), Date.UTC(2026, 5, 1, 23, 58, 30))) {
    if (lines.push(line) === seconds * 9) break;
  }
  await writeFile(path, `${lines.join('\r\n')}\r\n`);
  return { path, lines: lines.length };
}

describe('the processes of the buoy', () => {
  test('what is read is published or counted, and what is published is heard, averaged and recorded', async () => {
    const { path, lines } = await recording(150);
    await using system = new TestSystem();
    const ship = await system.container({ id: 'ship' });
    const shore = await system.container({ id: 'shore' });
    const { account, heard, recorded } = await playBuoy(ship, shore, path, folder.path, 5_000);
    expect(account.lines).toBe(lines);
    expect(account.usable + total(account.unusable)).toBe(lines);
    expect(account).toMatchObject({ unpublished: {}, underway: 0 });
    expect(countTypes(heard)).toEqual(account.published);
    const readings = recorded.filter(({ type }) => type.startsWith('sensor.'));
    expect(readings.map(({ type, origin, content }) => ({ type, origin, content }))).toEqual(
      JSON.parse(JSON.stringify(heard)),
    );
    const means = recorded.filter(({ type }) => type.startsWith('mean.'));
    expect(countTypes(means)).toMatchObject({ 'mean.depth': 3, 'mean.wind.apparent': 3, 'mean.position': 3 });
    expect(total(means.map(readingsOf))).toBe(heard.length);
  });

  test('a file that cannot be read is told when the instruments start', async () => {
    await using container = await startTestContainer();
    const source = join(folder.path, 'none.log');
    await expect(container.processes.spawn(InstrumentProcess, { args: { source } })).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: `buoy: the file '${source}' cannot be read; see source`,
    });
  });

  test('a file for the records that cannot be written is told when the recorder starts', async () => {
    await using container = await startTestContainer();
    const file = join(folder.path, 'none', 'buoy.jsonl');
    await expect(container.processes.spawn(RecorderProcess, { args: { file } })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test('what comes by TCP was measured when it came, and ends with its process', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.write(`${formatSentence({ talker: 'II', formatter: 'DPT', fields: ['7.5', ''] })}\r\n`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using container = await startTestContainer();
    const heard: (Date | undefined)[] = [];
    await container.events.subscribe(Depth, ({ at }) => void heard.push(at));
    const beforeAt = Date.now();
    const source = `tcp://127.0.0.1:${port}`;
    const id = await container.processes.spawn(InstrumentProcess, { args: { source } });
    await eventually(() => heard.length === 1);
    expect(heard[0]?.getTime()).toBeGreaterThanOrEqual(beforeAt);
    expect(heard[0]?.getTime()).toBeLessThanOrEqual(Date.now());
    const closed = once(sockets[0] ?? server, 'close');
    expect(await container.processes.terminateProcess(id)).toBe('normal');
    await closed;
    server.close();
  });

  test('readings without a time, of no minute, have no mean', async () => {
    await using container = await startTestContainer();
    const means: unknown[] = [];
    await container.events.subscribe({ type: 'mean.#' }, (mean) => void means.push(mean));
    const averager = await container.processes.spawn(AveragerProcess);
    const at = (seconds: number) => new Date(Date.UTC(2026, 5, 1, 9, 55, seconds));
    await container.events.publish(Depth, 'ship7', { belowTransducerM: 1 });
    await container.events.publish(Depth, 'ship7', { belowTransducerM: 2, at: at(1) });
    await container.events.publish(Depth, 'ship8', { belowTransducerM: 9, at: at(2) });
    await container.events.publish(Depth, 'ship7', { belowTransducerM: 4, at: at(59) });
    await container.events.publish(Depth, 'ship7', { belowTransducerM: 8, at: at(60) });
    await eventually(() => means.length === 1);
    expect(means).toEqual([{ minuteAt: at(0), readings: 2, values: { belowTransducerM: 3 } }]);
    await container.processes.terminateProcess(averager);
    await eventually(() => means.length === 3);
    expect(means.slice(1)).toEqual(
      expect.arrayContaining([
        { minuteAt: at(0), readings: 1, values: { belowTransducerM: 9 } },
        { minuteAt: at(60), readings: 1, values: { belowTransducerM: 8 } },
      ]),
    );
  });

  test('a mean that the broker has not taken is published when its reading comes again, with nothing lost', async () => {
    await using container = await startTestContainer({ exchange: { retryDelaysMs: [1] } });
    const means: unknown[] = [];
    await container.events.subscribe({ type: 'mean.#' }, (mean) => void means.push(mean));
    const averager = await container.processes.spawn(AveragerProcess);
    const process = container.processes.get(averager);
    if (process === undefined) throw new Error('no averager');
    let refused = 0;
    const refuse = async (): Promise<PublishOutcome> => {
      refused += 1;
      Reflect.deleteProperty(process, 'publish');
      return 'rejected';
    };
    Object.defineProperty(process, 'publish', { value: refuse, configurable: true });
    const at = (seconds: number) => new Date(Date.UTC(2026, 5, 1, 9, 55, seconds));
    for (const seconds of [0, 20, 40, 60, 80, 130])
      await container.events.publish(Depth, 'ship7', { belowTransducerM: seconds, at: at(seconds) });
    await eventually(() => means.length === 2);
    expect(refused).toBe(1);
    expect(means).toEqual([
      { minuteAt: at(0), readings: 3, values: { belowTransducerM: 20 } },
      { minuteAt: at(60), readings: 2, values: { belowTransducerM: 70 } },
    ]);
  });
});
