/**
 * `npm run soak:events`: 1 000 000 events, durable ones and such as can be replayed, while subscribers are killed and stopped, RabbitMQ is killed and
 * restarted, connections are cut and handlers fail; then every single one is accounted for, in each subscription. docs/failures.md says what holds.
 *
 * `--events` makes it smaller, `--minutes` ends the publishing earlier, `--seed` repeats what goes wrong.
 */

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printReport } from './events/print.ts';
import { describe, makeSchedule } from './events/schedule.ts';
import { storm } from './events/storm.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const events = Number(values.events);
const seed = Number(values.seed);
const count = Math.min(50, Math.max(8, Math.round(events / 20_000)));
const schedule = makeSchedule(seed, count, Math.min(3_000, Math.ceil(events / count / 4)));

const directory = await mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'events-'));
console.log(
  `${events} events, seed ${seed}, in ${directory}; what goes wrong: ${schedule.map(describe).join(', ')}`,
);
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => ending.abort());
const tell = (line: string): void => console.log(line);
const report = await storm({
  events,
  schedule,
  seed,
  minutes: Number(values.minutes),
  directory,
  signal: ending.signal,
  tell,
});
if (printReport(report)) await rm(directory, { recursive: true });
else {
  console.log(`journals and logs stay in ${directory}`);
  process.exitCode = 1;
}
