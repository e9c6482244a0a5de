/**
 * How long a container takes from the start of its process to ACTIVE with the hello app, and what it holds in memory then, against
 * the budgets; and whose time it was, by room of `src/`, by package, and Node's own. Run: npm run bench:start (it needs a build; RabbitMQ from
 * IONCORE_TEST_BROKER, else a private node for the run).
 */
import { access } from 'node:fs/promises';
import type { Breakdown } from './start/attribution.ts';
import { obtainRabbit } from './start/broker.ts';
import { measureStart, profileStart, program, type Start } from './start/program.ts';
import { breakdownTable, figureHeading, figureRow } from './start/tables.ts';

const runs = 10;
const profiledRuns = 7;
const budgets = { embeddedMs: 300, rabbitMs: 300, memoryMb: 70 };

/** Prints the figures at once, and returns what the table of the breakdown shows. */
async function measure(what: string, broker: readonly string[], budgetMs: number): Promise<string> {
  await measureStart(broker);
  const starts: Start[] = [];
  for (let run = 0; run < runs; run += 1) starts.push(await measureStart(broker));
  const times = starts.map(({ activeMs }) => activeMs);
  const memory = starts.map(({ memoryMb }) => memoryMb);
  console.log(figureRow(`start to ACTIVE, ${what}`, 'ms', times, budgetMs));
  console.log(figureRow(`resident memory, ${what}`, 'MB', memory, budgets.memoryMb));
  const breakdowns: Breakdown[] = [];
  for (let run = 0; run < profiledRuns; run += 1) breakdowns.push(await profileStart(broker));
  return breakdownTable(what, breakdowns);
}

await access(program).catch(() => {
  throw new Error('there is no dist/main.js; run npm run build first');
});
console.log(figureHeading);
const tables = [await measure('embedded', [], budgets.embeddedMs)];
const rabbit = await obtainRabbit();
if (rabbit === undefined) {
  console.log('RabbitMQ: not measured; set IONCORE_TEST_BROKER, or install rabbitmq-server');
} else {
  try {
    tables.push(await measure('RabbitMQ', ['--broker', rabbit.url], budgets.rabbitMs));
  } finally {
    await rabbit.end();
  }
}
console.log(
  `\nWhose time it was, under Node's profiler, which slows the start; medians of ${profiledRuns} runs:`,
);
for (const table of tables) console.log(`\n${table}`);
