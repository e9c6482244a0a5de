import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { appsConfig, readAppSettings } from '../app/index.ts';
import { type Config, loadConfig } from '../config/index.ts';
import { type ContainerOptions, configSections, readInterceptors } from '../container/index.ts';
import {
  createLogger,
  isLogThreshold,
  type Logger,
  LogLevels,
  readLogLevels,
  unknownRoom,
} from '../logging/index.ts';
import { brokerSettings } from './broker-settings.ts';
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
  const broker = await brokerSettings(args);
  if (sysname !== undefined && broker.broker === undefined) throw loneSysname(sysname);
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
    ...broker,
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

/** The interceptors of the file; none if there is no such file. */
export async function readStack(file: string): Promise<NonNullable<ContainerOptions['interceptors']>> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere ? readInterceptors(file) : [];
}
