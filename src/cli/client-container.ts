import { join } from 'node:path';
import { loadConfig } from '../config/index.ts';
import { Container, type ContainerOptions, configSections } from '../container/index.ts';
import { createLogger, isLogThreshold, type Logger, LogLevels } from '../logging/index.ts';
import { BrokerLines } from './broker-lines.ts';
import { brokerSettings } from './broker-settings.ts';
import type { ClientArguments } from './client-options.ts';
import { exitCode } from './exit-code.ts';
import { configDirectory, readStack } from './start-settings.ts';
import { StopLines } from './stop-lines.ts';
import { StopRequest } from './stop-request.ts';
import type { CliWorld } from './world.ts';

/** What is done while it is connected, which gives the exit code; `stopped` resolves when that should end: at a signal, or since nobody reads the output. */
export type ClientWork = (stopped: Promise<unknown>) => Promise<number>;

/**
 * Joins a system for as long as some work takes, with a container that hosts nothing: it has the configuration and the interceptors that one started here would
 * have, and its queues go with its connection. `prepare` gives the work; it is called before anything is connected. Resolves with the exit code.
 *
 * @throws UsageError, ConfigurationError, BrokerUnreachable, BrokerRefused, and what `prepare` and the work do
 */
export async function withClient(
  args: ClientArguments,
  world: CliWorld,
  prepare: (container: Container) => ClientWork,
): Promise<number> {
  const logger = makeLogger(args, world);
  const container = new Container(await containerOptions(args, world, logger));
  const work = prepare(container);
  const signals = new StopRequest(world, logger);
  const stopLines = new StopLines(container, world);
  const brokerLines = new BrokerLines(container, world.stderr);
  const stopped = Promise.race([signals.requested, container.stopped]);
  const end = async (): Promise<Error | undefined> => {
    brokerLines.close();
    const report = await container.stop();
    stopLines.close(report);
    signals.close();
    return report.cause;
  };
  let code: number;
  try {
    const started = container.start().then(() => 'started' as const);
    started.catch(() => undefined);
    const early = await Promise.race([started, stopped]);
    code = early === 'started' ? await work(stopped) : exitCode.interrupted;
  } catch (error) {
    // What makes the container stop by itself makes the work fail.
    throw (await end()) ?? error;
  }
  const cause = await end();
  if (cause !== undefined) throw cause;
  return code;
}

async function containerOptions(
  args: ClientArguments,
  { env, variables }: CliWorld,
  logger: Logger,
): Promise<ContainerOptions> {
  const config = await loadConfig({
    sections: configSections,
    directory: configDirectory,
    file: args.config,
    variables,
    ...args.set,
  });
  return {
    env,
    logger,
    config,
    sysname: args.sysname,
    // It comes and goes without being a member that anybody should hear of.
    systemEvents: 'off',
    interceptors: await readStack(join(configDirectory, 'interceptors.yaml')),
    ...(await brokerSettings(args)),
  };
}

/** What these rooms say of the connection, {@link BrokerLines} tells. */
const aboutTheConnection = { transport: 'error', exchange: 'error' } as const;

function makeLogger(args: ClientArguments, { env, stderr }: CliWorld): Logger {
  const { logLevel } = args;
  const levels =
    logLevel !== undefined && isLogThreshold(logLevel)
      ? new LogLevels({}, logLevel)
      : new LogLevels(
          { ...aboutTheConnection, 'exchange.inbox': 'warn', 'exchange.retries': 'warn' },
          'warn',
        );
  return createLogger({
    level: levels,
    stream: stderr,
    colour: stderr.hasColors?.() ?? false,
    format: args.logFormat,
    clock: env.clock,
  });
}
