import { describe, expect, test } from '@jest/globals';
import type { Case, Contestant, Measurement, Variant } from '../../../../bench/suite/case.ts';
import { runCase } from '../../../../bench/suite/run-case.ts';

const variant: Variant = { label: 'ten', command: 'work 10', figure: 'rate' };
const short: Variant = { label: 'one', command: 'work 1', figure: 'rate' };

/** Contestants that note in `log` what is asked of them; each run gives a rate one higher than the last. */
function bed(names: readonly string[], special: Partial<Contestant> & { run?: () => Measurement } = {}) {
  const log: string[] = [];
  const contestants = names.map((name): Contestant => {
    let runs = 0;
    return {
      name,
      settings: '',
      open: async () => {
        log.push(`open ${name}`);
        return {
          run: async ({ label }) => {
            log.push(`${name} ${label}`);
            runs += 1;
            return name === 'odd' && special.run ? special.run() : { rate: runs };
          },
          close: async () => void log.push(`close ${name}`),
        };
      },
      ...(name === 'odd' && special.open && { open: special.open }),
      ...(name === 'odd' && special.skips && { skips: special.skips }),
    };
  });
  const one: Case = {
    name: 'work',
    description: '',
    needsBroker: false,
    contestants,
    variants: [variant],
    smokeVariants: [short],
    targets: [],
    reference: 'a',
  };
  const run = (options: { rounds?: number; isSmoke?: boolean; takes?: (name: string) => boolean } = {}) =>
    runCase(one, {
      broker: '',
      rounds: 2,
      isSmoke: false,
      takes: () => true,
      progress: () => undefined,
      ...options,
    });
  return { log, run };
}

describe('runCase()', () => {
  test('asks everybody once a round, beginning with another one each time, after a round that does not count', async () => {
    const { log, run } = bed(['a', 'b']);

    const { variants } = await run();

    const rounds = ['a ten', 'b ten', 'b ten', 'a ten', 'a ten', 'b ten'];
    expect(log).toEqual(['open a', 'open b', ...rounds, 'close a', 'close b']);
    expect(variants[0]?.runs).toEqual(
      new Map([
        ['a', [{ rate: 2 }, { rate: 3 }]],
        ['b', [{ rate: 2 }, { rate: 3 }]],
      ]),
    );
  });

  test('runs the smoke variants, without a round that does not count', async () => {
    const { log, run } = bed(['a']);

    await run({ isSmoke: true, rounds: 1 });

    expect(log).toEqual(['open a', 'a one', 'close a']);
  });

  test('does not open a contestant that is not taken', async () => {
    const { log, run } = bed(['a', 'b']);

    await run({ takes: (name) => name === 'b' });

    expect(log.filter((entry) => entry.includes('a'))).toEqual([]);
  });

  test('does not ask a contestant for a variant that it skips', async () => {
    const { log, run } = bed(['a', 'odd'], { skips: ({ label }) => label === 'ten' });

    const { variants } = await run();

    expect(log.filter((entry) => entry.includes('odd'))).toEqual(['open odd', 'close odd']);
    expect([...(variants[0]?.runs.keys() ?? [])]).toEqual(['a']);
  });

  test('rejects when one does not give the figure, and closes all', async () => {
    const { log, run } = bed(['a', 'odd'], { run: () => ({ ms: 1 }) });

    await expect(run()).rejects.toThrow('odd gave no rate for work, ten');
    expect(log.slice(-2)).toEqual(['close a', 'close odd']);
  });

  test('closes those that are open when another one cannot be opened', async () => {
    const { log, run } = bed(['a', 'odd'], { open: () => Promise.reject(new Error('no such program')) });

    await expect(run()).rejects.toThrow('no such program');
    expect(log).toEqual(['open a', 'close a']);
  });
});
