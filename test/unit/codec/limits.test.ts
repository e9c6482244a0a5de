import { describe, expect, test } from '@jest/globals';
import { defaultCodecLimits, resolveCodecLimits } from '../../../src/codec/index.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';

describe('resolveCodecLimits()', () => {
  test('fills in the defaults and freezes', () => {
    const limits = resolveCodecLimits({ maxDepth: 8 });
    expect(limits).toEqual({ ...defaultCodecLimits, maxDepth: 8 });
    expect(Object.isFrozen(limits)).toBe(true);
  });

  test.each([
    [
      { maxDepht: 8 },
      'unknown key "maxDepht"; known are maxFrameBytes, maxEnvelopeBytes, maxDepth, maxValues',
    ],
    [{ maxDepth: 0 }, 'maxDepth must be a whole number from 1 to 500, got 0'],
    [{ maxDepth: 501 }, 'maxDepth must be a whole number from 1 to 500, got 501'],
    [{ maxValues: 1.5 }, 'maxValues must be a whole number'],
    [{ maxFrameBytes: '1 MiB' }, 'maxFrameBytes must be a whole number'],
    [{ maxFrameBytes: 8 * 1024 * 1024 }, 'at least 1024 less than maxFrameBytes'],
  ])('refuses %p', (options: object, message) => {
    expect(() => resolveCodecLimits(options)).toThrow(ConfigurationError);
    expect(() => resolveCodecLimits(options)).toThrow(message);
  });
});
