import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRabbit, type RabbitInstallation, type RabbitmqctlSpec, runRabbitmqctl } from './rabbitmqctl.ts';

/** Where nodes make their directories; the test runner sets it and clears it after the run. Default: the system's. */
const directoryVariable = 'IONCORE_TEST_DIR';

/** The file in a node's directory that lists the process groups to end, one a line; see {@link sweepRabbitNodes}. */
const groupsFile = 'process-groups';

const startWithinMs = 90_000;

/**
 * A private RabbitMQ node: own directory, own epmd, loopback ports that the system chose; it meets no other RabbitMQ of this machine.
 * It keeps data and ports over `stop`, `kill` and `restart`; `dispose` leaves nothing behind.
 *
 * @example
 * const node = await RabbitNode.start();
 * try { await node.kill(); await node.restart(); } finally { await node.dispose(); }
 */
export class RabbitNode {
  /** `amqp://guest:guest@127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** How others, in other processes too, can run rabbitmqctl against this node. */
  readonly rabbitmqctl: RabbitmqctlSpec;
  readonly #rabbit: RabbitInstallation;
  readonly #directory: string;
  readonly #env: Readonly<Record<string, string>>;
  #epmd: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  private constructor(rabbit: RabbitInstallation, directory: string, ports: NodePorts) {
    this.#rabbit = rabbit;
    this.#directory = directory;
    this.port = ports.amqp;
    this.url = `amqp://guest:guest@127.0.0.1:${ports.amqp}`;
    this.#env = environment(directory, ports);
    this.rabbitmqctl = { command: rabbit.rabbitmqctl, env: this.#env };
  }

  /** Makes a node and resolves once it takes connections (a few seconds). Rejects when RabbitMQ is not installed. */
  static async start(): Promise<RabbitNode> {
    const rabbit = findRabbit();
    if (rabbit === undefined) {
      throw new Error(
        'RabbitNode.start: no rabbitmq-server, rabbitmqctl and epmd on the PATH; install RabbitMQ',
      );
    }
    const [amqp, dist, epmd] = await freePorts(3);
    if (amqp === undefined || dist === undefined || epmd === undefined) throw new Error('no free ports');
    const directory = await mkdtemp(join(process.env[directoryVariable] ?? tmpdir(), 'rabbit-'));
    const node = new RabbitNode(rabbit, directory, { amqp, dist, epmd });
    try {
      await writeConfiguration(directory, amqp);
      await node.restart();
    } catch (error) {
      await node.dispose();
      throw error;
    }
    return node;
  }

  /** Starts the stopped or killed node again: same ports, same data. Resolves once it takes connections. */
  async restart(): Promise<void> {
    await this.stop();
    const env = { ...process.env, ...this.#env };
    if (this.#epmd === undefined) {
      this.#epmd = spawn(this.#rabbit.epmd, [], { env, detached: true, stdio: 'ignore' });
      await this.#record(this.#epmd);
    }
    this.#server = spawn(this.#rabbit.server, [], { env, detached: true, stdio: 'ignore' });
    await this.#record(this.#server);
    await this.#ready(this.#server);
  }

  /** Asks the node to stop, which closes its connections with a farewell, and resolves once its process has ended. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends the node's process at once (SIGKILL): connections break without a farewell. Resolves once it has ended. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Runs rabbitmqctl against this node and resolves with what it printed. */
  ctl(...args: string[]): Promise<string> {
    return runRabbitmqctl(this.rabbitmqctl, args);
  }

  /** Ends everything and removes the directory. Idempotent. */
  async dispose(): Promise<void> {
    await this.kill();
    const epmd = this.#epmd;
    this.#epmd = undefined;
    if (epmd !== undefined) await end(epmd, 'SIGKILL');
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await end(server, signal);
  }

  async #record(child: ChildProcess): Promise<void> {
    if (child.pid !== undefined) await appendFile(join(this.#directory, groupsFile), `${child.pid}\n`);
  }

  async #ready(server: ChildProcess): Promise<void> {
    const endsAt = performance.now() + startWithinMs;
    while (!(await speaksAmqp(this.port))) {
      const failure = hasEnded(server)
        ? 'ended while starting'
        : performance.now() > endsAt
          ? `did not take connections within ${startWithinMs} ms`
          : undefined;
      if (failure !== undefined) throw new Error(`RabbitMQ ${failure}: ${await this.#lastLog()}`);
      await delay(50);
    }
  }

  async #lastLog(): Promise<string> {
    const log = await readFile(join(this.#directory, 'log', 'rabbit.log'), 'utf8').catch(() => '(no log)');
    return log.split('\n').slice(-25).join('\n');
  }
}

/** Ends the processes of a node whose owner died, by what it noted in its directory. */
export async function sweepRabbitNode(directory: string): Promise<void> {
  const groups = await readFile(join(directory, groupsFile), 'utf8').catch(() => '');
  for (const line of groups.split('\n')) {
    const group = Number(line);
    // A number may belong to somebody else by now: only a process whose environment names the directory is ours.
    const environ = await readFile(`/proc/${group}/environ`, 'utf8').catch(() => '');
    if (group > 1 && environ.includes(directory)) signalGroup(group, 'SIGKILL');
  }
}

interface NodePorts {
  readonly amqp: number;
  readonly dist: number;
  readonly epmd: number;
}

function environment(directory: string, ports: NodePorts): Record<string, string> {
  const loopback = '-kernel inet_dist_use_interface {127,0,0,1}';
  return {
    HOME: directory,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `ioncore-${randomBytes(6).toString('hex')}@localhost`,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_CONF_ENV_FILE: join(directory, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(directory, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_LOGS: join(directory, 'log', 'rabbit.log'),
    RABBITMQ_PID_FILE: join(directory, 'rabbit.pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(directory, 'generated'),
    // One scheduler: several nodes share a small machine, and starting takes no longer.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `+S 1:1 ${loopback}`,
    RABBITMQ_CTL_ERL_ARGS: loopback,
    // RabbitMQ's script then turns into the Erlang machine instead of waiting for it as a child.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

async function writeConfiguration(directory: string, port: number): Promise<void> {
  await mkdir(join(directory, 'log'));
  const configuration = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'log.console = false',
    // A test machine short of disk must not block publishers; memory alarms are what the tests set off.
    'disk_free_limit.absolute = 1MB',
  ];
  await writeFile(join(directory, 'rabbitmq.conf'), `${configuration.join('\n')}\n`);
  await writeFile(join(directory, 'rabbitmq-env.conf'), '');
  await writeFile(join(directory, 'enabled_plugins'), '[].\n');
  await writeFile(join(directory, '.erlang.cookie'), randomBytes(20).toString('hex'), { mode: 0o400 });
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port was given');
      return address.port;
    }),
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Whether a broker greets: RabbitMQ opens its listener last, and answers AMQP's header with connection.start. */
function speaksAmqp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\x00\x00\x09\x01'));
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('end', () => settle(false));
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends a child and its group; what does not heed the signal in 30 s is killed. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined) return;
  if (hasEnded(child)) {
    signalGroup(child.pid, 'SIGKILL');
    return;
  }
  const ended = once(child, 'exit');
  signalGroup(child.pid, signal);
  const patience = new AbortController();
  const overdue = delay(30_000, 'overdue', { signal: patience.signal }).catch(() => 'ended');
  const outcome = await Promise.race([ended, overdue]);
  patience.abort();
  signalGroup(child.pid, 'SIGKILL');
  if (outcome === 'overdue') await ended;
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody of the group is left.
  }
}
