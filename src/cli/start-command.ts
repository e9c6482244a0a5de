import { Container } from '../container/index.ts';
import { closest } from '../util/index.ts';
import { parseContainerArguments } from './container-arguments.ts';
import { exitCode } from './exit-code.ts';
import { RunMarks } from './run-marks.ts';
import { runBootScript, runFiles } from './start-files.ts';
import type { StartArguments } from './start-options.ts';
import { containerOptions, makeLogger, makeLogLevels, warnOfUnknownRooms } from './start-settings.ts';
import { StopLines } from './stop-lines.ts';
import { StopRequest } from './stop-request.ts';
import type { CliWorld } from './world.ts';

/**
 * `ioncore start`: a container, its boot script, apps, releases and scripts in order, and a prompt, a script or nothing, until it is
 * told to stop, or stops because an app has ended. The first signal stops in order, the second at once.
 *
 * @throws whatever kept it from starting, made the container stop by itself, or was handled by nobody, when all is stopped
 */
export async function runStart(args: StartArguments, world: CliWorld): Promise<number> {
  const logLevels = await makeLogLevels(args);
  const logger = makeLogger(args, world, logLevels);
  warnOfUnknownRooms(logLevels, logger);
  const container = new Container(await containerOptions(args, world, logger, logLevels));
  const marks = new RunMarks();
  const stopped = new StopRequest(world, logger);
  const lines = new StopLines(container, world);
  const ended = container.stopped.then(({ cause }) => {
    if (cause !== undefined) throw cause;
    return 'ended' as const;
  });
  // It may come when nobody waits any more.
  ended.catch(() => undefined);
  try {
    const started = startAll(container, args, world, marks);
    started.catch(() => undefined);
    const early = await Promise.race([started.then(() => 'started' as const), stopped.requested, ended]);
    const code =
      early === 'started'
        ? await runUntilStopped(container, args, world, [stopped.requested, ended])
        : exitCode.ok;
    await container.stop();
    await ended;
    return code;
  } catch (error) {
    // What makes the container stop by itself makes whatever goes on then fail.
    throw (await container.stop()).cause ?? error;
  } finally {
    lines.close(await container.stop());
    await marks.remove();
    stopped.close();
  }
}

async function startAll(
  container: Container,
  args: StartArguments,
  world: CliWorld,
  marks: RunMarks,
): Promise<void> {
  const { env } = world;
  await marks.writePid(args.pidfile, env.ids.osPid);
  await container.start();
  if (args.bootScript !== undefined) await runBootScript(container, args.bootScript);
  await runFiles(container, args.files, world);
  warnOfUnusedArguments(container, args);
  await marks.writeReady(args.readyFile, container);
  const apps = container.apps.list().length;
  container.logger.info('ready', { apps, sinceStartMs: Math.round(env.clock.now()) });
}

/** `apparg_<app>` holds for apps that start later too, so it may be no mistake. */
function warnOfUnusedArguments(container: Container, { args }: StartArguments): void {
  const started = container.apps.list().map(({ name }) => name);
  const given = args === undefined ? {} : parseContainerArguments(args).appArguments;
  for (const app of Object.keys(given)) {
    if (started.includes(app)) continue;
    const meant = closest(app, started);
    const hint = meant === undefined ? '' : `; did you mean apparg_${meant}?`;
    container.logger.warn(`-a apparg_${app}: no app of this name was started${hint}`);
  }
}

/**
 * Resolves with the exit code when one of `ends` has come, a signal or that somebody has stopped the container, or the script on standard input
 * has ended.
 *
 * @throws what `ends` do: what made the container stop by itself
 */
async function runUntilStopped(
  container: Container,
  args: StartArguments,
  { stdin, stdout, stderr, variables }: CliWorld,
  ends: readonly [signal: Promise<unknown>, ended: Promise<unknown>],
): Promise<number> {
  if (args.noShell) {
    await Promise.race(ends);
    return exitCode.ok;
  }
  const { historyFile, openTerminal, runScript } = await import('../shell/index.ts');
  if (stdin.isTTY === true) {
    const terminal = openTerminal(
      container,
      { input: stdin, output: stdout },
      { historyFile: args.noHistory ? undefined : historyFile(variables) },
    );
    try {
      await Promise.race(ends);
    } finally {
      terminal.leave();
    }
  } else {
    const script = runScript(container, { input: stdin, output: stdout, errors: stderr });
    // A script that stops the container goes on with its further lines.
    const [signal, ended] = ends;
    if ((await Promise.race([script, signal, ended.then(() => script)])) === false) return exitCode.failed;
  }
  return exitCode.ok;
}
