import { describe, expect, test } from '@jest/globals';
import { AddressBook } from '../../../src/exchange/address.ts';
import { Underway } from '../../../src/exchange/underway.ts';
import { identity, message } from './bed.ts';

describe('Underway', () => {
  test('counts requests to a service by whichever of its names, until they have come', () => {
    const underway = new Underway(new AddressBook(identity));
    const requests = [message({ receiver: 'hello' }), message({ receiver: 'fleet.hello' })];
    for (const request of requests) underway.left(request);
    underway.left(message({ receiver: 'other' }));
    expect([underway.of('hello'), underway.of('other'), underway.of('nobody')]).toEqual([2, 1, 0]);
    for (const request of requests) underway.arrived(request);
    expect([underway.of('hello'), underway.of('other')]).toEqual([0, 1]);
  });

  test.each([
    ['an id', message({ receiver: 'shore.1' })],
    ['a local name', message({ receiver: 'shore.log' })],
    ['an answer', message({ performative: 'inform_result' })],
    ['a one-way message', message({ performative: 'none' })],
  ])('does not count %s', (_name, one) => {
    const underway = new Underway(new AddressBook(identity));
    underway.left(one);
    expect(underway.of('hello')).toBe(0);
    underway.arrived(one);
    expect(underway.of('hello')).toBe(0);
  });
});
