import { ConfigurationError } from '../../errors/index.ts';
import type { Logger } from '../../logging/index.ts';
import type { Env } from '../../util/index.ts';
import { type BrokerUrl, parseBrokerUrl } from './broker-url.ts';

/** How an {@link AmqpTransport} reaches RabbitMQ. */
export interface AmqpTransportOptions {
  /**
   * One or several `amqp://` or `amqps://` addresses of one cluster: `amqp://user:password@host:port/vhost`. They are tried in this
   * order, beginning with the first, and after a failure with the next one.
   */
  readonly urls: string | readonly string[];
  /** For `amqps://`: contents of PEM files. Default: the certificate authorities that Node trusts, no client certificate. */
  readonly tls?: AmqpTlsOptions;
  /** AMQP's heartbeat, seconds; the lower of this and the broker's counts. Default 30. 0 turns it off. */
  readonly heartbeatS?: number;
  /** Time allowed for each connection to open, and for the answer to each AMQP method. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Time allowed for the confirmation of a message, while the broker takes messages at all. Default 10 000. */
  readonly confirmTimeoutMs?: number;
  /** Waits between attempts to connect again. */
  readonly reconnect?: AmqpReconnectOptions;
  /** Who we are: RabbitMQ shows `<clientName> publish` and `<clientName> consume` as names of the connections. */
  readonly clientName: string;
  readonly env: Env;
  readonly logger: Logger;
}

/** Contents (not names) of PEM files. */
export interface AmqpTlsOptions {
  /** The certificate authorities to trust instead of Node's. */
  readonly ca?: string;
  /** A client certificate; with `key`. */
  readonly cert?: string;
  /** The client certificate's key. */
  readonly key?: string;
}

/** Growing waits, each shortened by chance by up to a half. */
export interface AmqpReconnectOptions {
  /** The first wait. Default 100. */
  readonly initialMs?: number;
  /** The longest. Default 5000: who waits for the broker's return waits no longer. */
  readonly maxMs?: number;
}

/** {@link AmqpTransportOptions}, checked and complete. */
export interface ResolvedAmqpTransportOptions {
  readonly urls: readonly [BrokerUrl, ...BrokerUrl[]];
  readonly tls: AmqpTlsOptions;
  readonly heartbeatS: number;
  readonly connectTimeoutMs: number;
  readonly confirmTimeoutMs: number;
  readonly reconnect: Required<AmqpReconnectOptions>;
  readonly clientName: string;
  readonly env: Env;
  readonly logger: Logger;
}

/** What {@link AmqpTransportOptions} are where they do not say. */
export const defaultAmqpTransportOptions = {
  tls: {},
  heartbeatS: 30,
  connectTimeoutMs: 10_000,
  confirmTimeoutMs: 10_000,
  reconnect: { initialMs: 100, maxMs: 5_000 },
} as const;

const keys = [
  'urls',
  'tls',
  'heartbeatS',
  'connectTimeoutMs',
  'confirmTimeoutMs',
  'reconnect',
  'clientName',
  'env',
  'logger',
] as const satisfies readonly (keyof AmqpTransportOptions)[];

/** Checks and completes options. Throws `ConfigurationError` that names the offending one, credentials left out. */
export function resolveAmqpTransportOptions(options: AmqpTransportOptions): ResolvedAmqpTransportOptions {
  const defaults = defaultAmqpTransportOptions;
  known('', options, keys);
  const { tls = defaults.tls, heartbeatS = defaults.heartbeatS } = options;
  const { connectTimeoutMs = defaults.connectTimeoutMs, clientName, env, logger } = options;
  const { confirmTimeoutMs = defaults.confirmTimeoutMs } = options;
  const reconnect = { ...defaults.reconnect, ...options.reconnect };
  known('reconnect.', reconnect, ['initialMs', 'maxMs']);
  known('tls.', tls, ['ca', 'cert', 'key']);
  if (typeof clientName !== 'string' || clientName === '') fail('clientName must be a non-empty text');
  whole('heartbeatS', heartbeatS, 0, 65_535);
  whole('connectTimeoutMs', connectTimeoutMs, 1, 2 ** 31 - 1);
  whole('confirmTimeoutMs', confirmTimeoutMs, 1, 2 ** 31 - 1);
  whole('reconnect.initialMs', reconnect.initialMs, 1, 2 ** 31 - 1);
  whole('reconnect.maxMs', reconnect.maxMs, reconnect.initialMs, 2 ** 31 - 1);
  const urls = parseUrls(options.urls);
  checkTls(tls, urls);
  return Object.freeze({
    urls,
    tls: Object.freeze({ ...tls }),
    heartbeatS,
    connectTimeoutMs,
    confirmTimeoutMs,
    reconnect: Object.freeze(reconnect),
    clientName,
    env,
    logger,
  });
}

function parseUrls(given: string | readonly string[]): readonly [BrokerUrl, ...BrokerUrl[]] {
  const texts = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(texts)) fail('urls must be an address or a list of addresses');
  const [first, ...rest] = texts.map((text, index) => {
    const place = typeof given === 'string' ? 'AmqpTransport: urls' : `AmqpTransport: urls[${index}]`;
    if (typeof text !== 'string') throw new ConfigurationError(`${place} must be text, not ${typeof text}`);
    return parseBrokerUrl(text, place);
  });
  if (first === undefined)
    return fail('urls is an empty list; name at least one amqp:// or amqps:// address');
  return Object.freeze([first, ...rest]);
}

function checkTls(tls: AmqpTlsOptions, urls: readonly BrokerUrl[]): void {
  for (const [name, value] of Object.entries(tls)) {
    if (typeof value !== 'string' || !value.includes('-----BEGIN')) {
      fail(`tls.${name} must be the contents of a PEM file ("-----BEGIN …"), not its name`);
    }
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) fail('tls.cert and tls.key go together');
  const plain = urls.find(({ protocol }) => protocol === 'amqp');
  if (Object.keys(tls).length > 0 && plain !== undefined) {
    fail(`tls is given, but ${plain.label} is not encrypted; write amqps://`);
  }
}

function known(prefix: string, given: object, allowed: readonly string[]): void {
  const stranger = Object.keys(given).find((key) => !allowed.includes(key));
  if (stranger !== undefined) {
    fail(`there is no option ${prefix}${stranger}; the options are ${allowed.join(', ')}`);
  }
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    fail(`${name} must be a whole number from ${least} to ${most}, not ${String(value)}`);
  }
}

function fail(problem: string): never {
  throw new ConfigurationError(`AmqpTransport: ${problem}`);
}
