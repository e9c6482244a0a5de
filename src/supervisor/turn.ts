import type { ProcessId } from '../exchange/index.ts';
import type { Child } from './child.ts';
import type { ChildKey, SupervisorAction, SupervisorReply, SupervisorReport } from './events.ts';
import type { SupervisorState } from './state.ts';

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

  report(report: SupervisorReport): void {
    this.act({ type: 'report', report });
  }

  child(key: ChildKey): Child | undefined {
    return this.#state.children.get(key);
  }

  /** The child that runs as this process. */
  runningAs(pid: ProcessId): Child | undefined {
    const child = this.#state.children.byPid(pid);
    return child?.status.type === 'running' ? child : undefined;
  }

  change(key: ChildKey, part: Partial<Child>): void {
    const child = this.child(key);
    if (child !== undefined) this.set({ children: this.#state.children.with({ ...child, ...part }, child) });
  }

  remove(key: ChildKey): void {
    this.set({ children: this.#state.children.without(key) });
  }
}
