import { describe, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { defineEvent } from '../../../src/process/event-type.ts';
import { Publisher } from '../../../src/process/publisher.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  content: Type.Object({ m: Type.Number() }),
});

function makePublisher(origin?: string) {
  const published: unknown[][] = [];
  const publisher = new Publisher(Depth, origin, {
    publish: async (...args) => {
      published.push(args);
      return 'sent';
    },
  });
  return { publisher, published };
}

describe('Publisher#publish()', () => {
  test('publishes its type from its origin, and gives the outcome', async () => {
    const { publisher, published } = makePublisher('ship7');
    expect(await publisher.publish({ m: 1 })).toBe('sent');
    expect(published).toEqual([[Depth, 'ship7', { m: 1 }, undefined]]);
  });

  test('from another origin if a call says so, with its options', async () => {
    const { publisher, published } = makePublisher('ship7');
    const options = { headers: { note: 'urgent' } };
    await publisher.publish({ m: 1 }, 'ship8', options);
    expect(published).toEqual([[Depth, 'ship8', { m: 1 }, options]]);
  });

  test('behaviour 36: without an origin is refused', async () => {
    const { publisher, published } = makePublisher();
    await expect(publisher.publish({ m: 1 })).rejects.toMatchObject({
      code: 'BadRequest',
      message: "an event of type 'sensor.depth' needs an origin: give it to publisher() or to publish()",
    });
    expect(published).toEqual([]);
    expect(await publisher.publish({ m: 1 }, 'ship8')).toBe('sent');
  });
});
