import type { ProcessId } from '../exchange/index.ts';
import type { ChildKey, SupervisorAction, SupervisorReply, SupervisorReport } from './events.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Child, SupervisorState } from './state.ts';

/** The world at the moment of a decision. */
export interface Moment {
  /** The monotonic clock, milliseconds. */
  readonly now: number;
  /** Uniform in [0, 1); asked once per delayed restart. */
  readonly chance: () => number;
  /** Whether a process of that id lives at this moment, whatever the supervisor has heard of it. */
  readonly isAlive: (pid: ProcessId) => boolean;
}

/** One decision in the making: the state so far and the actions so far. It lives for the length of one call of `decide`. */
export class Turn {
  readonly moment: Moment;
  readonly actions: SupervisorAction[] = [];
  #state: SupervisorState;

  constructor(state: SupervisorState, moment: Moment) {
    this.#state = state;
    this.moment = moment;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  set(part: Partial<SupervisorState>): void {
    this.#state = { ...this.#state, ...part };
  }

  act(action: SupervisorAction): void {
    this.actions.push(action);
  }

  reply(to: number, reply: SupervisorReply): void {
    this.act({ type: 'reply', to, reply });
  }

  report(context: SupervisorReport['context'], { key, spec, pid, restarts }: Child, reason: unknown): void {
    const report = { context, reason, child: { key, id: spec.id, pid, restarts } };
    this.act({ type: 'report', report });
  }

  child(key: ChildKey): Child | undefined {
    return this.#state.children.find((child) => child.key === key);
  }

  /** The child that runs as this process. */
  runningAs(pid: ProcessId): Child | undefined {
    return this.#state.children.find((child) => child.pid === pid && child.status.type === 'running');
  }

  change(key: ChildKey, part: Partial<Child>): void {
    const children = this.#state.children.map((child) => (child.key === key ? { ...child, ...part } : child));
    this.set({ children });
  }

  remove(key: ChildKey): void {
    this.set({ children: this.#state.children.filter((child) => child.key !== key) });
  }

  /** The end of that process, if it is among the events that wait; it is no event of its own any more. */
  takeExit(pid: ProcessId): ExitReason | undefined {
    const { waiting } = this.#state;
    const exit = waiting.find((event) => event.type === 'exited' && event.pid === pid);
    if (exit?.type !== 'exited') return undefined;
    this.set({ waiting: waiting.filter((event) => event !== exit) });
    return exit.reason;
  }
}
