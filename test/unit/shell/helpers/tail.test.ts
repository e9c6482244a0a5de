import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defineEvent, Type } from '../../../../src/index.ts';
import { tail } from '../../../../src/shell/helpers/tail.ts';
import { eventually } from '../../../../src/testing/index.ts';
import { type ShellBed, shellBed } from '../bed.ts';

const Depth = defineEvent({ name: 'sensor.depth', version: '1.0.0', content: Type.Number() });

let bed: ShellBed;
beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

/** Resolves when the container has so many subscriptions. */
const subscribed = (count: number) => eventually(() => bed.container.events.subscriptions.length === count);

/** What was shown, without the times. */
const shown = () => bed.written.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''));

describe('tail()', () => {
  test('shows what comes, until its limit; then its subscription is gone', async () => {
    const { events } = bed.container;
    const ended = tail.bind(bed.shell)('sensor.*', { limit: 2 });
    await subscribed(1);
    for (const m of [1, 2, 3]) await events.publish('sensor.depth', 'ship7.sounder', { m });
    expect(await ended).toEqual({ events: 2 });
    expect(shown()).toEqual(['sensor.depth ship7.sounder { m: 1 }', 'sensor.depth ship7.sounder { m: 2 }']);
    expect(events.subscriptions).toEqual([]);
  });

  test('shows only the origins that are asked for, and takes an event type', async () => {
    const { events } = bed.container;
    const ended = tail.bind(bed.shell)(Depth, { origin: 'ship7.#', limit: 1 });
    await subscribed(1);
    await events.publish(Depth, 'ship8', 1);
    await events.publish('sensor.wind', 'ship7', 2);
    await events.publish(Depth, 'ship7', 3);
    await ended;
    expect(shown()).toEqual(['sensor.depth ship7 3']);
  });

  test('ends when its line is given up', async () => {
    bed.shell.beginLine();
    const ended = tail.bind(bed.shell)('a');
    await subscribed(1);
    bed.shell.beginLine();
    await bed.container.events.publish('a', 'b', 1);
    await eventually(() => bed.written.length === 1);
    expect(bed.container.events.subscriptions).toHaveLength(1);
    bed.shell.beginLine();
    const other = tail.bind(bed.shell)('a');
    await subscribed(2);
    bed.shell.giveUpLine();
    expect(await other).toEqual({ events: 0 });
    expect(bed.container.events.subscriptions).toHaveLength(1);
    await bed.container.events.subscriptions[0]?.cancel();
    void ended;
  });

  test('replays a log', async () => {
    const { events } = bed.container;
    for (const m of [1, 2, 3]) await events.publish('sensor.log', 'ship7', m, { qos: 'replay' });
    expect(await tail.bind(bed.shell)('sensor.log', { from: 'first', limit: 3 })).toEqual({ events: 3 });
    expect(shown().map((line) => line.at(-1))).toEqual(['1', '2', '3']);
  });

  test('an origin and a content do nothing to the terminal', async () => {
    const ended = tail.bind(bed.shell)('a', { limit: 1 });
    await subscribed(1);
    await bed.container.events.publish('a', 'x\u001b[2J\u009b', 'y\u202e\nz');
    await ended;
    expect(shown()).toEqual(["a x\\u001b[2J\\u009b 'y\\u202e\\nz'"]);
  });

  test('refuses patterns and options that cannot be used', async () => {
    const run: CallableFunction = tail.bind(bed.shell);
    await expect(run()).rejects.toThrow(/tail\(pattern, options\?\): expected a pattern/);
    await expect(run('sensor.d*')).rejects.toThrow(/wildcard within the word/);
    await expect(run('#', { orign: 'x' })).rejects.toThrow(/did you mean 'origin'/);
    await expect(run('#', { limit: 0 })).rejects.toThrow(/limit is a whole number above 0/);
    await expect(run('#', { from: 'first' })).rejects.toThrow(/log of one event type/);
    await expect(run('never', { from: 'first' })).rejects.toThrow(/no log of events of type 'never'/);
  });
});
