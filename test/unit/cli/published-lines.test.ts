import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ContentJson } from '../../../src/cli/content-json.ts';
import { PublishedLines, type PublishedLinesArguments } from '../../../src/cli/published-lines.ts';
import { defaultCodecLimits } from '../../../src/codec/limits.ts';
import { Container } from '../../../src/index.ts';
import { eventually } from '../../../src/testing/index.ts';

let container: Container;
let heard: unknown[];
beforeEach(async () => {
  container = new Container();
  await container.start();
  heard = [];
  await container.events.subscribe('sensor.depth', (content) => heard.push(content), { durable: 'keeper' });
});
afterEach(() => container.stop());

/** Begins to publish lines; they are written to `input`. */
function begin(options: Partial<PublishedLinesArguments> = {}) {
  const input = new PassThrough();
  const [out, errors]: [string[], string[]] = [[], []];
  const streams = {
    stdin: input,
    stdout: {
      write: (text: string, done: () => void) => {
        out.push(text);
        done();
        return true;
      },
    },
    stderr: { write: (text: string) => errors.push(text) },
  };
  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const args = { type: 'sensor.depth', origin: 'ship7', qos: 'durable', json: false, ...options } as const;
  const lines = new PublishedLines(args, container, streams, new ContentJson(defaultCodecLimits));
  return { input, out, errors, stop, code: lines.run(stopped) };
}

describe('PublishedLines#run()', () => {
  test('publishes each line in order, and counts what became of them', async () => {
    const { input, out, errors, code } = begin();
    const wanted = Array.from({ length: 2_500 }, (_, at) => at);
    input.end(wanted.map((at) => `${at}\n`).join(''));
    expect([await code, out, errors]).toEqual([0, ['confirmed 2500\n'], []]);
    await eventually(() => heard.length === wanted.length);
    expect(heard).toEqual(wanted);
  });

  test('a line that cannot be published is told with its number, and the others go on', async () => {
    const { input, out, errors, code } = begin();
    input.end('hello\n1\n\n{"$date":"May"}\n2');
    expect([await code, out]).toEqual([1, ['invalid 2, confirmed 2\n']]);
    expect(errors).toEqual([
      expect.stringMatching(/^ioncore: line 1: invalid: .*not JSON.*\n$/),
      expect.stringMatching(/^ioncore: line 4: invalid: .*\$date.*\n$/),
    ]);
  });

  test('tells of each line as JSON', async () => {
    const { input, out, code } = begin({ json: true });
    input.end('1\nhello\n2\n');
    expect(await code).toBe(1);
    expect(out.map((line) => JSON.parse(line))).toEqual([
      { line: 1, outcome: 'confirmed' },
      { line: 2, outcome: 'invalid', error: expect.stringContaining('not JSON') },
      { line: 3, outcome: 'confirmed' },
    ]);
  });

  test('gives the reason of an outcome once, and fails', async () => {
    const { input, out, errors, code } = begin({ type: 'sensor.wind' });
    input.end('1\n2\n3\n');
    expect([await code, out]).toEqual([1, ['unroutable 3\n']]);
    expect(errors).toEqual([expect.stringMatching(/^ioncore: line 1: unroutable: no durable subscription/)]);
  });

  test('stops when it is told to, and accounts for what it had read', async () => {
    const { input, out, stop, code } = begin();
    input.write('1\n2\nhalf');
    await eventually(() => heard.length === 2);
    stop('SIGINT');
    expect([await code, out]).toEqual([130, ['confirmed 2\n']]);
  });

  test('nothing is nothing', async () => {
    const { input, out, code } = begin();
    input.end('\n');
    expect([await code, out]).toEqual([0, ['no events\n']]);
  });
});
