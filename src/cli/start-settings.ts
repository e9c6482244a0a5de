import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/index.ts';
import { type ContainerOptions, configSections } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import { createLogger, isLogThreshold, type Logger, LogLevels, readLogLevels } from '../logging/index.ts';
import { brokerAddress, hasParts } from './broker-address.ts';
import { parseContainerArguments } from './container-arguments.ts';
import { loneSysname, type StartArguments } from './start-options.ts';
import type { CliWorld } from './world.ts';

/** The folder of configuration files, below the working directory. */
export const configDirectory = 'res/config';

/** The logger that the command line asks for. @throws ConfigurationError for a file of levels that cannot be used */
export async function makeLogger(args: StartArguments, { env, stderr }: CliWorld): Promise<Logger> {
  const levels = new LogLevels(await readLogLevels(), args.noShell ? 'info' : 'warn');
  if (args.logLevel !== undefined && isLogThreshold(args.logLevel)) levels.set('root', args.logLevel);
  return createLogger({
    level: levels,
    stream: stderr,
    colour: stderr.hasColors?.() ?? false,
    format: args.logFormat,
    clock: env.clock,
  });
}

/**
 * The options of the container that the command line asks for.
 *
 * @throws UsageError, ConfigurationError
 */
export async function containerOptions(
  args: StartArguments,
  { env, variables }: CliWorld,
  logger: Logger,
): Promise<ContainerOptions> {
  const given = args.args === undefined ? undefined : parseContainerArguments(args.args);
  const sysname = args.sysname ?? given?.sysname;
  const id = args.contid ?? given?.contid;
  const broker = await brokerOf(args);
  if (sysname !== undefined && broker === undefined) throw loneSysname(sysname);
  const tls = await readTls(args);
  const config = await loadConfig({
    sections: configSections,
    directory: configDirectory,
    file: args.config,
    variables,
    assignments: args.set,
  });
  return {
    env,
    logger,
    config,
    ...(sysname !== undefined && { sysname }),
    ...(id !== undefined && { id }),
    ...(broker !== undefined && { broker }),
    ...(args.brokerHeartbeat !== undefined && { heartbeatS: args.brokerHeartbeat }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(given !== undefined && { apps: { argumentOverrides: given.appArguments } }),
  };
}

async function brokerOf(args: StartArguments): Promise<string | undefined> {
  const parts = {
    host: args.brokerHost,
    port: args.brokerPort,
    vhost: args.brokerVhost,
    username: args.brokerUsername,
    password: args.brokerPassword,
    credfile: args.brokerCredfile,
  };
  return hasParts(parts) ? brokerAddress(parts) : args.broker;
}

async function readTls(args: StartArguments): Promise<NonNullable<ContainerOptions['tls']>> {
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
