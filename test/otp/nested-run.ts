import type { ProcessId } from '../../src/exchange/index.ts';
import type { Container } from '../../src/index.ts';
import { childEnded, type ExitReason, type ProcessClass } from '../../src/process/index.ts';
import { type ChildSpec, Supervisor, type SupervisorDeclaration } from '../../src/supervisor/index.ts';
import { type FakeEnv, turns } from '../../src/testing/index.ts';
import type { NestedChild, NestedScenario, NestedStep, NestedSupervisor } from './nested-scenario.ts';
import { patiently } from './patiently.ts';
import { type RealChild, realSpec, type Stage } from './real-child.ts';
import { reasonText } from './trace-words.ts';

/** Runs one scenario on a real tree of supervisors, back-off off, and answers its trace in the words of the Erlang driver. */
export class NestedRun implements Stage {
  readonly #container: Container;
  readonly #env: FakeEnv;
  readonly #scenario: NestedScenario;
  readonly #trace: string[] = [];
  readonly #attempts = new Map<string, number>();
  readonly #workers = new Map<string, RealChild>();
  readonly #labels = new Map<string, string>();
  /** They end by themselves. */
  readonly #dying = new Set<ProcessId>();
  #root: Supervisor | undefined;

  constructor(container: Container, env: FakeEnv, scenario: NestedScenario) {
    this.#container = container;
    this.#env = env;
    this.#scenario = scenario;
  }

  async run(): Promise<readonly string[]> {
    const timers = this.#env.pendingTimers();
    try {
      const spawning = this.#container.processes.spawn(this.#supervisorClass(this.#scenario.tree));
      await patiently('the beginning', spawning);
      this.#trace.push('up');
      await this.#observe();
      for (const step of this.#scenario.steps) {
        if (!this.#isUp()) break;
        await this.#take(step);
      }
    } catch (error) {
      this.#trace.push(`broken ${error}`);
    }
    await turns(3);
    for (const { name } of this.#container.processes.list()) this.#trace.push(`orphan ${name}`);
    const left = this.#env.pendingTimers() - timers;
    if (left !== 0) this.#trace.push(`timers left ${left}`);
    return this.#trace;
  }

  async begin(id: string) {
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    this.#trace.push(`start ${id}.${attempt}`);
    return { attempt, result: 'ok' } as const;
  }

  started(id: string, attempt: number, child: RealChild): void {
    this.#labels.set(child.id, `${id}.${attempt}`);
    this.#workers.set(id, child);
  }

  isToldToEnd({ id }: RealChild): boolean {
    return !this.#dying.has(id);
  }

  kill({ id }: RealChild): void {
    this.#container.processes.kill(id);
  }

  /** `id`: of the root none. */
  #supervisorClass(declared: NestedSupervisor, id?: string): ProcessClass {
    const run = this;
    return class Nested extends Supervisor {
      protected override init(): SupervisorDeclaration {
        const { strategy, intensity, periodSeconds, autoShutdown, children } = declared;
        return {
          strategy,
          intensity,
          periodMs: periodSeconds * 1_000,
          autoShutdown,
          restartDelay: false,
          children: children.map((child) => run.#spec(child)),
        };
      }
      override async onInit(): Promise<void> {
        if (id === undefined) run.#root = this;
        else run.#labels.set(this.id, `${id}.${(await run.begin(id)).attempt}`);
        await super.onInit();
      }
      override [childEnded](child: ProcessId, reason: ExitReason) {
        const label = run.#labels.get(child);
        run.#trace.push(`${run.#dying.has(child) ? 'exit' : 'stop'} ${label} ${reasonText(reason)}`);
        return super[childEnded](child, reason);
      }
    };
  }

  #spec({ inner, ...spec }: NestedChild): ChildSpec {
    if (inner !== undefined) return { ...spec, start: this.#supervisorClass(inner, spec.id) };
    return realSpec(this, { ...spec, type: 'worker', onShutdown: 'obey', startedBy: 'class' }, true);
  }

  async #take(step: NestedStep): Promise<void> {
    if (step.type === 'advance') {
      await this.#env.advance(step.seconds * 1_000);
    } else if (step.type === 'stop') {
      this.#trace.push('stop');
      void this.#container.processes.terminateProcess(this.#top.id, 'shutdown');
      this.#trace.push(`down ${reasonText(await patiently('the end', this.#top.stopped))}`);
    } else {
      const worker = this.#workers.get(step.id);
      if (worker === undefined || !worker.isAlive(worker.id)) {
        this.#trace.push('skip');
        return;
      }
      const above = this.#supervisorsOf(worker.id);
      this.#dying.add(worker.id);
      await patiently(`the end of ${step.id}`, worker.die(step.reason));
      await this.#settle(above);
      await this.#observe();
    }
  }

  /** The innermost first. */
  #supervisorsOf(id: ProcessId): readonly Supervisor[] {
    const parents = new Map(this.#container.processes.list().map((info) => [info.id, info.parent]));
    const found: Supervisor[] = [];
    for (let parent = parents.get(id); parent !== undefined; parent = parents.get(parent)) {
      const process = this.#container.processes.get(parent);
      if (process instanceof Supervisor) found.push(process);
    }
    return found;
  }

  /** Lets each do what is to be done; one that gives up has ended. */
  async #settle(supervisors: readonly Supervisor[]): Promise<void> {
    for (const supervisor of supervisors) {
      try {
        await patiently('an answer', supervisor.whichChildren());
      } catch {
        await patiently('the end of a supervisor', supervisor.stopped);
      }
    }
    if (!this.#isUp()) this.#trace.push(`down ${reasonText(await this.#top.stopped)}`);
  }

  async #observe(): Promise<void> {
    if (this.#isUp()) this.#trace.push(`tree ${await this.#tree(this.#top)}`);
  }

  async #tree(supervisor: Supervisor): Promise<string> {
    const entries: string[] = [];
    for (const { id, pid, state } of await supervisor.whichChildren()) {
      const process = pid === undefined ? undefined : this.#container.processes.get(pid);
      const below = process instanceof Supervisor ? await this.#tree(process) : '';
      const word = state === 'stopped' ? 'undefined' : state;
      entries.push(pid === undefined ? `${id}:${word}` : `${this.#labels.get(pid)}${below}`);
    }
    return `[${entries.join(' ')}]`;
  }

  #isUp(): boolean {
    return this.#container.processes.get(this.#top.id) !== undefined;
  }

  get #top(): Supervisor {
    if (this.#root === undefined) throw new Error('there is no supervisor yet');
    return this.#root;
  }
}
