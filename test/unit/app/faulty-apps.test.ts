import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container } from '../../../src/container/index.ts';
import { eventually } from '../../../src/testing/eventually.ts';
import { type FakeEnv, fakeEnv } from '../../../src/testing/fake-env.ts';
import { type RecordingLogger, recordingLogger } from '../../../src/testing/recording-logger.ts';
import { AppFolder } from '../../support/app-folder.ts';

/** What faulty modules are made of. */
const HEAD = `
import { Process, ServiceProcess } from 'ioncore';
class One extends ServiceProcess { static serviceName = 'desk.one'; }
class Two extends Process {}
export class Hangs extends Process { onInit() { return new Promise(() => undefined); } }
export class Fails extends Process { onInit() { throw new Error('no line'); } }
const spawnBoth = async (container) => [await container.spawn(One), await container.spawn(Two, { localName: 'two' })];
const never = () => new Promise(() => undefined);
globalThis.isReached = true;
`;

interface Fault {
  /** The module, after {@link HEAD}; undefined: there is none. */
  readonly module: string | undefined;
  /** The app's file after its name. Default: it names the module. */
  readonly app?: string;
  readonly code: string;
  /** What the message says after the file. */
  readonly says: string;
  /** How long it takes. Default 0. */
  readonly afterMs?: number;
  /** Lines of the log above info. Default none. */
  readonly logs?: readonly string[];
}

const slow = 'an app is still starting';
const faults: Readonly<Record<string, Fault>> = {
  'a module that is not there': {
    module: undefined,
    code: 'ConfigurationError',
    says: "3:6: mod: the module './faulty.mjs' cannot be found",
  },
  'a module that throws when it is loaded': {
    module: "throw new Error('no licence');",
    code: 'ConfigurationError',
    says: "3:6: mod './faulty.mjs' cannot be loaded: no licence (FOLDER/faulty.mjs:10:",
  },
  'a module that never loads': {
    module: 'await never();',
    code: 'StartFailed',
    says: 'could not be started: it was not done after 120000 ms; mend what it waits for, or give it more time with apps.startTimeoutMs',
    afterMs: 120_000,
    logs: [slow],
  },
  'a module without start': {
    module: 'export const begin = () => [null, []];',
    code: 'ConfigurationError',
    says: "3:6: mod './faulty.mjs' has no function 'start'",
  },
  'a start that returns nonsense, after it has spawned two': {
    module: 'export const start = (container) => spawnBoth(container);\n',
    app: 'mod: ./faulty.mjs\n',
    code: 'ConfigurationError',
    says: "'start' of app 'faulty' must return [process id or null, [state…]]",
  },
  'a start that throws, after it has spawned two': {
    module:
      "export const start = async (container) => { await spawnBoth(container); throw new Error('no wind'); };",
    code: 'StartFailed',
    says: 'could not be started: no wind (FOLDER/faulty.mjs:10:',
  },
  'a start that never returns, after it has spawned two': {
    module: 'export const start = async (container) => { await spawnBoth(container); await never(); };',
    code: 'StartFailed',
    says: 'could not be started: it was not done after 120000 ms',
    afterMs: 120_000,
    logs: [slow],
  },
  'an onInit that hangs': {
    module:
      'export const start = async (container) => [(await spawnBoth(container))[0], [await container.spawn(Hangs)]];',
    code: 'StartFailed',
    says: '(Hangs) was killed: its onInit had not come to an end after 60000 ms',
    afterMs: 60_000,
    logs: [slow],
  },
  'a child that always fails at its start': {
    module: 'export class Good extends Process {}',
    app: 'processes:\n- {name: good, module: ./faulty.mjs, class: Good}\n- {name: bad, module: ./faulty.mjs, class: Fails}\n',
    code: 'StartFailed',
    says: "child 'bad' could not be started: no line (FOLDER/faulty.mjs:6:",
    logs: ['a child could not be started'],
  },
  'a root that ends before start returns': {
    module: `export const start = async (container) => {
       const [root, other] = await spawnBoth(container);
       await container.terminate(root, { error: new Error('boom') });
       return [root, []];
     };`,
    code: 'StartFailed',
    says: 'could not be started: its root process shore.1 ended while it was starting: boom',
    logs: ['process failed'],
  },
  'a start phase that throws': {
    module: `export const start = async (container) => [(await spawnBoth(container))[0], []];
       export const startPhase = () => { throw new Error('no wind'); };`,
    app: 'mod: ./faulty.mjs\nstartPhases: [go]\n',
    code: 'StartFailed',
    says: 'could not be started: no wind (FOLDER/faulty.mjs:11:',
  },
  'a start phase that hangs': {
    module: `export const start = async (container) => [(await spawnBoth(container))[0], []];
       export const startPhase = never;`,
    app: 'mod: ./faulty.mjs\nstartPhases: [go]\n',
    code: 'StartFailed',
    says: 'could not be started: it was not done after 120000 ms',
    afterMs: 120_000,
    logs: [slow],
  },
  'start phases without a function for them': {
    module: "export const start = () => { throw new Error('never called'); };",
    app: 'mod: ./faulty.mjs\nstartPhases: [go]\n',
    code: 'ConfigurationError',
    says: "4:14: startPhases: the module './faulty.mjs' exports no function 'startPhase'; add it, or remove the phases",
  },
  'a failed start whose stop throws': {
    module: `export const start = async (container) => [(await spawnBoth(container))[0], []];
       export const startPhase = () => { throw new Error('no wind'); };
       export const stop = () => { throw new Error('stuck'); };`,
    app: 'mod: ./faulty.mjs\nstartPhases: [go]\n',
    code: 'StartFailed',
    says: 'could not be started: no wind',
    logs: ['stop of an app failed'],
  },
  'a failed start whose stop hangs': {
    module: `export const start = async (container) => [(await spawnBoth(container))[0], []];
       export const startPhase = () => { throw new Error('no wind'); };
       export const stop = never;`,
    app: 'mod: ./faulty.mjs\nstartPhases: [go]\n',
    code: 'StartFailed',
    says: 'could not be started: no wind',
    afterMs: 5_000,
    logs: ['stop of an app does not end; it is not waited for any longer'],
  },
};

describe('a faulty app', () => {
  let folder: AppFolder;
  let container: Container;
  let env: FakeEnv;
  let logger: RecordingLogger;

  beforeEach(async () => {
    folder = await AppFolder.make();
    Reflect.deleteProperty(globalThis, 'isReached');
    await folder.write(
      'good.mjs',
      `${HEAD}\nexport const start = async (c) => [(await spawnBoth(c))[0], []];`,
    );
    env = fakeEnv();
    logger = recordingLogger();
    container = new Container({ sysname: 'fleet', id: 'shore', env, logger });
    await container.start();
  });
  afterEach(async () => {
    const stopping = container.stop();
    await env.advance(10_000);
    await stopping;
    await folder.dispose();
  });

  /** What is there of processes, names and timers. */
  const state = () => ({
    processes: container.processes.list(),
    services: container.processes.services(),
    names: container.messagingNames(),
    isLocalNameTaken: container.processes.hasLocalName('two'),
    timers: env.pendingTimers(),
    apps: container.apps.list(),
    loaded: container.apps.loaded(),
  });

  const write = (body: string) => folder.write('faulty.app', `type: application\nname: faulty\n${body}`);

  /** Starts it; time goes on if it must. Resolves with the outcome, and how long it took. */
  async function startWithTime(
    file: string,
    takesTime: boolean,
  ): Promise<{ error: unknown; tookMs: number }> {
    const startedAt = env.clock.now();
    let isOver = false;
    const settle = (error?: unknown): { error: unknown; tookMs: number } => {
      isOver = true;
      return { error, tookMs: env.clock.now() - startedAt };
    };
    const started = container.apps.start(file).then(() => settle(), settle);
    // Files are read and modules are loaded in real time.
    if (takesTime) await eventually(() => Reflect.get(globalThis, 'isReached'));
    while (takesTime && !isOver) await env.advance(500);
    return started;
  }

  test.each(Object.entries(faults))(
    'with %s leaves nothing, and starts when it is mended',
    async (_name, fault) => {
      const { module, app = 'mod: ./faulty.mjs\n', code, says, afterMs = 0, logs = [] } = fault;
      if (module !== undefined) await folder.write('faulty.mjs', `${HEAD}${module}`);
      const file = await write(app);
      const before = state();
      const { error, tookMs } = await startWithTime(file, afterMs > 0);
      expect(error).toMatchObject({ code, message: expect.stringContaining(file) });
      expect(error).toMatchObject({ message: expect.stringContaining(says.replace('FOLDER', folder.path)) });
      expect(tookMs - afterMs).toBeGreaterThanOrEqual(0);
      expect(tookMs - afterMs).toBeLessThan(1_000);
      expect(
        logger.lines
          .filter(({ level }) => level === 'error' || level === 'warn')
          .map(({ message }) => message),
      ).toEqual(logs);
      expect(state()).toEqual(before);
      await write('mod: ./good.mjs\n');
      await container.apps.start(file);
      expect(container.apps.list()).toMatchObject([{ name: 'faulty', state: 'running' }]);
      expect(container.processes.list()).toHaveLength(2);
    },
  );

  test('whose root ends at once after its start has ended by itself', async () => {
    await folder.write(
      'faulty.mjs',
      `${HEAD}class Brief extends Process { onActivate() { this.env.clock.timer(10, () => this.exit('normal')); } }
       export const start = async (container) => [await container.spawn(Brief), [await spawnBoth(container)]];`,
    );
    const file = await write('mod: ./faulty.mjs\n');
    const before = state();
    await container.apps.start(file);
    await env.advance(10);
    await eventually(() => container.apps.list().length === 0);
    expect(state()).toEqual(before);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({
        message: 'app ended by itself',
        fields: expect.objectContaining({ app: 'faulty', reason: 'normal' }),
      }),
    );
    await write('mod: ./good.mjs\n');
    await container.apps.start(file);
    expect(container.apps.isStarted('faulty')).toBe(true);
  });

  test.each([
    ['throws', "() => { throw new Error('stuck'); }", 'stop of an app failed', 0],
    ['hangs', 'never', 'stop of an app does not end; it is not waited for any longer', 5_000],
  ])('whose stop %s is stopped all the same', async (_what, stop, message, afterMs) => {
    await folder.write(
      'faulty.mjs',
      `${HEAD}export const start = async (container) => [(await spawnBoth(container))[0], []];\nexport const stop = ${stop};`,
    );
    const file = await write('mod: ./faulty.mjs\n');
    const before = state();
    await container.apps.start(file);
    const stopping = container.apps.stop('faulty');
    if (afterMs > 0) {
      await env.advance(afterMs - 1);
      expect(container.apps.list()).toMatchObject([{ state: 'stopping' }]);
      await env.advance(1);
    }
    await stopping;
    expect(state()).toEqual(before);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([{ message }]);
    await write('mod: ./good.mjs\n');
    await container.apps.start(file);
    expect(container.apps.isStarted('faulty')).toBe(true);
  });

  test('several whose stop hangs leave a container time to end the rest in order', async () => {
    await folder.write(
      'faulty.mjs',
      `${HEAD}export const start = () => [null, []];\nexport const stop = never;`,
    );
    await folder.write(
      'fine.mjs',
      `export const start = () => [null, []];\nexport const stop = (c) => c.logger.info('stopped fine');`,
    );
    await container.apps.start(await folder.app('fine', './fine.mjs'));
    const file = await write('mod: ./faulty.mjs\n');
    for (let count = 0; count < 3; count += 1) await container.apps.start(file, { mult: true });
    const stopping = container.stop();
    await env.advance(10_000);
    const report = await stopping;
    expect(report).toMatchObject({
      unfinishedApps: ['faulty#3', 'faulty#2', 'faulty'],
      killed: [],
      leftProcesses: [],
      cause: undefined,
    });
    expect(report.tookMs).toBeLessThanOrEqual(5_000);
    expect(logger.lines.filter(({ message }) => message === 'stopped fine')).toHaveLength(1);
  });
});
