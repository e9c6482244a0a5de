import fc from 'fast-check';

/** One of our ways to run a scenario. */
export interface Contender<Scenario> {
  readonly name: string;
  /** Its trace, in the words of the Erlang driver. */
  run(scenario: Scenario): Trace | Promise<Trace>;
  /** What of either trace is compared. */
  normalise(trace: Trace, scenario: Scenario): Trace;
}

/** What happened, in order. */
export type Trace = readonly string[];

/** Scenarios, and who runs them. */
export interface Comparison<Scenario> {
  readonly scenarios: fc.Arbitrary<Scenario>;
  readonly erlang: (scenario: Scenario) => Promise<Trace>;
  readonly contenders: readonly Contender<Scenario>[];
}

/** A scenario whose traces differ. */
export interface Difference {
  readonly scenario: unknown;
  readonly erlang: Trace;
  readonly ours: Trace;
}

/** How a contender did. */
export interface Outcome {
  readonly name: string;
  readonly differing: number;
  readonly smallest: Difference | undefined;
  /** Trace entries compared. */
  readonly entries: number;
}

/** Runs `count` scenarios made from `seed`, each on Erlang's supervisor and on each of ours; one that differs is made small. */
export async function compareMany<Scenario>(
  { scenarios, erlang, contenders }: Comparison<Scenario>,
  count: number,
  seed: number,
): Promise<readonly Outcome[]> {
  const samples = fc.sample(scenarios, { numRuns: count, seed });
  const traces = samples.map(erlang);
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
      let smallest = differences[first];
      if (smallest !== undefined) {
        const property = fc.asyncProperty(scenarios, async (scenario) => {
          const difference = await compare(contender, scenario, await erlang(scenario));
          smallest = difference ?? smallest;
          return difference === undefined;
        });
        await fc.check(property, { seed, path: String(first), numRuns: 1, interruptAfterTimeLimit: 20_000 });
      }
      return { name: contender.name, differing, entries, smallest };
    }),
  );
}

/** `undefined` if they agree. */
async function compare<Scenario>(
  contender: Contender<Scenario>,
  scenario: Scenario,
  erlang: Trace,
): Promise<Difference | undefined> {
  const theirs = contender.normalise(erlang, scenario);
  const ours = contender.normalise(await contender.run(scenario), scenario);
  const areEqual = theirs.length === ours.length && theirs.every((entry, index) => entry === ours[index]);
  return areEqual ? undefined : { scenario, erlang: theirs, ours };
}
