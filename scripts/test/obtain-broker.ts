import { RabbitNode } from '../../test/support/rabbit-node.ts';
import { findRabbit } from '../../test/support/rabbitmqctl.ts';
import { canInstall, installPackages } from './apt.ts';
import { report } from './report.ts';

/** The broker of this run. */
export interface ObtainedBroker {
  /** What the tests read; see test/support/broker.ts. */
  readonly env: Readonly<Record<string, string>>;
  /** Stops what was started for the run. */
  readonly stop: () => Promise<void>;
}

/**
 * Finds a RabbitMQ, in this order: the one that IONCORE_TEST_BROKER names; a private node of the rabbitmq-server that is installed; the same
 * after installing Debian's package, where we are root on a Debian. Rejects naming these choices.
 */
export async function obtainBroker(): Promise<ObtainedBroker> {
  const given = process.env.IONCORE_TEST_BROKER;
  if (given) {
    report('using the broker that IONCORE_TEST_BROKER names');
    return { env: { IONCORE_TEST_BROKER: given }, stop: async () => {} };
  }
  if (findRabbit() === undefined && canInstall()) await installPackages(['rabbitmq-server']);
  if (findRabbit() === undefined) throw new Error(withoutBroker);
  const startedAt = performance.now();
  const node = await RabbitNode.start();
  report(`started a private RabbitMQ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return {
    env: {
      IONCORE_TEST_BROKER: node.url,
      IONCORE_TEST_RABBITMQCTL: JSON.stringify(node.rabbitmqctl),
    },
    // Its data go with it, so there is nothing to stop gracefully for.
    stop: () => node.dispose(),
  };
}

const withoutBroker = `the tests need RabbitMQ, and there is none. Any of these helps:
  - set IONCORE_TEST_BROKER to the amqp:// URL of a broker that the tests may use;
  - install RabbitMQ so that rabbitmq-server is on the PATH (each run then starts a private node and stops it);
  - on Debian or Ubuntu, run this once as root: it installs the package rabbitmq-server itself;
  - run only what needs no broker: npm test -- --selectProjects unit`;
