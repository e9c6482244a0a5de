import { describe, expect, test } from '@jest/globals';
import { eventJson, eventLine, type ShownEvent } from '../../../src/cli/event-text.ts';

const event: ShownEvent = {
  type: 'sensor.depth',
  origin: 'ship7.sounder',
  publishedAt: new Date('2026-11-21T20:15:02.123Z'),
  publisher: 'ship7.4',
  redelivered: false,
  attempt: 1,
  resent: false,
  position: undefined,
};

describe('eventLine()', () => {
  test('is time, type, origin and content', () => {
    expect(eventLine(event, '{"m":4.2}', false)).toBe(
      '2026-11-21T20:15:02.123Z sensor.depth ship7.sounder {"m":4.2}\n',
    );
  });

  test('tells what may have come before', () => {
    const again = { ...event, redelivered: true, attempt: 3, resent: true };
    expect(eventLine(again, '1', false)).toMatch(/ 1 \(redelivered, attempt 3, resent\)\n$/);
  });

  test('has colours where a terminal has them', () => {
    const line = eventLine({ ...event, resent: true }, '1', true).replaceAll('\u001b', '^');
    expect(line.replaceAll(/\^\[\d+m/g, '')).toBe(eventLine({ ...event, resent: true }, '1', false));
    expect(line.match(/\^\[\d+m/g)).toHaveLength(8);
  });

  test('an origin that holds blanks is quoted, and one that moves a cursor is escaped', () => {
    expect(eventLine({ ...event, origin: 'the ship' }, '1', false)).toContain(' "the ship" 1\n');
    expect(eventLine({ ...event, origin: 'x\n\u001b[2J\u202e' }, '1', false)).toContain(
      ' "x\\n\\u001b[2J\\u202e" 1\n',
    );
    expect(eventLine({ ...event, origin: 'x\u009b' }, '1', false)).toContain(' x\\u009b 1\n');
  });

  test('a moment that no calendar knows is a dash', () => {
    expect(eventLine({ ...event, publishedAt: new Date(Number.NaN) }, '1', false)).toMatch(/^- sensor/);
  });
});

describe('eventJson()', () => {
  test('is one JSON object in one line', () => {
    const text = eventJson({ ...event, position: { offset: 7, index: 2 } }, '{"m":4.2}');
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toEqual({
      type: 'sensor.depth',
      origin: 'ship7.sounder',
      publishedAt: '2026-11-21T20:15:02.123Z',
      publisher: 'ship7.4',
      content: { m: 4.2 },
      redelivered: false,
      attempt: 1,
      resent: false,
      position: { offset: 7, index: 2 },
    });
  });

  test('says null where there is nothing, and keeps any origin as it is', () => {
    const origin = 'x\n\u001b[2J\u202e"\u{e0001}';
    const text = eventJson({ ...event, origin, publishedAt: new Date(Number.NaN) }, 'null');
    expect(text).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(text)).toMatchObject({ origin, publishedAt: null, position: null });
  });
});
