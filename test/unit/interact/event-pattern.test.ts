import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventReceiver, eventTopic } from '../../../src/exchange/index.ts';
import {
  assertEventType,
  eventMatcher,
  placeOfEvent,
  placeOfPattern,
  resolveEventPattern,
} from '../../../src/interact/event-pattern.ts';
import { TopicIndex } from '../../../src/util/index.ts';
import { arrival } from '../exchange/bed.ts';

/** An event that came in. */
function event(type: string, origin: string) {
  const receiver = eventReceiver(eventTopic(type, origin));
  return arrival({ performative: 'none', op: type, receiver });
}

/** Whether a subscription to those patterns is for an event of that type and origin. */
function isFor(type: string, origin: string | undefined, event_: ReturnType<typeof event>): boolean {
  return eventMatcher(resolveEventPattern(origin === undefined ? { type } : { type, origin }))(event_);
}

describe('resolveEventPattern()', () => {
  test('behaviour 36: what is not given is every origin, and the topic of all is #.#', () => {
    expect(resolveEventPattern({ type: '#' })).toEqual({ type: '#', origin: '#', topic: '#.#' });
    expect(resolveEventPattern({ type: 'sensor.depth' }).topic).toBe('sensor.depth.#');
    expect(resolveEventPattern({ type: 'sensor.depth', origin: 'ship7' }).topic).toBe('sensor.depth.ship7');
  });

  test('escapes the words of an origin, but for the wildcards', () => {
    expect(resolveEventPattern({ type: 'sensor.*', origin: '*.my ship.#' })).toEqual({
      type: 'sensor.*',
      origin: '*.my_x20_ship.#',
      topic: 'sensor.*.*.my_x20_ship.#',
    });
  });

  test.each([
    [
      { type: '' },
      "a subscription needs the type of its events, such as 'sensor.depth' or 'sensor.*', not string \"\"",
    ],
    [{ type: 7 }, "such as 'sensor.depth' or 'sensor.*', not number 7"],
    [{ type: 'sensor..depth' }, "the type pattern 'sensor..depth' has an empty word between its dots"],
    [{ type: '.depth' }, "the type pattern '.depth' has an empty word"],
    [{ type: 'sensor.' }, "the type pattern 'sensor.' has an empty word"],
    [{ type: 'sens*' }, "the type pattern 'sens*' has a wildcard within the word 'sens*'"],
    [{ type: 'sensor.##' }, "has a wildcard within the word '##'; '*' and '#' stand alone between dots"],
    [
      { type: 'sensor.my depth' },
      "has the word 'my depth'; use A–Z, a–z, 0–9, '_' and '-', or the wildcards",
    ],
    [{ type: 'sensor.~' }, "has the word '~'"],
    [
      { type: 'sensor', origin: '' },
      'a pattern such as \'ship7.#\', or left out for every origin, not string ""',
    ],
    [{ type: 'sensor', origin: null }, "such as 'ship7.#', or left out for every origin, not null"],
    [{ type: 'sensor', origin: 'ship7.' }, "the origin pattern 'ship7.' has an empty word between its dots"],
    [
      { type: 'sensor', origin: 'ship*' },
      "the origin pattern 'ship*' has a wildcard within the word 'ship*'",
    ],
    [{ type: 'sensor', origin: 's'.repeat(250) }, 'has 257 bytes; a topic has at most 255'],
    [{ type: 'sensor', origin: '漢'.repeat(50) }, 'has 357 bytes; a topic has at most 255'],
  ])('refuses %j, naming what is wrong', (pattern, message) => {
    expect(() => Reflect.apply(resolveEventPattern, undefined, [pattern])).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});

describe('assertEventType()', () => {
  test.each(['sensor', 'sensor.depth', 'a-b_c.D.9', 't'.repeat(100)])('takes %j', (type) => {
    expect(() => assertEventType(type)).not.toThrow();
  });

  test.each([
    ['', 'not string ""'],
    ['a..b', 'not string "a..b"'],
    ['sensor.*', 'not string "sensor.*"'],
    ['sensor depth', "an event type is a name such as 'sensor.depth', of A–Z"],
    ['t'.repeat(101), `the event type '${'t'.repeat(40)}…' has 101 characters; at most 100 are allowed`],
    [undefined, 'not nothing'],
  ])('refuses %j', (type, message) => {
    expect(() => Reflect.apply(assertEventType, undefined, [type])).toThrow(
      expect.objectContaining({ code: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});

describe('eventMatcher()', () => {
  test('a pattern of types ends where the type ends, and one of origins begins there', () => {
    const depth = event('sensor.depth', 'ship7.gps');
    expect(isFor('sensor.*', undefined, depth)).toBe(true);
    expect(isFor('sensor', undefined, depth)).toBe(false);
    expect(isFor('sensor.depth.ship7', undefined, depth)).toBe(false);
    expect(isFor('sensor.depth', 'gps', depth)).toBe(false);
    expect(isFor('sensor.*', 'ship7', depth)).toBe(false);
    // Its binding lets it through: sensor.depth.ship7.gps.
    expect(isFor('sensor', 'depth.ship7.gps', depth)).toBe(false);
    expect(isFor('#', 'ship7.gps', depth)).toBe(true);
  });

  test('an origin that looks like a pattern, or like the border, matches nothing but itself', () => {
    expect(isFor('sensor', '*', event('sensor', 'a.b'))).toBe(false);
    expect(isFor('sensor', 'ship', event('sensor', '*'))).toBe(false);
    expect(isFor('sensor', 'ship', event('sensor', '#'))).toBe(false);
    expect(isFor('sensor', '*', event('sensor', '#'))).toBe(true);
    expect(isFor('sensor.#', 'x', event('sensor', '~.x'))).toBe(false);
  });
});

type Words = readonly string[];

/** What the documentation says, word by word. */
function matches([first, ...rest]: Words, topic: Words): boolean {
  if (first === undefined) return topic.length === 0;
  if (first === '#') return topic.some((_, at) => matches(rest, topic.slice(at))) || matches(rest, []);
  const [word, ...left] = topic;
  return word !== undefined && (first === '*' || first === word) && matches(rest, left);
}

const wildcard = fc.constantFrom('*', '#');
const typeWord = fc.constantFrom('a', 'b', 'a-b');
const anyWord = fc.oneof(
  fc.constantFrom('a', 'b', '_x2a_', 'é', 'a b', '~', ''),
  fc.constantFrom('*', '#', 'a*'),
  fc.string({ maxLength: 3, unit: 'binary' }).map((text) => text.replaceAll('.', '')),
);
const originWord = anyWord.filter((word) => word !== '' && !/[*#]/.test(word));
const words = (word: fc.Arbitrary<string>, minLength = 1) => fc.array(word, { minLength, maxLength: 4 });
const typePattern = words(fc.oneof(wildcard, typeWord));
const originPattern = fc.option(words(fc.oneof(wildcard, originWord)), { nil: undefined });
const type = words(typeWord);
const origin = words(anyWord).filter((some) => some.join('.') !== '');

describe('a pattern and an event, whatever they are,', () => {
  test('match as type and origin do, each for itself, word by word', () => {
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(typePattern, originPattern, type, origin, (ofTypes, ofOrigins, types, origins) => {
        const given = { type: ofTypes.join('.'), ...(ofOrigins && { origin: ofOrigins.join('.') }) };
        const pattern = resolveEventPattern(given);
        const expected = matches(ofTypes, types) && matches(ofOrigins ?? ['#'], origins);
        seen[`${expected}`] += 1;
        const came = event(types.join('.'), origins.join('.'));
        expect(eventMatcher(pattern)(came)).toBe(expected);

        const topic = eventTopic(types.join('.'), origins.join('.'));
        const index = new TopicIndex<string>();
        index.add(placeOfPattern(pattern), 'it');
        expect(index.match(placeOfEvent(types.join('.'), topic))).toEqual(expected ? ['it'] : []);

        // What a queue is bound by lets everything through that is wanted.
        const binding = new TopicIndex<string>();
        binding.add(pattern.topic, 'it');
        if (expected) expect(binding.match(topic)).toEqual(['it']);
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(100);
  });
});
