/**
 * `npm run soak`: 10 000 processes under three levels of supervisors, 200 000 random crashes; then the tree must be what the specs say, and nothing may
 * be left of those that have ended. Then the same, shorter, with supervisors that bear little, so that they give up and are started again themselves.
 *
 * `--squadrons`, `--ships`, `--sailors` and `--crashes` make it smaller, `--seed` repeats a run.
 */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type SoakOptions, type SoakReport, soak, warmUp } from './soak.ts';
import { verdicts } from './verdicts.ts';

const { values } = parseArgs({
  options: {
    squadrons: { type: 'string', default: '10' },
    ships: { type: 'string', default: '20' },
    sailors: { type: 'string', default: '50' },
    crashes: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const given = {
  squadrons: Number(values.squadrons),
  ships: Number(values.ships),
  sailors: Number(values.sailors),
  crashes: Number(values.crashes),
  seed: Number(values.seed),
  // What is remembered of restarts is memory, too.
  periodMs: 50,
  failing: 0.005,
};
const unbounded = Number.MAX_SAFE_INTEGER;
const calm = {
  ...given,
  shipIntensity: unbounded,
  squadronIntensity: unbounded,
  atOnce: 40,
  supervisorEvery: Math.ceil(given.crashes / 200),
};

await warmUp(calm);
await run('supervisors that bear much', calm);
await run('supervisors that give up', {
  ...calm,
  crashes: Math.ceil(given.crashes / 10),
  shipIntensity: 2,
  squadronIntensity: 5,
  supervisorEvery: Number.POSITIVE_INFINITY,
});

async function run(what: string, options: SoakOptions): Promise<void> {
  const report = await soak(options);
  console.log(`${what}, seed ${options.seed}`);
  print(report);
  for (const verdict of verdicts(report)) {
    console.log(`  ✗ ${verdict}`);
    process.exitCode = 1;
  }
}

function print(report: SoakReport): void {
  const { processes, crashes, slips, starts, failures, supervisorStarts, startMs, crashMs } = report;
  console.log(`  ${processes} processes started in ${(startMs / 1_000).toFixed(1)} s`);
  console.log(
    `  ${crashes} crashes, ${slips} of them by errors that nobody handled, in ${(crashMs / 1_000).toFixed(1)} s: ${Math.round((crashes / crashMs) * 1_000)}/s`,
  );
  console.log(
    `  ${starts} starts of workers (${failures} failed), ${supervisorStarts} of supervisors again: ${Math.round((starts / crashMs) * 1_000)}/s`,
  );
  for (const stage of ['empty', 'before', 'after', 'stopped'] as const) {
    const { heapBytes, processes: objects, timers, listeners } = report[stage];
    console.log(
      `  ${stage.padEnd(8)} ${mebibytes(heapBytes).padStart(6)} MiB, ${objects} process objects, ${timers} timers, ${listeners} listeners`,
    );
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
