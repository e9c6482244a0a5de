import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

const there = ['-s', 'demo', '--broker', 'amqp://h'];
const parse = (argv: readonly string[], variables = {}) => parseArguments(argv, '0', variables);

describe('parseArguments(), ioncore publish', () => {
  test('takes type, origin and content', async () => {
    expect(await parse(['publish', 'sensor.depth', 'ship7', '{"m":4.2}', ...there])).toMatchObject({
      command: 'publish',
      type: 'sensor.depth',
      origin: 'ship7',
      content: '{"m":4.2}',
      qos: 'live',
      json: false,
      sysname: 'demo',
      broker: 'amqp://h',
    });
  });

  test.each(['1.0', '-5', '007', '0x10', 'true', '""', ' -1e3'])(
    'keeps the content %j as it is',
    async (content) => {
      expect(await parse(['publish', 'a', '12', content, ...there])).toMatchObject({ origin: '12', content });
    },
  );

  test('takes - for standard input', async () => {
    const args = await parse(['publish', 'a', 'b', '-', '--qos', 'replay', '--json', ...there]);
    expect(args).toMatchObject({ content: undefined, qos: 'replay', json: true });
  });

  test.each<[what: string, argv: string[], says: RegExp]>([
    ['no content', ['a', 'b'], /publish needs type, origin and content/],
    ['an empty content', ['a', 'b', ''], /is empty; say null/],
    ['a wildcard for a type', ['a.*', 'b', '1'], /an event type is a name such as/],
    ['an empty origin', ['a', '', '1'], /needs an origin/],
    ['an origin that is too long', ['a', 'x'.repeat(300), '1'], /there is room for 252/],
    ['a qos that is none', ['a', 'b', '1', '--qos', 'sure'], /qos.*sure/],
    ['a misspelt option', ['a', 'b', '1', '--sysnam', 'x'], /did you mean --sysname\?/],
    ['a second content', ['a', 'b', '1', '2'], /Unknown argument.*2/],
  ])('refuses %s', async (_what, argv, says) => {
    await expect(parse(['publish', ...argv, ...there])).rejects.toThrow(says);
    await expect(parse(['publish', ...argv, ...there])).rejects.toThrow(UsageError);
  });
});

describe('parseArguments(), ioncore tail', () => {
  test('takes a pattern, and the rest by options', async () => {
    expect(await parse(['tail', '#', ...there])).toMatchObject({
      command: 'tail',
      type: '#',
      origin: undefined,
      from: undefined,
      durable: undefined,
      limit: undefined,
      json: false,
    });
    const argv = ['tail', 'sensor.log', '--origin', 'ship7.#', '--from', '7:2', '--limit', '3', '--json'];
    expect(await parse([...argv, ...there])).toMatchObject({
      type: 'sensor.log',
      origin: 'ship7.#',
      from: { offset: 7, index: 2 },
      limit: 3,
      json: true,
    });
    expect(await parse(['tail', 'sensor.*', '--durable', 'keeper', ...there])).toMatchObject({
      durable: 'keeper',
    });
  });

  test.each<[what: string, argv: string[], says: RegExp]>([
    ['no pattern', [], /tail needs a pattern of event types, in quotes: ioncore tail 'sensor\.\*'/],
    ['a wildcard within a word', ['sensor.d*'], /wildcard within the word 'd\*'/],
    ['an origin with an empty word', ['#', '--origin', 'a..b'], /empty word/],
    ['a log of several types', ['sensor.*', '--from', 'first'], /the log of one event type/],
    ['a log and a subscription', ['a', '--from', 'first', '--durable', 'x'], /give one of them/],
    ['a durable name with a blank', ['a', '--durable', 'x y'], /durable subscription/],
    ['a place that is none', ['a', '--from', 'yesterday'], /--from is first, last, next/],
    ['no events', ['a', '--limit', '0'], /--limit must be 1 or more/],
    ['a limit that is no number', ['a', '--limit', 'many'], /--limit must be a whole number/],
  ])('refuses %s', async (_what, argv, says) => {
    await expect(parse(['tail', ...argv, ...there])).rejects.toThrow(says);
    await expect(parse(['tail', ...argv, ...there])).rejects.toThrow(UsageError);
  });
});

describe('parseArguments(), ioncore dead', () => {
  test('takes list, show, replay and drop', async () => {
    expect(await parse(['dead', 'list', '--op', 'a', '--reason', 'attempts', ...there])).toMatchObject({
      command: 'dead',
      action: 'list',
      filter: { op: 'a', reason: 'attempts' },
      limit: 1000,
    });
    expect(await parse(['dead', 'show', 'x', '--json', ...there])).toMatchObject({
      action: 'show',
      id: 'x',
      json: true,
    });
    expect(await parse(['dead', 'replay', 'x', ...there])).toMatchObject({
      action: 'replay',
      which: { id: 'x' },
    });
    const filtered = await parse(['dead', 'drop', '--address', 'a', ...there]);
    expect(filtered).toMatchObject({ action: 'drop', which: { id: undefined, address: 'a' } });
    const all = await parse(['dead', 'drop', '--all', ...there]);
    expect(all).toMatchObject({
      which: { id: undefined, address: undefined, op: undefined, reason: undefined },
    });
  });

  test.each<[what: string, argv: string[], says: RegExp]>([
    ['nothing', [], /ioncore dead list/],
    ['something else', ['forget', 'x'], /forget/],
    ['show without an id', ['show'], /Not enough/],
    ['replay of nothing in particular', ['replay'], /dead replay needs to know which.*--all/],
    ['drop of nothing in particular', ['drop'], /dead drop needs to know which.*--all/],
    ['an id and all', ['drop', 'x', '--all'], /one of them/],
    ['a filter and all', ['replay', '--op', 'x', '--all'], /one of them/],
    ['an empty id', ['drop', ''], /the id is empty/],
    ['an empty filter', ['drop', '--op', ''], /--op is empty/],
    ['a reason that is none', ['list', '--reason', 'bad luck'], /reason.*bad luck/],
    ['a misspelt filter', ['drop', '--adress', 'x'], /did you mean --address\?/],
  ])('refuses %s', async (_what, argv, says) => {
    await expect(parse(['dead', ...argv, ...there])).rejects.toThrow(says);
    await expect(parse(['dead', ...argv, ...there])).rejects.toThrow(UsageError);
  });
});

describe('parseArguments(), which system', () => {
  const commands = [
    ['tail', '#'],
    ['publish', 'a', 'b', '1'],
    ['dead', 'list'],
    ['dead', 'drop', '--all'],
  ];

  test.each(commands)('%s %s … takes it from variables', async (...argv) => {
    const variables = { IONCORE_SYSNAME: 'demo', IONCORE_BROKER_HOST: 'h', IONCORE_BROKER_PORT: '5673' };
    expect(await parse(argv, variables)).toMatchObject({
      sysname: 'demo',
      brokerHost: 'h',
      brokerPort: 5673,
    });
  });

  test.each(commands)('%s %s … refuses to guess', async (...argv) => {
    await expect(parse(argv)).rejects.toThrow(
      /needs to know the system; name it with --sysname NAME \(IONCORE_SYSNAME\)/,
    );
    await expect(parse([...argv, '-s', 'demo'])).rejects.toThrow(
      /needs to know the broker of system demo; name it with --broker amqp:\/\/HOST \(IONCORE_BROKER\)/,
    );
    await expect(parse([...argv, '-s', 'demo', '--broker', 'embedded'])).rejects.toThrow(
      /the embedded broker lives within one process/,
    );
    await expect(parse([...argv, '-s', 'a b', '--broker', 'amqp://h'])).rejects.toThrow(/sysname 'a b'/);
    await expect(parse([...argv, ...there, '-p', '5673'])).rejects.toThrow(/not both/);
    await expect(parse(argv, { IONCORE_SYSNAM: 'demo' })).rejects.toThrow(/did you mean IONCORE_SYSNAME\?/);
  });
});
