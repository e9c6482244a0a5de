import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { BadRequestError } from '../../../src/errors/index.ts';
import { defineEvent, type EventType, isEventType } from '../../../src/process/event-type.ts';
import { defineService } from '../../../src/process/index.ts';

/** As a program in plain JavaScript may call it. */
function define(definition: unknown): EventType {
  return Reflect.apply(defineEvent, undefined, [definition]);
}

const content = Type.Object({ m: Type.Number() });
const depth = { name: 'sensor.depth', version: '1.0.0', content };

describe('defineEvent()', () => {
  test('is live, and its type is its name', () => {
    const event = defineEvent(depth);
    expect(event).toEqual({
      name: 'sensor.depth',
      version: '1.0.0',
      type: 'sensor.depth',
      content,
      qos: 'live',
      retention: { maxBytes: 1_000_000_000 },
      check: expect.any(Function),
    });
    expect(Object.isFrozen(event) && Object.isFrozen(event.retention)).toBe(true);
  });

  test.each([
    ['0.9.0', 'sensor.depth'],
    ['1.9.3', 'sensor.depth'],
    ['2.0.0', 'sensor.depth.v2'],
    ['17.1.0', 'sensor.depth.v17'],
  ])('of version %s has the type %s', (version, type) => {
    expect(defineEvent({ ...depth, version }).type).toBe(type);
  });

  test('keeps what it is told of a log', () => {
    const retention = { maxAgeMs: 60_000, maxBytes: 2_000_000 };
    expect(defineEvent({ ...depth, qos: 'replay', retention })).toMatchObject({ qos: 'replay', retention });
    expect(defineEvent({ ...depth, qos: 'replay', retention: {} }).retention).toEqual({});
  });

  test.each([
    [{ ...depth, name: 'sensor.*' }, `an event type is a name such as 'sensor.depth'`],
    [{ ...depth, name: '' }, 'not string ""'],
    [{ ...depth, name: 't'.repeat(101) }, 'has 101 characters; at most 100 are allowed'],
    [{ ...depth, name: 't'.repeat(98), version: '2.0.0' }, 'has 101 characters; at most 100 are allowed'],
    [
      { ...depth, version: '1' },
      `event type 'sensor.depth': version '1' is not a semantic version such as '1.0.0'`,
    ],
    [{ name: 'sensor.depth', content }, `version 'undefined' is not a semantic version`],
    [{ ...depth, content: 'number' }, `content is a schema such as Type.Object({…}), not string "number"`],
    [{ name: 'sensor.depth', version: '1.0.0' }, 'content is a schema such as Type.Object({…}), not nothing'],
    [{ ...depth, qos: 'sure' }, `qos is 'live', 'durable' or 'replay', not string "sure"`],
    [{ ...depth, retention: {} }, `retention is for qos 'replay'; what is live is not kept`],
    [
      { ...depth, qos: 'replay', retention: { maxBytes: 1_000 } },
      'retention.maxBytes is a whole number of at least 2000000, not number 1000',
    ],
    [
      { ...depth, qos: 'replay', retention: { maxAgeMs: 0 } },
      'retention.maxAgeMs is a whole number of milliseconds, not number 0',
    ],
    [
      { ...depth, qos: 'replay', retention: { maxage: 5 } },
      'retention is {maxAgeMs, maxBytes}, either or both, not an object',
    ],
    [{ ...depth, qos: 'replay', retention: 5 }, 'either or both, not number 5'],
    [{ ...depth, qos: 'replay', retention: null }, 'either or both, not null'],
    [{ ...depth, qso: 'live' }, `defineEvent() has no option 'qso'; did you mean 'qos'?`],
    [{ ...depth, schema: content }, 'known are name, version, content, qos, retention'],
  ])('refuses %j', (definition, message) => {
    expect(() => define(definition)).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});

describe('EventType#check()', () => {
  test('behaviour 37: refuses what the type does not know, and names the place', () => {
    const { check } = defineEvent(depth);
    check({ m: 4.2 });
    expect(() => check({ m: 4.2, unit: 'm' })).toThrow(BadRequestError);
    expect(() => check({ m: 4.2, unit: 'm' })).toThrow('content of sensor.depth.unit');
    expect(() => check({ m: '4.2' })).toThrow(/content of sensor\.depth\.m: expected number/);
    expect(() => check({})).toThrow('content of sensor.depth');
  });
});

describe('isEventType()', () => {
  test('knows its own from what else may be given', () => {
    expect(isEventType(defineEvent(depth))).toBe(true);
    const service = defineService({ name: 'depth', version: '1.0.0', operations: {} });
    for (const other of ['sensor.depth', { type: 'sensor.depth' }, service, null, undefined, 7])
      expect(isEventType(other)).toBe(false);
  });
});
