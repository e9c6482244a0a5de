import fc from 'fast-check';
import type { ErlangRunner } from './erlang-runner.ts';
import type { Scenario } from './scenario.ts';

/** One of our ways to run a scenario. */
export interface Contender {
  readonly name: string;
  /** Its trace, in the words of the Erlang driver. */
  run(scenario: Scenario): readonly string[] | Promise<readonly string[]>;
  /** Its children are real processes: see {@link asProcesses}. */
  readonly hasProcesses: boolean;
}

/** A scenario whose traces differ. */
export interface Difference {
  readonly scenario: Scenario;
  readonly erlang: readonly string[];
  readonly ours: readonly string[];
}

/** How a contender did. */
export interface Outcome {
  readonly contender: Contender;
  readonly differing: number;
  readonly smallest: Difference | undefined;
  /** Trace entries compared. */
  readonly entries: number;
}

/** Runs `count` scenarios made from `seed`, each on Erlang's supervisor and on each of ours; one that differs is made small. */
export async function compareMany(
  erlang: ErlangRunner,
  contenders: readonly Contender[],
  scenarios: fc.Arbitrary<Scenario>,
  count: number,
  seed: number,
): Promise<readonly Outcome[]> {
  const samples = fc.sample(scenarios, { numRuns: count, seed });
  const traces = samples.map((scenario) => erlang.run(scenario));
  return Promise.all(
    contenders.map(async (contender) => {
      let entries = 0;
      const differences = await Promise.all(
        samples.map(async (scenario, index) => {
          const theirs = (await traces[index]) ?? [];
          entries += theirs.length;
          return compare(contender, scenario, theirs);
        }),
      );
      const first = differences.findIndex((difference) => difference !== undefined);
      const differing = differences.filter((difference) => difference !== undefined).length;
      const small = first === -1 ? undefined : await shrunk(erlang, contender, scenarios, seed, first);
      return { contender, differing, entries, smallest: small ?? differences[first] };
    }),
  );
}

/** The smallest that differs as the scenario number `index` does. */
async function shrunk(
  erlang: ErlangRunner,
  contender: Contender,
  scenarios: fc.Arbitrary<Scenario>,
  seed: number,
  index: number,
): Promise<Difference | undefined> {
  let smallest: Difference | undefined;
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    const difference = await compare(contender, scenario, await erlang.run(scenario));
    if (difference !== undefined) smallest = difference;
    return difference === undefined;
  });
  await fc.check(property, { seed, path: String(index), numRuns: 1, interruptAfterTimeLimit: 20_000 });
  return smallest;
}

/** `undefined` if they agree. */
async function compare(
  contender: Contender,
  scenario: Scenario,
  erlang: readonly string[],
): Promise<Difference | undefined> {
  const isDynamic = scenario.strategy === 'simple_one_for_one';
  const normal = (trace: readonly string[]): readonly string[] => {
    const entries = contender.hasProcesses ? asProcesses(trace) : trace;
    return isDynamic ? withSortedStops(entries) : entries;
  };
  const theirs = normal(erlang);
  const ours = normal(await contender.run(scenario));
  const areEqual = theirs.length === ours.length && theirs.every((entry, index) => entry === ours[index]);
  return areEqual ? undefined : { scenario, erlang: theirs, ours };
}

/**
 * What cannot be the same for our processes. One that is told to end ends for the reason that it is told, or is killed; Erlang's, if it traps
 * exits, may say another. And whoever waits for a promise hears of it when everything that is done at once has been done: an answer, or the
 * end of the beginning, after the kills that follow it.
 */
function asProcesses(trace: readonly string[]): readonly string[] {
  const entries: string[] = [];
  let told: string[] = [];
  for (const entry of [...trace, '']) {
    if (/^(up|reply)\b/.test(entry)) {
      told.push(entry);
      continue;
    }
    if (!/^stop .* killed$/.test(entry)) {
      entries.push(...told);
      told = [];
    }
    entries.push(entry.replace(/^(stop \S+) (normal|crash)$/, '$1 shutdown'));
  }
  return entries.slice(0, -1);
}

/** The end of `simple_one_for_one` stops its children in no particular order. */
function withSortedStops(trace: readonly string[]): readonly string[] {
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
