import { randomBytes } from 'node:crypto';
import { type RabbitmqctlSpec, runRabbitmqctl } from './rabbitmqctl.ts';

/** The RabbitMQ that this test run uses, as the runner (scripts/test.ts) says. */
export interface TestBroker {
  readonly url: string;
  /** Runs rabbitmqctl against it and resolves with what it printed; absent when the broker was given from outside. */
  readonly ctl?: (...args: string[]) => Promise<string>;
}

/** A corner of the broker for one test file. */
export interface TestVhost {
  /** Where to connect; a vhost of its own if rabbitmqctl is at hand, otherwise the broker's given one. */
  readonly url: string;
  readonly ctl?: (...args: string[]) => Promise<string>;
  /** The vhost's own name, where there is one: for `rabbitmqctl -p`. */
  readonly vhost?: string;
  /** `base` made unique, so that test files which must share a vhost do not meet. */
  name(base: string): string;
  /** Removes the vhost with all that is in it; without one of its own, what was declared must be deleted by the test. */
  dispose(): Promise<void>;
}

/** The broker of this run. Throws when the tests were not started through `npm test`. */
export function testBroker(): TestBroker {
  const url = process.env.IONCORE_TEST_BROKER;
  if (url === undefined) {
    throw new Error(
      'No broker for this test: run it through `npm test`, or set IONCORE_TEST_BROKER to an amqp:// URL',
    );
  }
  const text = process.env.IONCORE_TEST_RABBITMQCTL;
  if (text === undefined) return { url };
  const spec = parseSpec(text);
  return { url, ctl: (...args) => runRabbitmqctl(spec, args) };
}

/** A fresh vhost (or a fresh set of names) for the test file `label`. */
export async function makeTestVhost(label: string): Promise<TestVhost> {
  const { url, ctl } = testBroker();
  const unique = `${label}-${randomBytes(4).toString('hex')}`;
  const name = (base: string) => `${unique}.${base}`;
  if (ctl === undefined) return { url, name, dispose: async () => {} };
  const own = new URL(url);
  await ctl('add_vhost', unique);
  await ctl('set_permissions', '-p', unique, decodeURIComponent(own.username) || 'guest', '.*', '.*', '.*');
  own.pathname = `/${encodeURIComponent(unique)}`;
  return {
    url: own.href,
    ctl,
    vhost: unique,
    name,
    dispose: async () => {
      await ctl('delete_vhost', unique);
    },
  };
}

function parseSpec(text: string): RabbitmqctlSpec {
  const spec: unknown = JSON.parse(text);
  if (typeof spec === 'object' && spec !== null && 'command' in spec && 'env' in spec) {
    const { command, env } = spec;
    if (typeof command === 'string' && typeof env === 'object' && env !== null) {
      const texts = Object.entries(env).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      );
      return { command, env: Object.fromEntries(texts) };
    }
  }
  throw new Error(`IONCORE_TEST_RABBITMQCTL must be {"command": …, "env": {…}}, not ${text}`);
}
