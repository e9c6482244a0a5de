import { readFile } from 'node:fs/promises';
import { Container, type ContainerOptions } from '../container/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import { createLogger, type Logger, LogLevels, readLogLevels } from '../logging/index.ts';
import { openTerminal, runScript } from '../shell/index.ts';
import type { Env } from '../util/index.ts';
import { exitCode } from './exit-code.ts';
import type { StartArguments } from './parse-arguments.ts';

/** What the command line touches of the outside. */
export interface CliWorld {
  readonly env: Env;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Calls `listener` on each SIGINT and SIGTERM, and when nobody reads `stdout` any more; returns the function that stops it. */
  readonly onSignal: (listener: (signal: string) => void) => () => void;
  /** Ends the program at once. */
  readonly exit: (code: number) => never;
}

/**
 * `ioncore start`: a container, its apps, and a prompt, a script or nothing, until it is told to stop. The first signal stops in order, the
 * second at once.
 */
export async function runStart(args: StartArguments, world: CliWorld): Promise<number> {
  const { env, stdin, stdout, stderr } = world;
  const isScript = !args.noShell && stdin.isTTY !== true;
  const logger = createLogger({
    level: new LogLevels(await readLogLevels(), args.noShell ? 'info' : 'warn'),
    stream: stderr,
    colour: stderr.hasColors?.() ?? false,
    format: 'line',
    clock: env.clock,
  });
  const container = new Container(await containerOptions(args, env, logger));
  const stopped = new StopRequest(world, logger);
  try {
    const started = startAll(container, args.files, env);
    const early = await Promise.race([started.then(() => 'started' as const), stopped.requested]);
    if (early !== 'started') {
      started.catch(() => undefined);
      await container.stop();
      return exitCode.ok;
    }
    if (args.noShell) {
      await stopped.requested;
    } else if (isScript) {
      const script = runScript(container, { input: stdin, output: stdout, errors: stderr });
      const outcome = await Promise.race([script, stopped.requested]);
      await container.stop();
      return outcome === false ? exitCode.failed : exitCode.ok;
    } else {
      const terminal = openTerminal(container, { input: stdin, output: stdout });
      await stopped.requested;
      terminal.leave();
    }
    await container.stop();
    return exitCode.ok;
  } catch (error) {
    await container.stop();
    throw error;
  } finally {
    stopped.close();
  }
}

async function startAll(container: Container, files: readonly string[], env: Env): Promise<void> {
  await container.start();
  for (const file of files) await container.apps.start(file);
  container.logger.info('ready', { apps: files.length, sinceStartMs: Math.round(env.clock.now()) });
}

async function containerOptions(args: StartArguments, env: Env, logger: Logger): Promise<ContainerOptions> {
  const [ca, cert, key] = await Promise.all([
    readCertificate(args.brokerCa, '--broker-ca'),
    readCertificate(args.brokerCert, '--broker-cert'),
    readCertificate(args.brokerKey, '--broker-key'),
  ]);
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return {
    env,
    logger,
    ...(args.sysname !== undefined && { sysname: args.sysname }),
    ...(args.contid !== undefined && { id: args.contid }),
    ...(args.broker !== undefined && { broker: args.broker }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

async function readCertificate(file: string | undefined, option: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`${option} ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** The first signal asks to stop; the second ends the program at once. It also keeps the program alive until then. */
class StopRequest {
  readonly requested: Promise<'requested'>;
  readonly #unlisten: () => void;
  #keepAlive: { cancel(): void };
  #asked = false;

  constructor(world: CliWorld, logger: Logger) {
    let resolve: (value: 'requested') => void = () => undefined;
    this.requested = new Promise((done) => {
      resolve = done;
    });
    this.#unlisten = world.onSignal((signal) => {
      if (this.#asked) {
        world.stderr.write(`ioncore: second signal (${signal}), stopped at once\n`);
        world.exit(exitCode.interrupted);
      }
      this.#asked = true;
      logger.info('stopping', { signal });
      resolve('requested');
    });
    const wakeEachHour = (): void => {
      this.#keepAlive = world.env.clock.timer(3_600_000, wakeEachHour);
    };
    this.#keepAlive = world.env.clock.timer(3_600_000, wakeEachHour);
  }

  close(): void {
    this.#unlisten();
    this.#keepAlive.cancel();
  }
}
