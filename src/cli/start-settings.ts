import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appsConfig, readAppSettings } from '../app/index.ts';
import { type Config, loadConfig } from '../config/index.ts';
import { type ContainerOptions, configSections, readInterceptors } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import {
  createLogger,
  isLogThreshold,
  type Logger,
  LogLevels,
  readLogLevels,
  unknownRoom,
} from '../logging/index.ts';
import { brokerAddress, hasParts } from './broker-address.ts';
import { parseContainerArguments } from './container-arguments.ts';
import { isAppOrRelease } from './start-files.ts';
import { checkSegment, loneSysname, type StartArguments } from './start-options.ts';
import type { CliWorld } from './world.ts';

/** The folder of configuration files, below the working directory. */
export const configDirectory = 'res/config';

/** The log levels that the command line asks for. @throws ConfigurationError for a file of levels that cannot be used */
export async function makeLogLevels(args: StartArguments): Promise<LogLevels> {
  const levels = new LogLevels(await readLogLevels(), args.noShell || args.watch ? 'info' : 'warn');
  if (args.logLevel !== undefined && isLogThreshold(args.logLevel)) levels.set('root', args.logLevel);
  return levels;
}

/** Warns of levels for rooms that there are not. Apps are not loaded yet, and may make rooms of their own. */
export function warnOfUnknownRooms(levels: LogLevels, logger: Logger): void {
  for (const [path] of levels.entries()) {
    const problem = unknownRoom(path);
    if (problem !== undefined) logger.warn(`log levels: ${problem}`, { path });
  }
}

/** The logger that the command line asks for. */
export function makeLogger(args: StartArguments, { env, stderr }: CliWorld, levels: LogLevels): Logger {
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
  logLevels: LogLevels,
): Promise<ContainerOptions> {
  const given = args.args === undefined ? undefined : parseContainerArguments(args.args);
  checkSegment(given?.sysname, 'sysname', '-a: ');
  checkSegment(given?.contid, 'container id', '-a: ');
  const sysname = args.sysname ?? given?.sysname;
  const id = args.contid ?? given?.contid;
  const broker = await brokerOf(args);
  if (sysname !== undefined && broker === undefined) throw loneSysname(sysname);
  const tls = await readTls(args);
  const config = await readConfig(args, variables);
  const interceptors = await readStack(join(configDirectory, 'interceptors.yaml'));
  return {
    env,
    logger,
    logLevels,
    config,
    interceptors,
    ...(sysname !== undefined && { sysname }),
    ...(id !== undefined && { id }),
    ...(broker !== undefined && { broker }),
    ...(args.brokerHeartbeat !== undefined && { heartbeatS: args.brokerHeartbeat }),
    ...(Object.keys(tls).length > 0 && { tls }),
    apps: { watch: args.watch, ...(given !== undefined && { argumentOverrides: given.appArguments }) },
  };
}

/** Every layer: those of the apps too, which can only be read when it is known where to look for them. */
async function readConfig(args: StartArguments, variables: CliWorld['variables']): Promise<Config> {
  const config = await loadConfig({
    sections: configSections,
    directory: configDirectory,
    file: args.config,
    variables,
    ...args.set,
  });
  const { directories } = config.section(appsConfig);
  const files = args.files.filter(isAppOrRelease);
  return config.with(await readAppSettings(files, { directories, sections: configSections }));
}

/** The interceptors of the file, if there is one. */
async function readStack(file: string): Promise<NonNullable<ContainerOptions['interceptors']>> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? readInterceptors(file) : [];
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
