import { expect, test } from '@jest/globals';
import type { Target } from '../../../../bench/suite/case.ts';
import type { CaseRuns } from '../../../../bench/suite/run-case.ts';
import { verdictsOf } from '../../../../bench/suite/verdicts.ts';

const variant = { label: 'ten', command: 'work 10', figure: 'ms' } as const;

/** A case in which `ours` took 12 ms with a deviation of 0.3, and `theirs` 10 ms with 0.1. */
function runsWith(...targets: readonly Target[]): CaseRuns {
  return {
    case: {
      name: 'work',
      description: '',
      needsBroker: false,
      contestants: [],
      variants: [variant],
      smokeVariants: [],
      targets,
      reference: 'theirs',
    },
    variants: [
      {
        variant,
        runs: new Map([
          ['ours', [{ ms: 12, deviation: 0.3 }]],
          ['theirs', [{ ms: 10, deviation: 0.1 }]],
        ]),
      },
    ],
  };
}

test("verdictsOf() compares the variant's figure with that of the other contestant", () => {
  const [verdict] = verdictsOf(
    runsWith({ variant: 'ten', contestant: 'ours', against: 'theirs', atMost: 1.1 }),
  );

  expect(verdict).toMatchObject({ isMet: false, measured: { median: 1.2 } });
});

test('verdictsOf() takes another figure where the target names one', () => {
  const [verdict] = verdictsOf(
    runsWith({ variant: 'ten', contestant: 'ours', figure: 'deviation', atMost: 0.35 }),
  );

  expect(verdict).toMatchObject({ isMet: true, measured: { median: 0.3 } });
});

test('verdictsOf() leaves out targets whose variant or contestant did not run', () => {
  const verdicts = verdictsOf(
    runsWith(
      { variant: 'eleven', contestant: 'ours', atMost: 1 },
      { variant: 'ten', contestant: 'others', atMost: 1 },
      { variant: 'ten', contestant: 'ours', against: 'others', atMost: 1 },
    ),
  );

  expect(verdicts).toEqual([]);
});
