/**
 * `npm test`: makes sure that there are a RabbitMQ, a Python with pika and msgpack and a protoc, runs Jest with the arguments given, and leaves nothing
 * running. A run of projects that need no broker (`npm test -- --selectProjects unit`) starts none.
 */

import { onInterrupt } from './test/interrupt.ts';
import { obtainAmqpTools } from './test/obtain-amqp-tools.ts';
import { obtainBroker } from './test/obtain-broker.ts';
import { obtainProtoc } from './test/obtain-protoc.ts';
import { obtainPython } from './test/obtain-python.ts';
import { report } from './test/report.ts';
import { runJest } from './test/run-jest.ts';
import { needsBroker } from './test/selection.ts';
import { TestDirectory } from './test/test-directory.ts';

const jestArguments = process.argv.slice(2);
const interrupt = onInterrupt();
const directory = await TestDirectory.make();
const cleanUp: (() => Promise<void>)[] = [() => directory.dispose()];

async function main(): Promise<number> {
  const env: Record<string, string> = { IONCORE_TEST_DIR: directory.path };
  if (needsBroker(jestArguments)) {
    process.env.IONCORE_TEST_DIR = directory.path;
    Object.assign(env, await obtainPython(), await obtainProtoc());
    await obtainAmqpTools();
    const broker = await obtainBroker();
    cleanUp.push(broker.stop);
    Object.assign(env, broker.env);
  }
  return interrupt.signal.aborted ? interrupt.exitCode() : runJest(jestArguments, env, interrupt);
}

try {
  process.exitCode = await main();
} catch (error) {
  report(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  for (const step of cleanUp.reverse()) {
    await step().catch((error: unknown) => report(`cleaning up: ${String(error)}`));
  }
  interrupt.dispose();
}
