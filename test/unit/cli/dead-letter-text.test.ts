import { describe, expect, test } from '@jest/globals';
import { ContentJson } from '../../../src/cli/content-json.ts';
import { deadLetterJson, deadLetterList, deadLetterText } from '../../../src/cli/dead-letter-text.ts';
import { defaultCodecLimits } from '../../../src/codec/limits.ts';
import type { DeadLetter } from '../../../src/exchange/index.ts';

const content = new ContentJson(defaultCodecLimits);
const letter: DeadLetter = {
  id: '4fd1c0a2e9b3d857',
  reason: 'attempts',
  attempts: 5,
  error: { code: 'InternalError', message: `out of ink\u001b[2J ${'x'.repeat(100)}` },
  address: '~durable~recorder',
  container: 'shore',
  diedAt: new Date('2026-11-21T20:15:02.123Z'),
  op: 'sensor.depth',
  origin: 'ship7\n.sounder',
  sender: 'ship7.4',
  content: { at: new Date('2026-11-21T20:15:00Z') },
  headers: {},
};
const unreadable: DeadLetter = {
  ...letter,
  ...{
    id: 'unreadable-1',
    reason: 'undecodable',
    diedAt: new Date(0),
    op: '',
    origin: undefined,
    address: '',
  },
};

describe('deadLetterList()', () => {
  test('is a line each, whatever they hold', () => {
    const [head, first, second, ...rest] = deadLetterList([letter, unreadable], 10).split('\n');
    expect(head).toMatch(/^ID +DIED AT +REASON +ATTEMPTS +ADDRESS +OP +ORIGIN +ERROR$/);
    expect(first).toMatch(
      /^4fd1c0a2e9b3d857 +2026-11-21T20:15:02.123Z +attempts +5 +~durable~recorder +sensor\.depth +ship7\\u000a\.sounder +InternalError: out of ink\\u001b\[2J x+…$/,
    );
    expect(second).toMatch(/^unreadable-1 +- +undecodable +5 +- +- +- +InternalError/);
    expect(rest).toEqual(['']);
  });

  test('tells when there may be more, and when there are none', () => {
    expect(deadLetterList([letter], 1)).toMatch(/\n\(the oldest 1; there may be more: --limit\)\n$/);
    expect(deadLetterList([], 1)).toBe('no dead letters\n');
  });
});

describe('deadLetterText()', () => {
  test('is all of one', () => {
    const text = deadLetterText({ ...letter, headers: { trace: 'x' } }, content);
    expect(text).toMatch(/^id +4fd1c0a2e9b3d857\n/);
    expect(text).toContain('type         sensor.depth\norigin       ship7\\u000a.sounder\n');
    expect(text).toContain(
      'headers      {"trace":"x"}\ncontent      {"at":{"$date":"2026-11-21T20:15:00.000Z"}}\n',
    );
    expect(deadLetterText({ ...letter, origin: undefined }, content)).toContain(
      'operation    sensor.depth\nsender',
    );
  });
});

describe('deadLetterJson()', () => {
  test('is JSON, its content in portable JSON', () => {
    expect(JSON.parse(JSON.stringify(deadLetterJson(letter, content)))).toEqual({
      ...letter,
      diedAt: '2026-11-21T20:15:02.123Z',
      content: { at: { $date: '2026-11-21T20:15:00.000Z' } },
    });
    expect(deadLetterJson(unreadable, content)).toMatchObject({ origin: null });
  });
});
