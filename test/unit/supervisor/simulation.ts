import type { ProcessId } from '../../../src/exchange/index.ts';
import type { ExitReason } from '../../../src/process/index.ts';
import {
  decide,
  initialState,
  type ResolvedChildSpec,
  type SupervisorAction,
  type SupervisorEvent,
  type SupervisorReply,
  type SupervisorReport,
  type SupervisorSpec,
} from '../../../src/supervisor/index.ts';

/** What the children of a {@link Simulation} do; all is optional. A child's name is its id, or the first argument of a dynamic one. */
export interface ChildScript {
  /** How its start number `attempt`, from 1, goes. Default `ok`. What is done here happens while the supervisor waits for the start. */
  start?(name: string, attempt: number): 'ok' | 'ignore' | 'fail';
  /** The reason it ends with when it is asked to; `undefined`: it does not, and is killed when its time is up. Default `shutdown`. */
  onShutdown?(name: string, spec: ResolvedChildSpec): ExitReason | undefined;
}

/** One thing that happened, in order. */
export type Happening =
  | { readonly type: 'start'; readonly name: string; readonly pid: ProcessId; readonly result: string }
  | { readonly type: 'stop'; readonly name: string; readonly pid: ProcessId; readonly reason: ExitReason }
  | { readonly type: 'reply'; readonly to: number; readonly reply: SupervisorReply }
  | { readonly type: 'ready' }
  | { readonly type: 'exit'; readonly reason: ExitReason };

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly event: () => void;
  readonly timer?: number;
}

/**
 * Executes the actions of a supervisor on a fake clock, with children that follow a script. Nothing runs by itself: put events into the
 * mailbox with `send` and `exit`, then `run`. Processes are called `<name>.<attempt>`.
 */
export class Simulation {
  state;
  now = 0;
  readonly happenings: Happening[] = [];
  readonly reports: SupervisorReport[] = [];
  readonly actions: SupervisorAction[] = [];
  /** The processes that live, with their names. */
  readonly live = new Map<ProcessId, string>();
  readonly #mailbox: SupervisorEvent[] = [];
  readonly #script: ChildScript;
  readonly #chance: () => number;
  readonly #attempts = new Map<string, number>();
  readonly #specs = new Map<ProcessId, ResolvedChildSpec>();
  #alarms: Alarm[] = [];
  #order = 0;

  constructor(spec: SupervisorSpec, script: ChildScript = {}, chance: () => number = () => 0) {
    this.state = initialState(spec);
    this.#script = script;
    this.#chance = chance;
  }

  /** Puts an event into the mailbox. */
  send(event: SupervisorEvent): void {
    this.#mailbox.push(event);
  }

  /** A child ends by itself; the news is in the mailbox. False if there is no such process. */
  exit(pid: ProcessId, reason: ExitReason): boolean {
    if (!this.live.delete(pid)) return false;
    this.send({ type: 'exited', pid, reason });
    return true;
  }

  /** Deals with everything in the mailbox, and with what comes of it, until it is empty. */
  run(): this {
    for (let event = this.#mailbox.shift(); event !== undefined; event = this.#mailbox.shift()) {
      const isAlive = (pid: ProcessId) => this.live.has(pid);
      const decision = decide(this.state, event, { now: this.now, chance: this.#chance, isAlive });
      this.state = decision.state;
      for (const action of decision.actions) this.#execute(action);
    }
    return this;
  }

  /** Lets time pass, with every alarm on the way at its moment. */
  advance(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const next = this.#alarms.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > until) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.now = next.at;
      next.event();
      this.run();
    }
    this.now = until;
    return this;
  }

  /** Timers that are armed. */
  get alarms(): number {
    return this.#alarms.length;
  }

  #execute(action: SupervisorAction): void {
    this.actions.push(action);
    switch (action.type) {
      case 'start':
        this.#start(action);
        break;
      case 'terminate':
        this.#terminate(action.pid, action.shutdown);
        break;
      case 'tryAgain':
        this.send({ type: 'tryAgain', child: action.child });
        break;
      case 'delay': {
        const { child, timer } = action;
        this.#alarm(action.delayMs, () => this.send({ type: 'delayOver', child, timer }), timer);
        break;
      }
      case 'cancelDelay':
        this.#alarms = this.#alarms.filter((alarm) => alarm.timer !== action.timer);
        break;
      case 'report':
        this.reports.push(action.report);
        break;
      default:
        this.happenings.push(action);
    }
  }

  #start({ child, spec, args }: Extract<SupervisorAction, { readonly type: 'start' }>): void {
    const name = args.length > 0 ? String(args[0]) : spec.id;
    const attempt = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempt);
    const pid: ProcessId = `${name}.${attempt}`;
    const happening = { type: 'start', name, pid, result: 'ok' } satisfies Happening;
    const index = this.happenings.push(happening) - 1;
    const result = this.#script.start?.(name, attempt) ?? 'ok';
    this.happenings[index] = { ...happening, result };
    if (result === 'ok') {
      this.live.set(pid, name);
      this.#specs.set(pid, spec);
      this.send({ type: 'started', child, pid });
    } else if (result === 'ignore') {
      this.send({ type: 'ignored', child });
    } else {
      this.send({ type: 'startFailed', child, reason: 'scripted' });
    }
  }

  #terminate(pid: ProcessId, shutdown: number | 'brutal_kill' | 'infinity'): void {
    const name = this.live.get(pid);
    const spec = this.#specs.get(pid);
    if (name === undefined || spec === undefined) return; // It is gone already, and its `exited` is on its way.
    const end = (reason: ExitReason) => {
      if (!this.exit(pid, reason)) return;
      this.happenings.push({ type: 'stop', name, pid, reason });
    };
    const { onShutdown } = this.#script;
    const answer = onShutdown === undefined ? 'shutdown' : onShutdown(name, spec);
    if (shutdown === 'brutal_kill') end('killed');
    else if (answer !== undefined) end(answer);
    else if (shutdown !== 'infinity') this.#alarm(shutdown, () => end('killed'));
  }

  #alarm(delayMs: number, event: () => void, timer?: number): void {
    const alarm = { at: this.now + delayMs, order: this.#order++, event };
    this.#alarms.push(timer === undefined ? alarm : { ...alarm, timer });
  }
}
