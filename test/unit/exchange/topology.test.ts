import { describe, expect, test } from '@jest/globals';
import {
  controlExchange,
  inboxBindings,
  inboxQueue,
  serviceBinding,
  serviceQueue,
  systemExchange,
} from '../../../src/exchange/topology.ts';

const ours = { container: 'ship_1', sysname: 'fleet' };
/** A trial: no sysname was given. */
const alone = { container: 'ship_1', sysname: 'ship_1' };

// Frozen for wire version 1: another value here is a 406 between containers of different versions.
describe('topology', () => {
  test('systemExchange() is a durable topic exchange of the system’s name; a trial’s goes with its last queue', () => {
    expect(systemExchange(ours)).toEqual({ name: 'fleet', type: 'topic', durable: true, autoDelete: false });
    expect(systemExchange(alone)).toEqual({ name: 'ship_1', type: 'topic', durable: true, autoDelete: true });
  });

  test('controlExchange() is a durable fanout exchange; a trial’s goes with its last queue', () => {
    expect(controlExchange(ours)).toEqual({
      name: 'fleet~control',
      type: 'fanout',
      durable: true,
      autoDelete: false,
    });
    expect(controlExchange(alone)).toEqual({
      name: 'ship_1~control',
      type: 'fanout',
      durable: true,
      autoDelete: true,
    });
  });

  test('inboxQueue() is exclusive and new with each connection', () => {
    expect(inboxQueue(ours)).toEqual({
      name: 'fleet~inbox.ship_1',
      perEpoch: true,
      durable: false,
      exclusive: true,
      autoDelete: false,
    });
  });

  test('inboxBindings() take the container’s id, its process ids and local names, and what goes to all', () => {
    expect(inboxBindings(ours)).toEqual([
      { exchange: 'fleet', queue: 'fleet~inbox.ship_1', routingKey: '~ship_1.#' },
      { exchange: 'fleet~control', queue: 'fleet~inbox.ship_1', routingKey: '' },
    ]);
  });

  test('serviceQueue() is durable and shared, never expires and has no dead-letter exchange; a trial’s goes with its last consumer', () => {
    expect(serviceQueue(ours, 'hello.v2')).toEqual({
      name: 'fleet.hello.v2',
      durable: true,
      exclusive: false,
      autoDelete: false,
    });
    expect(serviceQueue(alone, 'hello')).toEqual({
      name: 'ship_1.hello',
      durable: true,
      exclusive: false,
      autoDelete: true,
    });
  });

  test('serviceBinding() is the service’s name, without a wildcard', () => {
    expect(serviceBinding(ours, 'hello.v2')).toEqual({
      exchange: 'fleet',
      queue: 'fleet.hello.v2',
      routingKey: 'hello.v2',
    });
  });
});
