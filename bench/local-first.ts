/**
 * Calls are taken next door while an instance there is free; what it cannot begin at once goes to the broker. Four containers on RabbitMQ,
 * one instance each, handlers of 1, 10 and 100 ms that handle one message at a time; all calls are made in one of the containers. Prints each
 * instance's share, and how long the calls took against the caller's own instance alone. Run: npm run bench:local-first (RabbitMQ from
 * IONCORE_TEST_BROKER, else a private node for the run).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Container, defineService, operation, ServiceProcess, Type } from '../src/index.ts';
import { obtainRabbit } from './start/broker.ts';

const containers = 4;
const rounds = 5;
/** Handler's milliseconds, calls of a round, and how many of them are under way at a time. */
const cases = [
  { handlerMs: 1, calls: 400, inFlight: 1 },
  { handlerMs: 1, calls: 400, inFlight: 16 },
  { handlerMs: 1, calls: 400, inFlight: 400 },
  { handlerMs: 10, calls: 200, inFlight: 1 },
  { handlerMs: 10, calls: 200, inFlight: 16 },
  { handlerMs: 10, calls: 200, inFlight: 200 },
  { handlerMs: 100, calls: 40, inFlight: 1 },
  { handlerMs: 100, calls: 40, inFlight: 16 },
  { handlerMs: 100, calls: 40, inFlight: 40 },
] as const;

const Work = defineService({
  name: 'work',
  version: '1.0.0',
  operations: { work: operation({ content: Type.Number(), result: Type.String() }) },
});
class WorkService extends ServiceProcess.for(Work) {
  async op_work(handlerMs: number): Promise<string> {
    await sleep(handlerMs);
    return this.id;
  }
}

/** Makes all calls, so many at a time; who answered them, and how long that took. */
async function run(caller: Container, { handlerMs, calls, inFlight }: (typeof cases)[number]) {
  const { work } = caller.client(Work);
  const answers: string[] = [];
  const startedAt = performance.now();
  let left = calls;
  const callOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      answers.push(await work(handlerMs, { timeoutMs: 120_000 }));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, callOn));
  return { tookMs: performance.now() - startedAt, answers };
}

/** The round that took the median time. */
async function measure(caller: Container, one: (typeof cases)[number]) {
  await run(caller, one);
  const outcomes: Awaited<ReturnType<typeof run>>[] = [];
  for (let round = 0; round < rounds; round += 1) outcomes.push(await run(caller, one));
  outcomes.sort((a, b) => a.tookMs - b.tookMs);
  const median = outcomes[Math.floor(rounds / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return median;
}

function row(...cells: readonly string[]): void {
  console.log(cells.map((cell, index) => (index < 6 ? cell.padStart(index === 0 ? 10 : 9) : cell)).join(' '));
}

const rabbit = await obtainRabbit();
if (rabbit === undefined) throw new Error('set IONCORE_TEST_BROKER, or install rabbitmq-server');
const started: Container[] = [];
try {
  const member = async (sysname: string): Promise<Container> => {
    const container = new Container({ sysname, broker: rabbit.url });
    started.push(container);
    await container.start();
    await container.processes.spawn(WorkService);
    return container;
  };
  const alone = await member(`alone-${process.pid}`);
  const system: Container[] = [];
  for (let count = 0; count < containers; count += 1) system.push(await member(`four-${process.pid}`));
  const [caller] = system;
  if (caller === undefined) throw new Error('nobody calls');
  row('handler', 'calls', 'at a time', 'one', 'four', 'ratio', ' shares, the caller’s own first');
  for (const one of cases) {
    const single = await measure(alone, one);
    const shared = await measure(caller, one);
    const shares = system.map(
      ({ id }) => shared.answers.filter((answer) => answer.startsWith(`${id}.`)).length,
    );
    row(
      `${one.handlerMs} ms`,
      String(one.calls),
      String(one.inFlight),
      `${single.tookMs.toFixed(0)} ms`,
      `${shared.tookMs.toFixed(0)} ms`,
      (single.tookMs / shared.tookMs).toFixed(2),
      ` ${shares.map((share) => `${((share / one.calls) * 100).toFixed(0)} %`).join(', ')}`,
    );
  }
} finally {
  for (const container of started) await container.stop();
  await rabbit.end();
}
