import type { InferredOptionTypes } from 'yargs';
import { type BrokerParts, hasParts } from './broker-address.ts';
import { text, wholeNumber } from './option-kinds.ts';
import { UsageError } from './usage-error.ts';

/** The broker as it was given: one address, its parts, or neither. */
export interface BrokerArguments {
  readonly broker: string | undefined;
  readonly brokerHost: string | undefined;
  readonly brokerPort: number | undefined;
  readonly brokerVhost: string | undefined;
  readonly brokerUsername: string | undefined;
  readonly brokerPassword: string | undefined;
  readonly brokerCredfile: string | undefined;
  readonly brokerHeartbeat: number | undefined;
  readonly brokerCa: string | undefined;
  readonly brokerCert: string | undefined;
  readonly brokerKey: string | undefined;
}

/** Where a broker is, for every command that connects to one; `broker` itself is described by the command. */
export const brokerOptions = {
  'broker-host': text('broker-host', 'Broker by parts: host (default localhost)', 'h'),
  'broker-port': wholeNumber('broker-port', 'Broker by parts: port (default 5672)', 'p'),
  'broker-vhost': text('broker-vhost', 'Broker by parts: virtual host (default /)', 'v'),
  'broker-username': text('broker-username', 'Broker by parts: user (default guest)'),
  'broker-password': text('broker-password', 'Broker by parts: password; better in a credfile'),
  'broker-credfile': text('broker-credfile', 'File with user and password, separated by white space'),
  'broker-heartbeat': wholeNumber(
    'broker-heartbeat',
    'Seconds between heartbeats (default 30; 0 turns them off)',
  ),
  'broker-ca': text('broker-ca', 'File with the CA certificate for amqps://'),
  'broker-cert': text('broker-cert', 'File with the client certificate for amqps://'),
  'broker-key': text('broker-key', 'File with the client key for amqps://'),
};

/** The options by the names that the code has for them. */
export function brokerArguments(
  given: InferredOptionTypes<typeof brokerOptions> & { readonly broker: string | undefined },
): BrokerArguments {
  return {
    broker: given.broker,
    brokerHost: given['broker-host'],
    brokerPort: given['broker-port'],
    brokerVhost: given['broker-vhost'],
    brokerUsername: given['broker-username'],
    brokerPassword: given['broker-password'],
    brokerCredfile: given['broker-credfile'],
    brokerHeartbeat: given['broker-heartbeat'],
    brokerCa: given['broker-ca'],
    brokerCert: given['broker-cert'],
    brokerKey: given['broker-key'],
  };
}

/** The address, as far as it is given by its parts. */
export function brokerParts(args: BrokerArguments): BrokerParts {
  return {
    host: args.brokerHost,
    port: args.brokerPort,
    vhost: args.brokerVhost,
    username: args.brokerUsername,
    password: args.brokerPassword,
    credfile: args.brokerCredfile,
  };
}

/** Whether a broker is named, in either way. */
export function hasBroker(args: BrokerArguments): boolean {
  return args.broker !== undefined || hasParts(brokerParts(args));
}

/** @throws UsageError for options that contradict each other */
export function checkBroker(args: BrokerArguments): void {
  if (args.broker !== undefined && hasParts(brokerParts(args))) {
    throw new UsageError(
      'give the broker as one address (--broker) or by its parts (--broker-host, …), not both',
    );
  }
  if (args.broker?.trim() === '') {
    throw new UsageError("--broker is empty; say amqp://HOST, 'embedded', or leave it out");
  }
  if ((args.brokerCert === undefined) !== (args.brokerKey === undefined)) {
    throw new UsageError('--broker-cert and --broker-key go together; give both or neither');
  }
  const hasTls = args.brokerCa !== undefined || args.brokerCert !== undefined;
  if (hasTls && !args.broker?.includes('amqps://')) {
    throw new UsageError('--broker-ca, --broker-cert and --broker-key need an amqps:// address in --broker');
  }
}
