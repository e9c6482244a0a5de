/**
 * `npm run test:otp -- --count N --seed S`: the same scenarios on Erlang's own supervisor and on ours; their traces must be equal. Without a
 * seed each run takes another one, and says which.
 */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { compareMany } from './compare.ts';
import { ErlangRunner } from './erlang-runner.ts';
import { clockedScenarios, waitingScenarios } from './scenarios.ts';

const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
const count = numberOf('count', values.count, 2_500);
const seed = numberOf('seed', values.seed, randomInt(2 ** 31));

const began = Date.now();
const erlang = await ErlangRunner.start();
try {
  await run('its own clock', waitingScenarios, Math.max(1, Math.ceil(count / 10)));
  await run('a clock that is set', clockedScenarios, count);
} finally {
  await erlang.stop();
}
if (process.exitCode === undefined)
  console.log(`equal, seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(1)} s`);

async function run(clock: string, scenarios: typeof clockedScenarios, wanted: number): Promise<void> {
  const { differing, smallest, entries } = await compareMany(erlang, scenarios, wanted, seed);
  console.log(
    `OTP ${erlang.release} on ${clock}: ${wanted} scenarios, ${entries} trace entries, ${differing} differ`,
  );
  if (smallest === undefined) return;
  process.exitCode = 1;
  console.log(`seed ${seed}; the smallest that differs:`);
  console.log(JSON.stringify(smallest.scenario));
  const length = Math.max(smallest.erlang.length, smallest.ours.length);
  for (let index = 0; index < length; index += 1) {
    const [theirs = '', ours = ''] = [smallest.erlang[index], smallest.ours[index]];
    console.log(`${theirs === ours ? ' ' : '≠'} ${theirs.padEnd(60)} | ${ours}`);
  }
}

function numberOf(name: string, given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`--${name} must be a whole number, not '${given}'`);
  return value;
}
