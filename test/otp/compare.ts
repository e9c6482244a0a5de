import fc from 'fast-check';
import type { ErlangRunner } from './erlang-runner.ts';
import { ourTrace } from './our-trace.ts';
import type { Scenario } from './scenario.ts';

/** A scenario whose traces differ. */
export interface Difference {
  readonly scenario: Scenario;
  readonly erlang: readonly string[];
  readonly ours: readonly string[];
}

/** Runs one scenario on both supervisors; `undefined` if they agree. */
export async function compare(erlang: ErlangRunner, scenario: Scenario): Promise<Difference | undefined> {
  const isDynamic = scenario.strategy === 'simple_one_for_one';
  const theirs = normalise(await erlang.run(scenario), isDynamic);
  const ours = normalise(ourTrace(scenario), isDynamic);
  const areEqual = theirs.length === ours.length && theirs.every((entry, index) => entry === ours[index]);
  return areEqual ? undefined : { scenario, erlang: theirs, ours };
}

/** Runs `count` scenarios made from `seed`, and answers those that differ, made small. */
export async function compareMany(
  erlang: ErlangRunner,
  scenarios: fc.Arbitrary<Scenario>,
  count: number,
  seed: number,
): Promise<{
  readonly differing: number;
  readonly smallest: Difference | undefined;
  readonly entries: number;
}> {
  const samples = fc.sample(scenarios, { numRuns: count, seed });
  let entries = 0;
  const results = await Promise.all(
    samples.map(async (scenario) => {
      entries += ourTrace(scenario).length;
      return compare(erlang, scenario);
    }),
  );
  const differing = results.filter((difference) => difference !== undefined);
  const first = results.findIndex((difference) => difference !== undefined);
  if (first === -1) return { differing: 0, smallest: undefined, entries };
  let smallest = differing[0];
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    const difference = await compare(erlang, scenario);
    if (difference !== undefined) smallest = difference;
    return difference === undefined;
  });
  await fc.check(property, { seed, path: String(first), numRuns: 1, interruptAfterTimeLimit: 20_000 });
  return { differing: differing.length, smallest, entries };
}

/** The end of `simple_one_for_one` stops its children in no particular order. */
function normalise(trace: readonly string[], isDynamic: boolean): readonly string[] {
  if (!isDynamic) return trace;
  const sorted: string[] = [];
  let stops: string[] = [];
  for (const entry of [...trace, '']) {
    if (entry.startsWith('stop ')) {
      stops.push(entry);
      continue;
    }
    sorted.push(...stops.toSorted(), entry);
    stops = [];
  }
  return sorted.slice(0, -1);
}
