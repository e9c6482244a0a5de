import { expect, test } from '@jest/globals';
import { recordingLogger } from '../../../src/testing/index.ts';

test('recordingLogger() keeps the lines of its children and rooms, with their fields, in order', () => {
  const logger = recordingLogger();
  logger.warn('low water', { depth: 2 });
  logger.child({ container: 'ship' }).room('exchange').room('inbox').debug('came in', { op: 'hello' });
  expect(logger.lines).toEqual([
    { level: 'warn', message: 'low water', fields: { depth: 2 } },
    {
      level: 'debug',
      message: 'came in',
      fields: { room: 'exchange.inbox', container: 'ship', op: 'hello' },
    },
  ]);
  expect(logger.enabled('debug')).toBe(true);
});
