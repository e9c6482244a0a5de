import { RabbitNode } from '../../test/support/rabbit-node.ts';
import { findRabbit } from '../../test/support/rabbitmqctl.ts';

/** The broker of a run and how to end it. */
export interface BenchBroker {
  readonly url: string;
  end(): Promise<void>;
}

/** RabbitMQ from IONCORE_TEST_BROKER, else a private node, which a signal ends too; undefined where there is none. */
export async function obtainRabbit(): Promise<BenchBroker | undefined> {
  const given = process.env.IONCORE_TEST_BROKER;
  if (given) return { url: given, end: async () => undefined };
  if (findRabbit() === undefined) return undefined;
  const node = await RabbitNode.start();
  const end = async () => {
    await node.stop();
    await node.dispose();
  };
  // The node runs in a process group of its own, so a terminal's Ctrl-C does not reach it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(130)));
  }
  return { url: node.url, end };
}
