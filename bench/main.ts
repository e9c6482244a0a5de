/**
 * `npm run bench`: what ioncore does against what people would use instead, by turns in one run on one machine; read the ratios. It installs the peers, starts
 * a RabbitMQ of its own, and prints medians, spreads, ratios and targets; with `--profile`, where ioncore's time goes. `-- --help` tells the options.
 */
import { access, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { RabbitNode } from '../test/support/rabbit-node.ts';
import { isIoncore } from './cases/contestants.ts';
import { cases } from './cases/index.ts';
import { type CaseProfile, profileCase } from './profile/profile-case.ts';
import { profileText } from './profile/report.ts';
import type { Case, Contestant } from './suite/case.ts';
import { installPeers } from './suite/peers.ts';
import { Progress } from './suite/progress.ts';
import { reportData, reportText } from './suite/report.ts';
import { runCase } from './suite/run-case.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    contestants: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench -- [options]

  --cases A,B        only these: ${cases.map(({ name }) => name).join(', ')}
  --contestants A,B  only these
  --rounds N         how often each is measured (default 5, with --smoke or --profile 1)
  --profile          no figures, but where the time goes: one variant of each case, only ioncore's contestants, and of each of their programs the ten functions
                     that took most of it, by Node's CPU profiler
  --smoke            a few short runs, to see that everything works; the figures mean nothing
  --json             the figures as JSON on standard output, in place of the tables
  --output FILE      the figures as JSON to a file as well`);
  process.exit(0);
}
const rounds = Number(values.rounds ?? (values.smoke || values.profile ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1)
  fail(`--rounds is a whole number from 1 on, not ${values.rounds}`);
const wanted = chosen(
  'cases',
  values.cases,
  cases.map(({ name }) => name),
);
const selected = cases.filter(({ name }) => wanted.has(name));
const contestants = chosen('contestants', values.contestants, [
  ...new Set(selected.flatMap((one) => contestantsOf(one).map(({ name }) => name))),
]);
await access(new URL('../dist/index.js', import.meta.url)).catch(() =>
  fail('there is no dist/index.js; run npm run build first'),
);

const progress = new Progress(process.stderr);
if (!values.profile) await installPeers(progress.tell);
progress.tell('RabbitMQ: starting');
const node = selected.some(({ needsBroker }) => needsBroker) ? await RabbitNode.start() : undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end(128 + (signal === 'SIGINT' ? 2 : 15)));
const data: ReturnType<typeof reportData>[] = [];
const profiles: CaseProfile[] = [];
let missed = 0;
try {
  for (const one of selected) {
    const names = new Set(contestantsOf(one).map(({ name }) => name));
    const options = {
      broker: node?.url ?? '',
      rounds,
      isSmoke: values.smoke,
      takes: (name: string) => names.has(name) && contestants.has(name),
      progress: progress.tell,
    };
    if (values.profile) {
      const profile = await profileCase(one, options);
      profiles.push(profile);
      progress.clear();
      if (!values.json) console.log(`${profileText(profile)}\n`);
      continue;
    }
    const runs = await runCase(one, options);
    const report = reportData(runs);
    data.push(report);
    missed += report.targets.filter(({ isMet }) => !isMet).length;
    progress.clear();
    if (!values.json) console.log(`${reportText(runs, !values.smoke)}\n`);
  }
} finally {
  progress.clear();
  await node?.dispose();
}
const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model, memory: totalmem() };
const results = values.profile ? { profiles } : { cases: data };
const text = `${JSON.stringify({ machine, rounds, smoke: values.smoke, ...results }, null, 2)}\n`;
if (values.json) process.stdout.write(text);
if (values.output !== undefined) await writeFile(values.output, text);
if (!values.json && !values.smoke && missed > 0)
  console.log(`${missed} targets are missed; docs/performance.md says why.`);

async function end(code: number): Promise<void> {
  await node?.dispose();
  process.exit(code);
}

/** Those that are asked, unless only some are wanted. */
function contestantsOf(one: Case): readonly Contestant[] {
  return values.profile ? one.contestants.filter(isIoncore) : one.contestants;
}

function chosen(option: string, given: string | undefined, known: readonly string[]): ReadonlySet<string> {
  if (given === undefined) return new Set(known);
  const names = given.split(',');
  for (const name of names)
    if (!known.includes(name)) fail(`--${option}: there is no ${name}; there are ${known.join(', ')}`);
  return new Set(names);
}

function fail(message: string): never {
  console.error(message);
  process.exit(64);
}
