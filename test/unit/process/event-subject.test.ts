import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { toEvent, toSubject } from '../../../src/process/event-subject.ts';
import { defineEvent } from '../../../src/process/event-type.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '2.0.0',
  content: Type.Object({ m: Type.Number() }),
  qos: 'durable',
});

describe('toSubject()', () => {
  test.each([
    ['sensor.*', { type: 'sensor.*' }, undefined],
    [{ type: 'sensor.*' }, { type: 'sensor.*' }, undefined],
    [{ type: 'sensor.*', origin: 'ship7.#' }, { type: 'sensor.*', origin: 'ship7.#' }, undefined],
    [Depth, { type: 'sensor.depth.v2' }, Depth],
    [{ type: Depth, origin: 'ship7' }, { type: 'sensor.depth.v2', origin: 'ship7' }, Depth],
  ])('takes %j', (subject, pattern, event) => {
    expect(toSubject(subject)).toEqual({ pattern, event });
  });

  test.each([
    [undefined, `subscribe takes an event type, 'sensor.*', or {type, origin}, not nothing`],
    [null, 'or {type, origin}, not null'],
    [7, 'or {type, origin}, not number 7'],
    [
      { type: 'sensor.*', orign: 'ship7' },
      `knows type and origin of events, and no 'orign'; options come last`,
    ],
    [{ type: 'sensor.*', durable: 'log' }, `and no 'durable'; options come last`],
  ])('refuses %j', (subject, message) => {
    expect(() => Reflect.apply(toSubject, undefined, [subject])).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});

describe('toEvent()', () => {
  test('of a type takes its guarantee and retention, and checks the content', () => {
    expect(toEvent('shore.1', Depth, 'ship7', { m: 4 }, {})).toEqual({
      sender: 'shore.1',
      type: 'sensor.depth.v2',
      origin: 'ship7',
      content: { m: 4 },
      guarantee: 'durable',
      retention: { maxBytes: 1_000_000_000 },
    });
    expect(() => toEvent('shore.1', Depth, 'ship7', { m: 'deep' }, {})).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining('sensor.depth.v2.m') }),
    );
  });

  test('of a type refuses another guarantee, and takes its own', () => {
    expect(toEvent('shore.1', Depth, 'ship7', { m: 4 }, { qos: 'durable' }).guarantee).toBe('durable');
    expect(() => toEvent('shore.1', Depth, 'ship7', { m: 4 }, { qos: 'live' })).toThrow(
      `events of type 'sensor.depth.v2' are durable, as their definition says; leave qos out`,
    );
  });

  test('of a name is live unless it says otherwise, and takes any content', () => {
    const content = { anything: [1] };
    expect(toEvent('shore.1', 'note', 'ship7', content, {})).toEqual({
      sender: 'shore.1',
      type: 'note',
      origin: 'ship7',
      content,
      guarantee: 'live',
      retention: undefined,
    });
    expect(toEvent('shore.1', 'note', 'ship7', 1, { qos: 'replay' }).guarantee).toBe('replay');
    expect(() => Reflect.apply(toEvent, undefined, ['shore.1', 'note', 'ship7', 1, { qos: 'sure' }])).toThrow(
      `qos is 'live', 'durable' or 'replay', not string "sure"`,
    );
  });
});
