import type { Case, Measurement, OpenContestant, Variant } from './case.ts';

/** Every run of a variant: by contestant, one measurement for each round. */
export interface VariantRuns {
  readonly variant: Variant;
  readonly runs: ReadonlyMap<string, readonly Measurement[]>;
}

/** What came of a case. */
export interface CaseRuns {
  readonly case: Case;
  readonly variants: readonly VariantRuns[];
}

/** How a case is run. */
export interface RunOptions {
  readonly broker: string;
  readonly rounds: number;
  readonly isSmoke: boolean;
  /** Only contestants whose names it takes. */
  readonly takes: (contestant: string) => boolean;
  readonly progress: (what: string) => void;
}

/**
 * Runs a case: for each variant, after a round that does not count, all contestants once in each round, beginning with another one each time. Rejects with
 * what went wrong for a contestant; all of them are gone then.
 */
export async function runCase(one: Case, options: RunOptions): Promise<CaseRuns> {
  const { broker, rounds, isSmoke, takes, progress } = options;
  const open = new Map<string, OpenContestant>();
  try {
    for (const contestant of one.contestants) {
      if (!takes(contestant.name)) continue;
      progress(`${one.name}: starting ${contestant.name}`);
      open.set(contestant.name, await contestant.open(broker));
    }
    const variants: VariantRuns[] = [];
    for (const variant of isSmoke ? one.smokeVariants : one.variants) {
      const skipping = one.contestants.filter(({ skips }) => skips?.(variant)).map(({ name }) => name);
      const asked = [...open].filter(([name]) => !skipping.includes(name));
      const runs = new Map<string, Measurement[]>(asked.map(([name]) => [name, []]));
      for (let round = isSmoke ? 1 : 0; round <= rounds; round += 1) {
        for (const [name, contestant] of rotated(asked, round)) {
          progress(`${one.name}, ${variant.label}: ${roundName(round, rounds)}, ${name}`);
          const measured = await contestant.run(variant);
          if (measured[variant.figure] === undefined)
            throw new Error(`${name} gave no ${variant.figure} for ${one.name}, ${variant.label}`);
          if (round > 0) runs.get(name)?.push(measured);
        }
      }
      variants.push({ variant, runs });
    }
    return { case: one, variants };
  } finally {
    for (const contestant of open.values()) await contestant.close();
  }
}

function roundName(round: number, rounds: number): string {
  return round === 0 ? 'warming up' : `round ${round} of ${rounds}`;
}

function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}
