import type { ProcessId } from '../../src/exchange/index.ts';
import { type Container, ContainerError } from '../../src/index.ts';
import { childEnded, type ExitReason, endChildren, type ProcessClass } from '../../src/process/index.ts';
import { type ChildInfo, Supervisor, type SupervisorDeclaration } from '../../src/supervisor/index.ts';
import { type FakeEnv, turns } from '../../src/testing/index.ts';
import { patiently } from './patiently.ts';
import { type RealChild, realSpec, type Stage } from './real-child.ts';
import type { Op, Scenario, ScenarioChild } from './scenario.ts';
import { childrenText, countsText, reasonText } from './trace-words.ts';

/** Runs one scenario on a real supervisor of real processes, back-off off, and answers its trace in the words of the Erlang driver. */
export class RealRun implements Stage {
  readonly #container: Container;
  readonly #env: FakeEnv;
  readonly #scenario: Scenario;
  readonly #isDynamic: boolean;
  readonly #trace: string[] = [];
  readonly #attempts = new Map<string, number>();
  /** The process that each id is or last was. */
  readonly #last = new Map<string, RealChild>();
  readonly #labels = new Map<string, string>();
  /** They end by themselves. */
  readonly #dying = new Set<ProcessId>();
  readonly #asked = new Set<string>();
  readonly #unanswered: number[] = [];
  #supervisor: Supervisor | undefined;
  #phase: 'new' | 'up' | 'down' = 'new';
  #requests = 0;
  #ops = 0;
  /** What came for the supervisor and is kept from it. */
  #held: (() => unknown)[] | undefined;
  #stopArrived: () => void = () => undefined;
  /** A stop comes to the supervisor once, however often it is asked. */
  readonly #stopHasArrived = new Promise<void>((resolve) => {
    this.#stopArrived = resolve;
  });

  constructor(container: Container, env: FakeEnv, scenario: Scenario) {
    this.#container = container;
    this.#env = env;
    this.#scenario = scenario;
    this.#isDynamic = scenario.strategy === 'simple_one_for_one';
  }

  async run(): Promise<readonly string[]> {
    const timers = this.#env.pendingTimers();
    try {
      await this.#begin();
      for (const step of this.#scenario.steps) {
        if (this.#phase === 'down') break;
        if (step.type === 'advance') {
          await this.#env.advance(step.seconds * 1_000);
          this.#trace.push('advance');
        } else {
          await this.#batch(step.ops);
        }
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
    // What was answered before is heard before.
    await turns(1);
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    const { result, during } = this.#scenario.scripts[id]?.[attempt - 1] ?? { result: 'ok', during: [] };
    this.#trace.push(`start ${id}.${attempt} ${result}`);
    for (const op of during) await this.#do(op, false);
    this.#ops += during.length;
    return { attempt, result };
  }

  started(id: string, attempt: number, child: RealChild): void {
    this.#labels.set(child.id, `${id}.${attempt}`);
    this.#last.set(id, child);
  }

  isToldToEnd({ id }: RealChild): boolean {
    return this.#labels.has(id) && !this.#dying.has(id);
  }

  kill({ id }: RealChild): void {
    this.#container.processes.kill(id);
  }

  async #begin(): Promise<void> {
    const spawning = this.#container.processes.spawn(this.#supervisorClass(), { name: 'top' });
    try {
      await patiently('the beginning', spawning);
    } catch (error) {
      // Once it was up, an early end is no failed start.
      if (this.#phase === 'new') {
        await this.#down(`failed_to_start_child ${failedChild(error)}`);
        return;
      }
    }
    await this.#settle();
    await this.#observe();
  }

  #supervisorClass(): ProcessClass {
    const run = this;
    return class Top extends Supervisor {
      protected override init(): SupervisorDeclaration {
        const { strategy, intensity, periodSeconds, autoShutdown, children } = run.#scenario;
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
        run.#supervisor = this;
        await super.onInit();
        run.#trace.push('up');
        run.#phase = 'up';
      }
      override [childEnded](id: ProcessId, reason: ExitReason) {
        run.#ended(id, reason);
        if (run.#held === undefined) return super[childEnded](id, reason);
        run.#held.push(() => super[childEnded](id, reason));
        return undefined;
      }
      override [endChildren](reason: ExitReason): Promise<void> {
        const ended = super[endChildren](reason);
        run.#stopArrived();
        return ended;
      }
    };
  }

  #ended(id: ProcessId, reason: ExitReason): void {
    const label = this.#labels.get(id);
    // Without one it has never been a child: its start failed.
    if (label !== undefined) {
      this.#trace.push(`${this.#dying.has(id) ? 'exit' : 'stop'} ${label} ${reasonText(reason)}`);
    }
  }

  #spec(child: ScenarioChild) {
    const ids = this.#isDynamic ? Object.keys(this.#scenario.scripts) : [child.id];
    const isIgnored = ids.some((id) => this.#scenario.scripts[id]?.some(({ result }) => result === 'ignore'));
    return realSpec(this, child, !isIgnored);
  }

  /** Several things come to the supervisor before it sees any of them; one alone comes as it does. */
  async #batch(ops: readonly Op[]): Promise<void> {
    this.#held = ops.length > 1 ? [] : undefined;
    for (const [index, op] of ops.entries()) await this.#do(op, index === 0);
    this.#ops += ops.length;
    for (let next = this.#held?.shift(); next !== undefined; next = this.#held?.shift()) await next();
    this.#held = undefined;
    await this.#settle();
    await this.#observe();
  }

  async #do(op: Op, isFirst: boolean): Promise<void> {
    switch (op.type) {
      case 'exit': {
        const child = this.#last.get(op.id);
        if (child === undefined || !child.isAlive(child.id)) {
          this.#trace.push('skip');
          break;
        }
        this.#dying.add(child.id);
        await patiently(`the end of ${op.id}`, child.die(op.reason));
        break;
      }
      case 'stop':
        this.#trace.push(this.#phase === 'up' ? 'stop' : 'skip');
        if (this.#phase === 'up') await this.#deliver(() => this.#stop());
        break;
      case 'startDynamic':
        if (this.#asked.has(op.id)) this.#trace.push('skip');
        else await this.#request(op);
        this.#asked.add(op.id);
        break;
      case 'terminate': {
        const child = this.#last.get(op.id);
        const isKnown = child !== undefined && (isFirst || child.isAlive(child.id));
        if (this.#isDynamic && !isKnown) this.#trace.push('skip');
        else await this.#request(op);
        break;
      }
      default:
        await this.#request(op);
    }
  }

  /** Hands it to the supervisor, or keeps it with what else is kept. */
  async #deliver(act: () => unknown): Promise<void> {
    if (this.#held === undefined) await act();
    else this.#held.push(act);
  }

  /** Resolves when it has come to the supervisor. */
  async #stop(): Promise<void> {
    const { processes } = this.#container;
    const stopping = processes.terminateProcess(this.#top.id, 'shutdown', 'infinity');
    await patiently('the stop', Promise.race([this.#stopHasArrived, stopping.catch(() => undefined)]));
  }

  async #request(op: Exclude<Op, { readonly type: 'exit' | 'stop' }>): Promise<void> {
    const n = this.#requests++;
    const child = 'id' in op ? this.#childOf(op) : '';
    await this.#deliver(() => {
      void this.#call(op, child).then(
        (answer) => void this.#trace.push(`reply ${n} ${answer}`),
        (error: unknown) => {
          const text = this.#refusal(error);
          if (text === undefined) this.#unanswered.push(n);
          else this.#trace.push(`reply ${n} error ${text}`);
        },
      );
    });
  }

  async #call(op: Exclude<Op, { readonly type: 'exit' | 'stop' }>, child: string): Promise<string> {
    const top = this.#top;
    const label = (pid: string | undefined) => this.#label(pid);
    switch (op.type) {
      case 'which':
        return childrenText(await top.whichChildren(), this.#isDynamic, label);
      case 'count':
        return countsText(await top.countChildren());
      case 'start': {
        const spec = this.#scenario.more[op.index];
        if (spec === undefined) throw new RangeError(`start: there is no spec ${op.index}`);
        return `ok ${label(await top.startChild(this.#spec(spec)))}`;
      }
      case 'startDynamic': {
        const isClass = this.#spec(this.#template).options !== undefined;
        return `ok ${label(await top.startChild(isClass ? { id: op.id } : op.id))}`;
      }
      case 'terminate': {
        await top.terminateChild(child);
        const ended = this.#last.get(op.id);
        return ended?.isAlive(ended.id) ? 'ok, but it lives' : 'ok';
      }
      case 'delete':
        await top.deleteChild(child);
        return 'ok';
      case 'restart':
        return `ok ${label(await top.restartChild(child))}`;
    }
  }

  /** Dynamic children are named by process id; where it does not matter by any. */
  #childOf({ id }: { readonly id: string }): string {
    return this.#isDynamic ? (this.#last.get(id)?.id ?? this.#top.id) : id;
  }

  #refusal(error: unknown): string | undefined {
    const details = error instanceof ContainerError ? error.details : undefined;
    if (details === undefined) return String(error);
    const { because, pid } = details;
    if (because === 'noproc') return undefined;
    return because === 'already_started' ? `${because} ${this.#label(String(pid))}` : String(because);
  }

  /** Lets it work until nothing is left to do at this moment. */
  async #settle(): Promise<void> {
    while (this.#phase === 'up') {
      const ops = this.#ops;
      const children = await patiently('an answer', this.#children());
      await turns(1);
      if (children === undefined) {
        const reason = await patiently('the end of the supervisor', this.#top.stopped);
        await this.#down(reasonText(reason));
      } else if (ops === this.#ops && !children.some(({ state }) => state === 'restarting')) {
        break;
      }
    }
  }

  /** `undefined` when it has ended. */
  async #children(): Promise<readonly ChildInfo[] | undefined> {
    try {
      return await this.#top.whichChildren();
    } catch {
      return undefined;
    }
  }

  async #observe(): Promise<void> {
    if (this.#phase !== 'up') return;
    await this.#do({ type: 'which' }, false);
    await this.#do({ type: 'count' }, false);
    await this.#settle();
    this.#checkOrphans();
  }

  /** Whatever the supervisor has spawned is one of its children. */
  #checkOrphans(): void {
    if (this.#phase !== 'up') return;
    const known = new Set(this.#top.describe()?.children.map(({ pid }) => pid));
    for (const { id, name, parent } of this.#container.processes.list()) {
      if (parent === this.#top.id && !known.has(id)) this.#trace.push(`orphan ${name}`);
    }
  }

  async #down(reason: string): Promise<void> {
    this.#phase = 'down';
    this.#trace.push(`down ${reason}`);
    await turns(1);
    for (const n of this.#unanswered.toSorted((a, b) => a - b)) this.#trace.push(`unanswered ${n}`);
  }

  #label(pid: string | undefined): string {
    return pid === undefined ? 'undefined' : (this.#labels.get(pid) ?? pid);
  }

  get #template(): ScenarioChild {
    const [template] = this.#scenario.children;
    if (template === undefined) throw new RangeError('a scenario without a child');
    return template;
  }

  get #top(): Supervisor {
    if (this.#supervisor === undefined) throw new Error('there is no supervisor yet');
    return this.#supervisor;
  }
}

/** @throws what it is given unless that says which child could not be started */
function failedChild(error: unknown): unknown {
  if (error instanceof ContainerError && error.code === 'StartFailed') return error.details?.child;
  throw error;
}
