import type { ProcessId } from '../exchange/index.ts';
import type { ExitReason } from '../process/index.ts';
import type { Env, Timer } from '../util/index.ts';
import type { Child } from './child.ts';
import type { ChildShutdown, ResolvedChildSpec } from './child-spec.ts';
import { decide } from './decide.ts';
import { describeChildren } from './describe.ts';
import type {
  ChildInfo,
  SupervisorAction,
  SupervisorEvent,
  SupervisorReply,
  SupervisorReport,
  SupervisorRequest,
} from './events.ts';
import { initialState, type SupervisorState } from './state.ts';
import type { ResolvedSupervisorFlags, SupervisorSpec } from './supervisor-flags.ts';

/** The world in which a {@link Supervision} acts. None of its members throws, or rejects where it does not say so. */
export interface SupervisionHost {
  readonly env: Env;
  isAlive(id: ProcessId): boolean;
  /** Rejects when the start has failed. */
  start(spec: ResolvedChildSpec, args: readonly unknown[]): Promise<ProcessId | undefined>;
  /** Makes a child end; its end comes through {@link Supervision#childEnded}. Rejects if it cannot. */
  terminate(id: ProcessId, shutdown: ChildShutdown): Promise<void>;
  /** What else ends with a child that has ended, if anything does. */
  endCompanions(id: ProcessId, shutdown: ChildShutdown): Promise<void> | undefined;
  report(report: SupervisorReport): void;
  delayed(spec: ResolvedChildSpec, delayMs: number): void;
  /** It has ended all children and wants to end, by itself. */
  exit(reason: ExitReason): void;
}

/**
 * Executes what a supervisor decides: gives it each event at once, in the order in which they come, and performs its actions one at a time.
 */
export class Supervision {
  readonly #host: SupervisionHost;
  #state: SupervisorState;
  /** Actions that were decided and not yet begun. */
  readonly #actions: SupervisorAction[] = [];
  #isPerforming = false;
  readonly #timers = new Map<number, Timer>();
  readonly #answers = new Map<number, (reply: SupervisorReply) => void>();
  #lastRequest = 0;
  /** Processes that ended while a child is being started: one of them may turn out to be it. */
  #ended: Map<ProcessId, ExitReason> | undefined;
  #begun: ((reason: ExitReason | undefined) => void) | undefined;
  #stopped: (() => void) | undefined;

  constructor(spec: SupervisorSpec, host: SupervisionHost) {
    this.#host = host;
    this.#state = initialState(spec);
  }

  get flags(): ResolvedSupervisorFlags {
    return this.#state.flags;
  }

  /** What children of `simple_one_for_one` are made after. */
  get template(): ResolvedChildSpec | undefined {
    return this.#state.template;
  }

  /** The children as they stand at this moment. */
  describe(): readonly ChildInfo[] {
    return describeChildren(this.#state, this.#host.env.clock.now());
  }

  /** Starts the children; resolves when they run, or, when it has given up and undone everything, with the reason. */
  begin(): Promise<ExitReason | undefined> {
    return new Promise((resolve) => {
      this.#begun = resolve;
      this.#take({ type: 'begin' });
    });
  }

  /** Asks what `request` gives for the request's number. Resolves with the answer, a refusal too. */
  ask(request: (from: number) => SupervisorRequest): Promise<SupervisorReply> {
    this.#lastRequest += 1;
    const from = this.#lastRequest;
    return new Promise((resolve) => {
      this.#answers.set(from, resolve);
      this.#take(request(from));
    });
  }

  /** A process that was started here has ended. Gives the child that it was, as it stands now. */
  childEnded(id: ProcessId, reason: ExitReason): Child | undefined {
    releaseFrames(reason);
    const child = this.#state.children.byPid(id);
    if (child?.status.type !== 'running') {
      this.#ended?.set(id, reason);
      return undefined;
    }
    const exited = (): void => this.#take({ type: 'exited', pid: id, reason });
    const others = this.#host.endCompanions(id, child.spec.shutdown);
    if (others === undefined) exited();
    else void others.then(exited);
    return this.#state.children.get(child.key) ?? child;
  }

  /** Ends all children; resolves when they have ended. */
  stop(reason: ExitReason): Promise<void> {
    if (this.#state.phase === 'ended') return Promise.resolve();
    return new Promise((resolve) => {
      this.#stopped = resolve;
      this.#take({ type: 'stop', reason });
    });
  }

  /** The process that it is for was ended at once, with all children: nothing is done any more. */
  abandon(): void {
    this.#state = { ...this.#state, phase: 'ended', work: undefined };
    this.#actions.length = 0;
    this.#finish('killed');
    for (const from of [...this.#answers.keys()]) this.#answer(from, { type: 'refused', because: 'noproc' });
  }

  #take(event: SupervisorEvent): void {
    const { clock, random } = this.#host.env;
    const moment = {
      now: clock.now(),
      chance: () => random.next(),
      isAlive: (id: ProcessId) => this.#host.isAlive(id),
    };
    const { state, actions } = decide(this.#state, event, moment);
    this.#state = state;
    this.#actions.push(...actions);
    // What an action brings at once is decided at once, but done after the actions that were decided before it.
    if (this.#isPerforming) return;
    this.#isPerforming = true;
    // It may grow meanwhile.
    for (const action of this.#actions) this.#perform(action);
    this.#actions.length = 0;
    this.#isPerforming = false;
  }

  #perform(action: SupervisorAction): void {
    switch (action.type) {
      case 'start':
        void this.#start(action);
        break;
      case 'terminate':
        void this.#terminate(action);
        break;
      case 'tryAgain':
        this.#host.env.scheduler.soon(() => this.#take(action));
        break;
      case 'delay':
        this.#delay(action);
        break;
      case 'cancelDelay':
        this.#timers.get(action.timer)?.cancel();
        this.#timers.delete(action.timer);
        break;
      case 'reply':
        this.#answer(action.to, action.reply);
        break;
      case 'report':
        this.#host.report(action.report);
        break;
      case 'ready':
        this.#begun?.(undefined);
        this.#begun = undefined;
        break;
      case 'exit':
        if (this.#begun === undefined && this.#stopped === undefined) this.#host.exit(action.reason);
        this.#finish(action.reason);
    }
  }

  async #start({ child, spec, args }: Extract<SupervisorAction, { readonly type: 'start' }>): Promise<void> {
    const ended = new Map<ProcessId, ExitReason>();
    this.#ended = ended;
    try {
      const pid = await this.#host.start(spec, args);
      this.#ended = undefined;
      if (pid === undefined) {
        this.#take({ type: 'ignored', child });
        return;
      }
      this.#take({ type: 'started', child, pid });
      const reason = ended.get(pid);
      if (reason !== undefined) this.childEnded(pid, reason);
    } catch (reason) {
      this.#ended = undefined;
      this.#take({ type: 'startFailed', child, reason });
    }
  }

  async #terminate({
    pid,
    shutdown,
  }: Extract<SupervisorAction, { readonly type: 'terminate' }>): Promise<void> {
    try {
      await this.#host.terminate(pid, shutdown);
    } catch (error) {
      // Nobody will hear of its end, and the supervisor must not wait for ever.
      this.childEnded(pid, { error });
    }
  }

  #delay({ child, timer, delayMs }: Extract<SupervisorAction, { readonly type: 'delay' }>): void {
    const { clock } = this.#host.env;
    const over = (): void => {
      this.#timers.delete(timer);
      this.#take({ type: 'delayOver', child, timer });
    };
    this.#timers.set(timer, clock.timer(delayMs, over));
    const spec = this.#state.children.get(child)?.spec;
    if (spec !== undefined) this.#host.delayed(spec, delayMs);
  }

  #answer(to: number, reply: SupervisorReply): void {
    this.#answers.get(to)?.(reply);
    this.#answers.delete(to);
  }

  /** It has ended: whoever waits for that is told, and no timer is left. */
  #finish(reason: ExitReason): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#begun?.(reason);
    this.#begun = undefined;
    this.#stopped?.();
    this.#stopped = undefined;
  }
}

/**
 * V8 writes the stack of an error when it is first asked for, and until then keeps what each function in it was called on: here the process that is gone,
 * for as long as the child remembers its last exit.
 */
function releaseFrames(reason: ExitReason): void {
  if (typeof reason === 'object' && 'error' in reason && reason.error instanceof Error)
    void reason.error.stack;
}
