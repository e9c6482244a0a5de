import { runCheck } from './check-command.ts';
import { runConfig } from './config-command.ts';
import { runContract } from './contract-command.ts';
import { describeCauses, describeInOneLine } from './describe-failure.ts';
import { runError } from './error-command.ts';
import { exitCode } from './exit-code.ts';
import { runNew } from './new-command.ts';
import { parseArguments } from './parse-arguments.ts';
import { runProto } from './proto-command.ts';
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
        return await runCheck(args.files, args, { ...world, configDirectory });
      case 'config':
        return await runConfig(args, { stdout, variables: world.variables, configDirectory });
      case 'contract':
        return await runContract(args, { stdout });
      case 'new':
        return await runNew(args, { stdout, version });
      case 'error':
        return runError(args, { stdout });
      case 'proto':
        return await runProto(args, { stdout, stderr });
      // What these need nobody else does.
      case 'publish':
        return await (await import('./publish-command.ts')).runPublish(args, world);
      case 'tail':
        return await (await import('./tail-command.ts')).runTail(args, world);
      case 'dead':
        return await (await import('./dead-command.ts')).runDead(args, world);
      case 'print':
        stdout.write(`${args.text}\n`);
        return exitCode.ok;
    }
  } catch (error) {
    if (error instanceof UsageError) {
      stderr.write(`ioncore: ${describeInOneLine(error)} (see ioncore --help)\n`);
      return exitCode.usage;
    }
    stderr.write(`ioncore: ${describeCauses(error)}\n`);
    return exitCode.failed;
  }
}
