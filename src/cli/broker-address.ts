import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import { UsageError } from './usage-error.ts';

/** The broker's address in parts, as ION's options name them. */
export interface BrokerParts {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly vhost: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** A file with user and password, separated by white space; it goes before the two above. */
  readonly credfile: string | undefined;
}

/** Whether any part is given. */
export function hasParts(parts: BrokerParts): boolean {
  return Object.values(parts).some((part) => part !== undefined);
}

/**
 * The `amqp://` address that the parts make; what is not given is localhost, 5672, `/`, guest.
 *
 * @throws UsageError for a part that cannot be used, ConfigurationError for a credentials file
 */
export async function brokerAddress(parts: BrokerParts): Promise<string> {
  const { host: given = 'localhost', port = 5672, vhost = '/' } = parts;
  const host = isIPv6(given) ? `[${given}]` : given;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UsageError(`--broker-port must be a port from 1 to 65535, not ${String(port)}`);
  }
  if (!/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)$/.test(host)) {
    throw new UsageError(
      `--broker-host '${host}' is not a host name or address; give the parts of an address by their own options`,
    );
  }
  const [username, password] =
    parts.credfile === undefined
      ? [parts.username ?? 'guest', parts.password ?? 'guest']
      : await readCredentials(parts.credfile);
  const credentials = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return `amqp://${credentials}@${host}:${port}/${encodeURIComponent(vhost)}`;
}

async function readCredentials(file: string): Promise<readonly [string, string]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`--broker-credfile ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const [username, password, superfluous] = text.trim().split(/\s+/);
  if (username === undefined || password === undefined || superfluous !== undefined) {
    // What the file holds is a secret, so it is not quoted.
    throw new ConfigurationError(
      `--broker-credfile ${file}: expected user and password separated by white space, and nothing else`,
    );
  }
  return [username, password];
}
