import { describe, expect, test } from '@jest/globals';
import { eventually, turns } from '../../../src/testing/index.ts';

describe('eventually()', () => {
  test('resolves with the first truthy value, be it promised', async () => {
    let asked = 0;
    expect(
      await eventually(async () => {
        asked += 1;
        return asked === 3 ? 'there' : undefined;
      }),
    ).toBe('there');
  });

  test('takes a condition that throws for one that does not hold yet', async () => {
    let asked = 0;
    await eventually(() => {
      asked += 1;
      expect(asked).toBeGreaterThan(150);
      return true;
    });
  });

  test('gives up after its time, naming what did not come true and why', async () => {
    const cause = new Error('not yet');
    const waiting = eventually(
      () => {
        throw cause;
      },
      { withinMs: 5, what: 'high water' },
    );
    await expect(waiting).rejects.toMatchObject({
      message: 'Did not come true within 5 ms: high water',
      cause,
    });
  });
});

test('turns() lets immediates pass, those included that they set', async () => {
  let passed = 0;
  setImmediate(() => {
    passed += 1;
    setImmediate(() => {
      passed += 1;
    });
  });
  await turns(3);
  expect(passed).toBe(2);
});
