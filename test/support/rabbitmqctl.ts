import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** How to administer one RabbitMQ node: a command and the environment that leads it to the node. */
export interface RabbitmqctlSpec {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** RabbitMQ's programs on this machine. */
export interface RabbitInstallation {
  readonly server: string;
  readonly rabbitmqctl: string;
  readonly epmd: string;
}

/**
 * Finds RabbitMQ on the PATH (and in `/usr/sbin`, which not every user's PATH has). Debian's wrappers insist on its `rabbitmq`
 * user; beneath them lie RabbitMQ's own scripts, which run as anybody, and those are what this returns.
 */
export function findRabbit(): RabbitInstallation | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const wrapper = findProgram('rabbitmq-server', folders);
  if (wrapper === undefined) return undefined;
  const own = ['/usr/lib/rabbitmq/bin', dirname(wrapper)];
  const server = findProgram('rabbitmq-server', own);
  const rabbitmqctl = findProgram('rabbitmqctl', own);
  const epmd = findProgram('epmd', [...folders, ...ertsFolders()]);
  if (server === undefined || rabbitmqctl === undefined || epmd === undefined) return undefined;
  return { server, rabbitmqctl, epmd };
}

/** Runs rabbitmqctl and resolves with what it printed; rejects with what it complained of. */
export function runRabbitmqctl(spec: RabbitmqctlSpec, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...spec.env }, timeout: 60_000, encoding: 'utf8' as const };
    execFile(spec.command, ['--quiet', ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`rabbitmqctl ${args.join(' ')} failed: ${stderr || stdout || error.message}`));
    });
  });
}

function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Erlang keeps epmd beside its runtime; only some packages also put it on the PATH. */
function ertsFolders(): string[] {
  return ['/usr/lib/erlang', '/usr/local/lib/erlang'].flatMap((root) => {
    try {
      return readdirSync(root)
        .filter((name) => name.startsWith('erts-'))
        .map((name) => join(root, name, 'bin'));
    } catch {
      return [];
    }
  });
}
