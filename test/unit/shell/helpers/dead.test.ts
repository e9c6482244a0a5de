import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dead } from '../../../../src/shell/helpers/dead.ts';
import { eventually } from '../../../../src/testing/index.ts';
import { type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;
let isFailing: boolean;
let handled: unknown[];

beforeEach(async () => {
  bed = await shellBed();
  isFailing = true;
  handled = [];
  const { events } = bed.container;
  const handler = (content: unknown): void => {
    if (isFailing) throw new Error('out of ink\u001b[2J');
    handled.push(content);
  };
  await events.subscribe('sensor.*', handler, { durable: 'recorder', attempts: 1 });
  for (const type of ['sensor.depth', 'sensor.wind', 'sensor.depth']) {
    await events.publish(type, 'ship7', { type }, { qos: 'durable' });
  }
  await eventually(async () => (await events.deadLetters.list()).length === 3);
});
afterEach(() => bed.container.stop());

const bound = () => dead.bind(bed.shell);

describe('dead', () => {
  test('list() shows what nobody could handle, the oldest first', async () => {
    const letters = await bound().list();
    expect(letters.map(({ op, reason, attempts }) => [op, reason, attempts])).toEqual([
      ['sensor.depth', 'attempts', 1],
      ['sensor.wind', 'attempts', 1],
      ['sensor.depth', 'attempts', 1],
    ]);
    const [head, first, , , foot] = bed.show(letters).split('\n');
    expect(head).toMatch(/^ID +DIED AT +REASON +ATTEMPTS +ADDRESS +OP +ORIGIN +ERROR$/);
    expect(first).toMatch(
      /^[\w-]+ +\d{4}-[\dT:.-]+Z +attempts +1 +~durable~recorder +sensor\.depth +ship7 .*out of ink\\u001b\[2J$/,
    );
    expect(foot).toBe('Dead letters: 3');
    expect(await bound().list({ op: 'sensor.wind' })).toHaveLength(1);
    expect(await bound().list({ op: 'sensor.wind', address: 'other' })).toEqual([]);
  });

  test('show() shows one whole', async () => {
    const id = (await bound().list({ op: 'sensor.wind' }))[0]?.id ?? '';
    const letter = await bound().show(id);
    expect(letter.content).toEqual({ type: 'sensor.wind' });
    expect(bed.show(letter)).toMatch(/^id +[\w-]+\n(.*\n)+type +sensor\.wind\norigin +ship7\n/);
    expect(bed.show(letter)).toContain("content      { type: 'sensor.wind' }");
    await expect(bound().show('nope')).rejects.toThrow(/no dead letter 'nope'/);
  });

  test('replay() sends one, those that a filter means, or all', async () => {
    isFailing = false;
    const id = (await bound().list({ op: 'sensor.wind' }))[0]?.id ?? '';
    expect(await bound().replay(id)).toBe(1);
    await eventually(() => handled.length === 1);
    expect(handled).toEqual([{ type: 'sensor.wind' }]);
    expect(await bound().replay({ op: 'sensor.wind' })).toBe(0);
    expect(await bound().replay({})).toBe(2);
    await eventually(() => handled.length === 3);
    expect(await bound().list()).toEqual([]);
  });

  test('drop() forgets', async () => {
    expect(await bound().drop({ op: 'sensor.depth' })).toBe(2);
    expect((await bound().list()).map(({ op }) => op)).toEqual(['sensor.wind']);
    expect(await bound().drop({})).toBe(1);
    expect(await bound().list()).toEqual([]);
  });

  test.each<[what: string, which: unknown, says: RegExp]>([
    ['nothing', undefined, /expected an id, or a filter.*\{\} means all/],
    ['an empty id', '', /an id, found an empty text/],
    ['a misspelt filter', { adress: 'recorder' }, /did you mean 'address'/],
    ['a filter whose value is missing', { op: undefined }, /a text for op, found nothing/],
    ['null', null, /expected a map of options, found null/],
    ['a list', ['x'], /unknown option '0'/],
  ])('neither replays nor drops %s', async (_what, which, says) => {
    const { replay, drop }: { replay: CallableFunction; drop: CallableFunction } = bound();
    await expect(replay(which)).rejects.toThrow(says);
    await expect(drop(which)).rejects.toThrow(says);
    expect(await bound().list()).toHaveLength(3);
  });
});
