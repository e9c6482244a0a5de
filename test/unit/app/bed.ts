import { Type } from 'typebox';
import type { AppProcesses } from '../../../src/app/app-processes.ts';
import type { Arguments } from '../../../src/app/arguments.ts';
import { AppManager, type AppOptions, appsConfig } from '../../../src/app/index.ts';
import { Config, defineSection, readOptions, type Setting } from '../../../src/config/index.ts';
import type { ContainerError } from '../../../src/errors/index.ts';
import type { ProcessId } from '../../../src/exchange/index.ts';
import type { ExitReason, SpawnOptions } from '../../../src/process/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';

/** Notes that it starts and stops, with its app's name, in the log of its container. */
export const notingModule = `
export async function start(container, startType, app, args, ...positional) {
  container.logger.info('start ' + app.name, { startType, args, positional });
  await new Promise((done) => setImmediate(done));
  return [null, ['state of ' + app.name]];
}
export function stop(container, state) {
  container.logger.info('stop', { state });
}
`;

/** The processes of a container: ids and classes, and what was done with them. */
export class FakeProcesses implements AppProcesses {
  readonly notes: string[] = [];
  readonly living = new Map<string, string>();
  /** What a spawn or end waits for, by its note. */
  readonly before = new Map<string, () => Promise<void>>();
  /** The ends that are waited for, by id. */
  readonly #ends = new Map<string, (reason: ExitReason) => void>();
  readonly #stopped = new Map<string, Promise<ExitReason>>();
  #last = 0;

  async spawn(
    processClass: { readonly name: string },
    _options?: SpawnOptions,
    begun?: (id: ProcessId) => void,
  ): Promise<ProcessId> {
    const { name } = processClass;
    this.#last += 1;
    const id: ProcessId = `shore.${this.#last}`;
    this.living.set(id, name);
    this.#stopped.set(id, new Promise((resolve) => this.#ends.set(id, resolve)));
    begun?.(id);
    try {
      await this.before.get(`spawn ${name}`)?.();
    } catch (error) {
      this.end(id, { error });
      throw error;
    }
    this.notes.push(`spawn ${name}`);
    return id;
  }

  async terminateProcess(id: string, reason: ExitReason = 'normal'): Promise<void> {
    const name = this.living.get(id);
    this.notes.push(`end ${name} ${String(reason)}`);
    await this.before.get(`end ${name}`)?.();
    this.end(id, reason);
  }

  /** It ends by itself. */
  end(id: string, reason: ExitReason): void {
    this.living.delete(id);
    this.#ends.get(id)?.(reason);
  }

  async stopped(id: string): Promise<ExitReason> {
    return this.living.has(id) ? (this.#stopped.get(id) ?? 'noproc') : 'noproc';
  }

  async configure(id: string, args: Arguments): Promise<void> {
    this.notes.push(`configure ${this.living.get(id)} ${JSON.stringify(args)}`);
  }

  get(id: string): unknown {
    return this.living.get(id);
  }
}

/** What the `config` of apps may set in these tests, with `apps`. */
export const rpcSection = defineSection('rpc', {
  timeoutMs: Type.Number({ minimum: 1, default: 15_000, description: 'Time of a call' }),
  retries: Type.Integer({ minimum: 0, default: 0, description: 'How often a call is repeated' }),
});

export const testSections = [rpcSection, appsConfig];

/** An active app manager on fake processes; `settings` are in force in its container. */
export async function makeApps(
  options: AppOptions & { readonly stopMs?: number } = {},
  settings: readonly Setting[] = [],
) {
  const { directories, slowStartMs, startTimeoutMs, stopTimeoutMs } = options;
  const logger = recordingLogger();
  const env = fakeEnv();
  const processes = new FakeProcesses();
  /** The services that are there, in whatever container. */
  const served = new Set<string>();
  /** Why the container was to stop. */
  const ends: ContainerError[] = [];
  const apps = new AppManager({
    identity: { container: 'shore', sysname: 'fleet' },
    env,
    logger,
    processes,
    config: Config.merge(testSections, [
      ...settings,
      ...readOptions(appsConfig, { directories, slowStartMs, startTimeoutMs, stopTimeoutMs }, 'the test'),
    ]),
    options,
    isServed: async (service) => served.has(service),
    appEnded: (error) => ends.push(error),
  });
  await apps.initialize();
  await apps.activate();
  return {
    apps,
    env,
    logger,
    processes,
    served,
    ends,
    /** The lines that modules have logged. */
    notes: () =>
      logger.lines
        .filter(({ message }) => /^(start [a-z]+|stop)$/.test(message))
        .map(({ message, fields }) =>
          message === 'stop' ? `stop ${String(fields.state).replace('state of ', '')}` : message,
        ),
  };
}
