import { readFile } from 'node:fs/promises';
import type { ContainerOptions } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import { brokerAddress, hasParts } from './broker-address.ts';
import { type BrokerArguments, brokerParts } from './broker-options.ts';

/**
 * What a container needs to connect as the options say; nothing of `broker` where none is named.
 *
 * @throws UsageError, ConfigurationError for a file that cannot be used
 */
export async function brokerSettings(
  args: BrokerArguments,
): Promise<Pick<ContainerOptions, 'broker' | 'heartbeatS' | 'tls'>> {
  const parts = brokerParts(args);
  const broker = hasParts(parts) ? await brokerAddress(parts) : args.broker;
  const tls = await readTls(args);
  return {
    ...(broker !== undefined && { broker }),
    ...(args.brokerHeartbeat !== undefined && { heartbeatS: args.brokerHeartbeat }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

async function readTls(args: BrokerArguments): Promise<NonNullable<ContainerOptions['tls']>> {
  const [ca, cert, key] = await Promise.all([
    readCertificate(args.brokerCa, '--broker-ca'),
    readCertificate(args.brokerCert, '--broker-cert'),
    readCertificate(args.brokerKey, '--broker-key'),
  ]);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readCertificate(file: string | undefined, option: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
