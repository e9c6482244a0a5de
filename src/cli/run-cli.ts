import { ContainerError, messageOf } from '../errors/index.ts';
import { runCheck } from './check-command.ts';
import { runConfig } from './config-command.ts';
import { exitCode } from './exit-code.ts';
import { parseArguments } from './parse-arguments.ts';
import { runStart } from './start-command.ts';
import { configDirectory } from './start-settings.ts';
import { UsageError } from './usage-error.ts';
import type { CliWorld } from './world.ts';

/**
 * Runs the command line; resolves with the exit code. Results go to standard output, everything else to standard error.
 * `version` is the package's.
 */
export async function runCli(argv: readonly string[], version: string, world: CliWorld): Promise<number> {
  const { stdout, stderr } = world;
  try {
    const args = await parseArguments(argv, version, world.variables);
    switch (args.command) {
      case 'start':
        return await runStart(args, world);
      case 'check':
        return await runCheck(args.files, args, world);
      case 'config':
        return await runConfig(args, { stdout, variables: world.variables, configDirectory });
      case 'print':
        stdout.write(`${args.text}\n`);
        return exitCode.ok;
    }
  } catch (error) {
    if (error instanceof UsageError) {
      stderr.write(`ioncore: ${oneLine(error.message)} (see ioncore --help)\n`);
      return exitCode.usage;
    }
    stderr.write(`ioncore: ${describeCauses(error)}\n`);
    return exitCode.failed;
  }
}

/** An error and its causes, each on its line, but for those whose words stand above already. */
function describeCauses(error: unknown): string {
  const lines: string[] = [];
  let at = error;
  for (let depth = 0; at !== undefined && depth < 8; depth += 1) {
    const message = messageOf(at);
    if (!lines.some((line) => line.includes(message))) {
      lines.push(at instanceof ContainerError ? `${at.code}: ${message}` : message);
    }
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines.join('\n  because ');
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
