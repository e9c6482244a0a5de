import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { messageInfo } from '../../../src/codec/index.ts';
import { BadRequestError } from '../../../src/errors/index.ts';
import { protoContent, roundTrip } from './proto-bed.ts';

const proto = `
  message Order {
    string item = 1; int32 count = 2; optional int32 berth = 3; repeated string tags = 4; map<string, int64> prices = 5;
    Mood mood = 6; Order next = 7; bytes seal = 8; bool urgent = 9; uint64 id = 10;
    enum Mood { NONE = 0; CALM = 1; WILD = 2; }
  }`;
const fields = ['item', 'count', 'berth', 'tags', 'prices', 'mood', 'next', 'seal', 'urgent', 'id'];

async function infoOf(given: object) {
  const info = messageInfo(roundTrip(await protoContent(proto, 'Order'), given));
  if (info === undefined) throw new Error('it is no message');
  return info;
}

describe('messageInfo()', () => {
  test('knows the type and its fields', async () => {
    const info = await infoOf({});
    expect(info.type).toBe('t.Order');
    expect(info.fields).toEqual(fields);
  });

  test('lists the fields that are set', async () => {
    expect((await infoOf({})).setFields).toEqual([]);
    const all = {
      item: 'rope',
      count: -1,
      berth: 0,
      tags: [''],
      prices: { a: 0n },
      mood: 'CALM',
      next: {},
      seal: Uint8Array.of(0),
      urgent: true,
      id: 1n,
    };
    expect((await infoOf(all)).setFields).toEqual(fields);
    const defaults = {
      item: '',
      count: 0,
      tags: [],
      prices: {},
      mood: 'NONE',
      seal: new Uint8Array(0),
      urgent: false,
      id: 0,
    };
    expect((await infoOf(defaults)).setFields).toEqual([]);
  });

  test('tells of each field whether it is set, now', async () => {
    const message = roundTrip(await protoContent(proto, 'Order'), { item: 'rope' });
    const info = messageInfo(message);
    expect(info?.isSet('item')).toBe(true);
    expect(info?.isSet('berth')).toBe(false);
    Object.assign(Object(message), { item: '', berth: 0 });
    expect(info?.isSet('item')).toBe(false);
    expect(info?.isSet('berth')).toBe(true);
    expect(info?.setFields).toEqual(['berth']);
  });

  test('refuses a name that is no field’s', async () => {
    const info = await infoOf({});
    expect(() => info.isSet('itme')).toThrow(BadRequestError);
    expect(() => info.isSet('itme')).toThrow("'itme' is no field of t.Order; did you mean 'item'?");
    expect(() => info.isSet('constructor')).toThrow(
      "'constructor' is no field of t.Order; known are item, count",
    );
    expect(() => info.enumOf('moood')).toThrow("did you mean 'mood'?");
  });

  test('gives the enum of a field', async () => {
    const info = await infoOf({});
    expect(info.enumOf('mood')).toEqual({ NONE: 0, CALM: 1, WILD: 2 });
    expect(info.enumOf('item')).toBeUndefined();
  });

  test('knows messages inside messages, and plain values too', async () => {
    const codec = await protoContent(proto, 'Order');
    const message = codec.receive({ next: { item: 'chain' } }, undefined, 'content');
    expect(messageInfo(Reflect.get(Object(message), 'next'))?.setFields).toEqual(['item']);
  });

  test('knows nothing of what is no message', () => {
    for (const value of [null, undefined, 5, 'text', {}, [], new Date()])
      expect(messageInfo(value)).toBeUndefined();
  });

  test('leaves a message as it would be without', async () => {
    const message = roundTrip(await protoContent('message M { string a = 1; }', 'M'), { a: 'b' });
    expect(message).toStrictEqual({ a: 'b' });
    expect(inspect(message)).toBe("{ a: 'b' }");
    expect(JSON.stringify(message)).toBe('{"a":"b"}');
  });
});
