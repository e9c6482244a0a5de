import type { ProcessId } from '../../src/exchange/index.ts';
import type { ExitReason } from '../../src/process/index.ts';
import {
  type ChildSpec,
  resolveChildSpec,
  resolveSupervisorSpec,
  type SupervisorReply,
} from '../../src/supervisor/index.ts';
import { type Happening, Simulation } from '../unit/supervisor/simulation.ts';
import type { Op, Scenario, ScenarioChild } from './scenario.ts';
import { childrenText, countsText, reasons, reasonText } from './trace-words.ts';

const onShutdown = {
  obey: 'shutdown',
  ignore: undefined,
  normal: 'normal',
  crash: reasons.crash,
} satisfies Record<ScenarioChild['onShutdown'], ExitReason | undefined>;

/** Runs a scenario on our decisions, back-off off, and answers its trace in the words of the Erlang driver. */
export function ourTrace(scenario: Scenario): readonly string[] {
  return new OurRun(scenario).run();
}

class OurRun {
  readonly #scenario: Scenario;
  readonly #isDynamic: boolean;
  readonly #simulation: Simulation;
  readonly #trace: string[] = [];
  /** The process that each id is or last was. */
  readonly #last = new Map<string, ProcessId>();
  readonly #asked = new Set<string>();
  /** Two specs may have the same id: what tells them apart is how they start. */
  readonly #behaviours = new Map<unknown, ScenarioChild['onShutdown']>();
  #requests = 0;
  #shown = 0;
  #phase: 'new' | 'up' | 'down' = 'new';

  constructor(scenario: Scenario) {
    const { strategy, intensity, periodSeconds, autoShutdown } = scenario;
    this.#scenario = scenario;
    this.#isDynamic = strategy === 'simple_one_for_one';
    const flags = { strategy, intensity, periodMs: periodSeconds * 1_000, autoShutdown };
    this.#simulation = new Simulation(
      resolveSupervisorSpec(
        { ...flags, restartDelay: false },
        scenario.children.map((child) => this.#spec(child)),
      ),
      {
        start: (id, attempt) => this.#start(id, attempt),
        onShutdown: (_, { start }) => onShutdown[this.#behaviours.get(start) ?? 'obey'],
      },
    );
  }

  run(): readonly string[] {
    this.#simulation.send({ type: 'begin' });
    this.#settle();
    this.#observe();
    for (const step of this.#scenario.steps) {
      if (this.#phase === 'down') break;
      if (step.type === 'advance') {
        this.#simulation.advance(step.seconds * 1_000);
        this.#trace.push('advance');
        continue;
      }
      for (const [index, op] of step.ops.entries()) this.#do(op, index === 0);
      this.#settle();
      this.#observe();
    }
    return [...this.#trace, ...[...this.#simulation.live.keys()].map((pid) => `orphan ${pid}`)];
  }

  /** Lets it work until nothing is left to do at this moment. */
  #settle(): void {
    this.#simulation.run().advance(0);
    this.#show();
  }

  #observe(): void {
    if (this.#phase !== 'up') return;
    this.#do({ type: 'which' }, false);
    this.#do({ type: 'count' }, false);
    this.#settle();
  }

  #start(id: string, attempt: number): 'ok' | 'ignore' | 'fail' {
    const { result, during } = this.#scenario.scripts[id]?.[attempt - 1] ?? { result: 'ok', during: [] };
    this.#show(result);
    for (const op of during) this.#do(op, false);
    if (result === 'ok') this.#last.set(id, `${id}.${attempt}`);
    return result;
  }

  #do(op: Op, isFirst: boolean): void {
    this.#show();
    const simulation = this.#simulation;
    switch (op.type) {
      case 'exit': {
        const pid = this.#last.get(op.id);
        const hasExited = pid !== undefined && simulation.exit(pid, reasons[op.reason]);
        this.#trace.push(hasExited ? `exit ${pid} ${op.reason}` : 'skip');
        break;
      }
      case 'stop':
        if (this.#phase === 'up') simulation.send({ type: 'stop', reason: 'shutdown' });
        this.#trace.push(this.#phase === 'up' ? 'stop' : 'skip');
        break;
      case 'terminate':
        this.#terminate(op.id, isFirst);
        break;
      case 'startDynamic':
        // Once each, so that an id means one child.
        if (this.#asked.has(op.id)) this.#trace.push('skip');
        else this.#request(op);
        this.#asked.add(op.id);
        break;
      default:
        this.#request(op);
    }
  }

  #terminate(id: string, isFirst: boolean): void {
    if (!this.#isDynamic) {
      this.#simulation.send({ type: 'terminateChild', from: this.#requests++, child: { id } });
      return;
    }
    const pid = this.#last.get(id);
    const isAlive = pid !== undefined && this.#simulation.live.has(pid);
    if (pid !== undefined && (isAlive || isFirst)) {
      this.#simulation.send({ type: 'terminateChild', from: this.#requests++, child: { pid } });
    } else {
      this.#trace.push('skip');
    }
  }

  #request(op: Exclude<Op, { readonly type: 'exit' | 'stop' | 'terminate' }>): void {
    const from = this.#requests++;
    const simulation = this.#simulation;
    switch (op.type) {
      case 'which':
      case 'count':
        simulation.send({ type: `${op.type}Children`, from });
        break;
      case 'start': {
        const child = this.#scenario.more[op.index];
        if (child === undefined) throw new RangeError(`start: there is no spec ${op.index}`);
        const spec = resolveChildSpec(this.#spec(child), this.#scenario.autoShutdown);
        simulation.send({ type: 'startChild', from, spec });
        break;
      }
      case 'startDynamic':
        simulation.send({ type: 'startDynamicChild', from, args: [op.id] });
        break;
      default:
        simulation.send({ type: `${op.type}Child`, from, child: { id: op.id } });
    }
  }

  #spec({ onShutdown: behaviour, startedBy: _, ...spec }: ScenarioChild): ChildSpec {
    const start = async () => undefined;
    this.#behaviours.set(start, behaviour);
    // The clock stands still while it waits for a child that ignores its shutdown.
    return { ...spec, shutdown: behaviour === 'ignore' ? 0 : spec.shutdown, start };
  }

  /** Notes what has happened since the last time; `result` is that of the start that is under way. */
  #show(result?: string): void {
    const { happenings } = this.#simulation;
    for (const happening of happenings.slice(this.#shown)) {
      const isUnderWay =
        result !== undefined && happening.type === 'start' && happening === happenings.at(-1);
      const entry = this.#entry(isUnderWay ? { ...happening, result } : happening);
      if (entry !== undefined) this.#trace.push(entry);
    }
    this.#shown = happenings.length;
  }

  #entry(happening: Happening): string | undefined {
    switch (happening.type) {
      case 'start':
        return `start ${happening.pid} ${happening.result}`;
      case 'stop':
        return `stop ${happening.pid} ${reasonText(happening.reason)}`;
      case 'ready':
        this.#phase = 'up';
        return 'up';
      case 'exit':
        this.#phase = 'down';
        return `down ${reasonText(happening.reason)}`;
      case 'reply': {
        const { to, reply } = happening;
        const isUnanswered = reply.type === 'refused' && reply.because === 'noproc';
        return isUnanswered ? `unanswered ${to}` : `reply ${to} ${this.#reply(reply)}`;
      }
    }
  }

  #reply(reply: SupervisorReply): string {
    switch (reply.type) {
      case 'started':
        return `ok ${reply.pid}`;
      case 'done':
        return 'ok';
      case 'children':
        return childrenText(reply.children, this.#isDynamic, String);
      case 'counts':
        return countsText(reply.counts);
      case 'refused':
        return `error ${reply.because}${reply.because === 'already_started' ? ` ${reply.pid}` : ''}`;
    }
  }
}
