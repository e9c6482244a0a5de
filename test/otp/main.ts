/**
 * `npm run test:otp -- --count N --seed S`: the same scenarios on Erlang's own supervisor and on ours, the decisions alone and real
 * processes; their traces must be equal. Without a seed each run takes another one, and says which.
 */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Comparison, type Contender, compareMany, type Difference } from './compare.ts';
import { ErlangRunner } from './erlang-runner.ts';
import { type NestedScenario, nestedScenarios } from './nested-scenario.ts';
import { asProcesses, withoutOrderOfDynamicStops } from './normalise.ts';
import { ourTrace } from './our-trace.ts';
import { RealRunner } from './real-runner.ts';
import type { Scenario } from './scenario.ts';
import { clockedScenarios, waitingScenarios } from './scenarios.ts';

const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
const count = numberOf('count', values.count, 2_500);
const seed = numberOf('seed', values.seed, randomInt(2 ** 31));

const began = Date.now();
const erlang = await ErlangRunner.start();
const real = new RealRunner();
const contenders: readonly Contender<Scenario>[] = [
  { name: 'decisions', run: ourTrace, normalise: withoutOrderOfDynamicStops },
  {
    name: 'processes',
    run: (scenario) => real.run(scenario),
    normalise: (trace, scenario) => withoutOrderOfDynamicStops(asProcesses(trace), scenario),
  },
];
const single = { erlang: (scenario: Scenario) => erlang.run(scenario), contenders };
try {
  const few = Math.max(1, Math.ceil(count / 10));
  await run('one supervisor on its own clock', { ...single, scenarios: waitingScenarios }, few);
  await run('one supervisor on a clock that is set', { ...single, scenarios: clockedScenarios }, count);
  await run('a tree of supervisors', nested(), few * 2);
} finally {
  await real.stop();
  await erlang.stop();
}
if (process.exitCode === undefined)
  console.log(`equal, seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(1)} s`);

function nested(): Comparison<NestedScenario> {
  return {
    scenarios: nestedScenarios,
    erlang: (scenario) => erlang.runNested(scenario),
    contenders: [{ name: 'processes', run: (scenario) => real.runNested(scenario), normalise: asProcesses }],
  };
}

async function run<Kind>(what: string, comparison: Comparison<Kind>, wanted: number): Promise<void> {
  for (const outcome of await compareMany(comparison, wanted, seed)) {
    const { name, differing, entries, smallest } = outcome;
    console.log(
      `OTP ${erlang.release} and our ${name}, ${what}: ${wanted} scenarios, ${entries} trace entries, ${differing} differ`,
    );
    if (smallest !== undefined) print(smallest);
  }
}

function print({ scenario, erlang: theirs, ours }: Difference): void {
  process.exitCode = 1;
  console.log(`seed ${seed}; the smallest that differs:`);
  console.log(JSON.stringify(scenario));
  for (let index = 0; index < Math.max(theirs.length, ours.length); index += 1) {
    const [left = '', right = ''] = [theirs[index], ours[index]];
    console.log(`${left === right ? ' ' : '≠'} ${left.padEnd(60)} | ${right}`);
  }
}

function numberOf(name: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} must be a whole number, not '${given}'`);
  return value;
}
