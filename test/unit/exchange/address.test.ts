import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressBook } from '../../../src/exchange/address.ts';
import { processId, resolveAddress } from '../../../src/exchange/index.ts';

const ours = { container: 'ship_1', sysname: 'fleet' };
const alone = { container: 'ship_1', sysname: 'ship_1' };
const toContainer = (container: string) => ({ routingKey: `~${container}`, container, service: '' });
const toService = (service: string) => ({ routingKey: service, container: undefined, service });

describe('resolveAddress()', () => {
  test.each([
    ['hello', toService('hello')],
    ['hello.v2', toService('hello.v2')],
    ['fleet.hello', toService('hello')],
    ['fleet.hello.v2', toService('hello.v2')],
    ['fleet', toService('fleet')],
    ['fleeting.hello', toService('fleeting.hello')],
    ['ship_1.7', toContainer('ship_1')],
    ['ship_1.log', toContainer('ship_1')],
    ['ship_1.deck.log', toContainer('ship_1')],
    ['ship_10.log', toService('ship_10.log')],
    ['other_2.7', toContainer('other_2')],
    // Another container's local name, if it is no service's: found when the broker returns it.
    ['other_2.log', toService('other_2.log')],
    // A service whose own name begins with the sysname: its qualified name is the one that reaches it.
    ['fleet.fleet.log', toService('fleet.log')],
  ])('in a system of several, %s', (receiver, address) => {
    expect(resolveAddress(receiver, ours)).toEqual(address);
  });

  test.each([
    ['hello', toService('hello')],
    ['ship_1.hello', toService('hello')],
    ['ship_1.7', toContainer('ship_1')],
    ['other_2.7', toContainer('other_2')],
    ['other_2.log', toService('other_2.log')],
  ])('in a container that is a system of its own, %s', (receiver, address) => {
    expect(resolveAddress(receiver, alone)).toEqual(address);
  });

  const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  const near = fc.constantFrom('ship_1', 'fleet', 'ship_', 'ship_10', 'flee', 'fleet1', '7');
  const container = fc.oneof(segment, near);

  test('a process id always goes to its container, whoever asks', () => {
    fc.assert(
      fc.property(container, container, container, fc.nat(), (target, own, sysname, local) => {
        expect(resolveAddress(processId(target, local), { container: own, sysname })).toEqual(
          toContainer(target),
        );
      }),
    );
  });

  test('a plain name that is not below our own names is a service under that very routing key', () => {
    const name = fc
      .tuple(container, fc.array(segment, { maxLength: 2 }), fc.stringMatching(/^[a-z]{1,5}$/))
      .map(([first, middle, last]) => [first, ...middle, last].join('.'));
    fc.assert(
      fc.property(name, (text) => {
        fc.pre(!text.startsWith('ship_1.') && !text.startsWith('fleet.'));
        expect(resolveAddress(text, ours)).toEqual(toService(text));
        expect(resolveAddress(`fleet.${text}`, ours)).toEqual(toService(text));
      }),
    );
  });
});

describe('AddressBook', () => {
  test('tells what resolveAddress() tells, the second time too, and forgets when there are too many', () => {
    const identity = { container: 'ship', sysname: 'fleet' };
    const book = new AddressBook(identity);
    const receivers = [
      'hello',
      'ship.7',
      'shore.7',
      'ship.log',
      'ship.deck.7',
      'ship.',
      'ship7.7',
      'fleet.hello.v2',
    ];
    for (const receiver of receivers) {
      const address = book.of(receiver);
      expect(address).toEqual(resolveAddress(receiver, identity));
      expect(book.of(receiver)).toBe(address);
    }
    const first = book.of('hello');
    for (let index = 0; index < 10_000; index += 1) book.of(`service${index}`);
    expect(book.of('hello')).toEqual(first);
    expect(book.of('hello')).not.toBe(first);
  });
});
