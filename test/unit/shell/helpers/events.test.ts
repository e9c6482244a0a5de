import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defineEvent, Process, Type } from '../../../../src/index.ts';
import { publish, subscriptions } from '../../../../src/shell/helpers/events.ts';
import { eventually } from '../../../../src/testing/index.ts';
import { type ShellBed, shellBed } from '../bed.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  content: Type.Object({ m: Type.Number() }),
});

/** Listens to all sensors of ship7. */
class Listener extends Process {
  readonly heard: unknown[] = [];
  override async onInit(): Promise<void> {
    await this.subscribe({ type: 'sensor.*', origin: 'ship7.#' }, (content, { type, origin }) => {
      this.heard.push([type, origin, content]);
    });
  }
}

let bed: ShellBed;
beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

async function listener(): Promise<Listener> {
  const { processes } = bed.container;
  const process = processes.get(await processes.spawn(Listener));
  if (process instanceof Listener) return process;
  throw new Error('there is no listener');
}

describe('publish()', () => {
  test('publishes in the name of the container, of a type by its name or as it is defined', async () => {
    const { heard } = await listener();
    const run = publish.bind(bed.shell);
    expect(await run('sensor.wind', 'ship7', 5)).toBe('sent');
    expect(await run(Depth, 'ship7.sounder', { m: 4.2 })).toBe('sent');
    await eventually(() => heard.length === 2);
    expect(await run('sensor.wind', 'ship7')).toBe('sent');
    await eventually(() => heard.length === 3);
    expect(heard).toEqual([
      ['sensor.wind', 'ship7', 5],
      ['sensor.depth', 'ship7.sounder', { m: 4.2 }],
      ['sensor.wind', 'ship7', null],
    ]);
  });

  test('tells what became of a durable one', async () => {
    const run = publish.bind(bed.shell);
    expect(await run('sensor.wind', 'ship7', 5, { qos: 'durable' })).toBe('unroutable');
    await bed.container.events.subscribe('sensor.wind', () => undefined, { durable: 'keeper' });
    expect(await run('sensor.wind', 'ship7', 5, { qos: 'durable' })).toBe('confirmed');
  });

  test('refuses what its type does not allow, options that there are not, and no origin', async () => {
    const run: CallableFunction = publish.bind(bed.shell);
    await expect(run(Depth, 'ship7', { m: 'deep' })).rejects.toThrow(/content of sensor\.depth/);
    await expect(run('sensor.wind', 'ship7', 5, { qso: 'durable' })).rejects.toThrow(/did you mean 'qos'/);
    await expect(run('sensor.wind')).rejects.toThrow(/publish\(type, origin.*found nothing/);
    await expect(run(5, 'ship7')).rejects.toThrow(/an event type, found a number/);
  });
});

describe('subscriptions()', () => {
  test('shows those of processes and of the container itself, with their counters', async () => {
    const { heard, id } = await listener();
    await bed.container.events.subscribe('sensor.#', () => undefined, { durable: 'keeper' });
    await publish.bind(bed.shell)('sensor.wind', 'ship7', 5);
    await eventually(() => heard.length === 1);
    const found = subscriptions.bind(bed.shell)();
    expect(found).toMatchObject([
      { process: id, kind: 'live', name: '', type: 'sensor.*', origin: 'ship7.#', received: 1, dropped: 0 },
      { process: 'shore.0', kind: 'durable', name: 'keeper', type: 'sensor.#', origin: '#' },
    ]);
    expect(bed.show(found)).toMatch(
      /^PROCESS +KIND +NAME +TYPE +ORIGIN +RECEIVED +HANDLED .*\n.*\nshore\.0 +durable +keeper .*\nSubscriptions: 2$/,
    );
  });

  test('each can be cancelled', async () => {
    await listener();
    await subscriptions.bind(bed.shell)()[0]?.cancel();
    expect(subscriptions.bind(bed.shell)()).toEqual([]);
  });
});
