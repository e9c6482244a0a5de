/**
 * What the events about each process cost that starts and ends while nobody has subscribed to them: `container.systemEvents` auto, off, and all for
 * comparison, on the embedded broker and on RabbitMQ. They take turns in one Node process, each with a new container. `first`: 10 000 processes that start and
 * end one after the other as soon as the container runs, while it finds out that nobody listens; `then`: 10 000 more, once it has. Prints medians of the
 * rounds: the processor time of this Node process per such life, its ratio to that of `off` in the same round, and the frames that left.
 * Run: npm run bench:system-events (RabbitMQ from IONCORE_TEST_BROKER, else a private node for the run, else without)
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Container, Process } from '../src/index.ts';
import { obtainRabbit } from './start/broker.ts';

const rounds = 15;
const lives = 10_000;
const modes = ['off', 'auto', 'all'] as const;
type Mode = (typeof modes)[number];

interface Costs {
  /** Microseconds per life. */
  readonly first: number;
  readonly then: number;
  readonly published: number;
}

class Idle extends Process {}

/** Microseconds of processor time per process that starts and ends. */
async function liveAndDie(container: Container): Promise<number> {
  const before = process.cpuUsage();
  for (let number = 0; number < lives; number += 1) {
    await container.processes.terminateProcess(await container.processes.spawn(Idle));
    // As where work comes in: not all of them live in one turn.
    if (number % 10 === 0) await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / lives;
}

async function measure(systemEvents: Mode, broker: string): Promise<Costs> {
  const container = new Container({ systemEvents, broker, sysname: `bench-${process.pid}`, id: 'bench' });
  await container.start();
  await turn();
  const before = container.info().transport.published;
  const first = await liveAndDie(container);
  const then = await liveAndDie(container);
  const published = container.info().transport.published - before;
  await container.stop();
  return { first, then, published };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function compare(name: string, broker: string): Promise<void> {
  const all: Record<Mode, Costs[]> = { off: [], auto: [], all: [] };
  for (let round = 0; round <= rounds; round += 1) {
    // Each is the first of a round as often as the others.
    const order = modes.map((_mode, index) => modes[(index + round) % modes.length] ?? 'off');
    for (const mode of order) {
      const costs = await measure(mode, broker);
      // The first round warms up.
      if (round > 0) all[mode].push(costs);
    }
  }
  for (const mode of modes) {
    const cells = (['first', 'then'] as const).flatMap((what) => {
      const ratios = all[mode].map((costs, round) => costs[what] / (all.off[round]?.[what] ?? 0));
      return [`${median(all[mode].map((costs) => costs[what])).toFixed(1)} µs`, median(ratios).toFixed(2)];
    });
    const published = median(all[mode].map((costs) => costs.published));
    console.log(
      [name.padEnd(9), mode.padEnd(5), ...[...cells, published].map((cell) => String(cell).padStart(9))].join(
        ' ',
      ),
    );
  }
}

console.log('broker    mode      first     ratio      then     ratio published');
await compare('embedded', 'embedded');
const rabbit = await obtainRabbit();
try {
  if (rabbit !== undefined) await compare('RabbitMQ', rabbit.url);
} finally {
  await rabbit?.end();
}
