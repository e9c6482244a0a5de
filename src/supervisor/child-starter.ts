import { BadRequestError, ContainerError, IllegalStateError } from '../errors/index.ts';
import type { ProcessId } from '../exchange/index.ts';
import type { ProcessClass, SpawnOptions } from '../process/index.ts';
import { type Clock, describeValue } from '../util/index.ts';
import {
  type ChildShutdown,
  type ChildSpawner,
  type ChildStart,
  isProcessClass,
  type ResolvedChildSpec,
} from './child-spec.ts';

/** What a {@link ChildStarter} asks of the process that the children are for. */
export interface ChildStarterHost {
  readonly clock: Clock;
  spawnChild(processClass: ProcessClass, options: SpawnOptions): Promise<ProcessId>;
  /** Ends a process of ours; one that has ended already is no error. Never rejects. */
  endChild(id: ProcessId, shutdown: ChildShutdown): Promise<void>;
  isAlive(id: ProcessId): boolean;
  /** Runs code of the author in the name of the process. */
  within<Result>(fn: () => Promise<Result>): Promise<Result>;
}

/** Starts children, by class or by function, so that nothing is left of a start that failed. */
export class ChildStarter {
  readonly #host: ChildStarterHost;
  /** What functions spawned besides the child, by the child; in the order of spawning. */
  readonly #companions = new Map<ProcessId, readonly ProcessId[]>();
  #underWay: FunctionStart | undefined;

  constructor(host: ChildStarterHost) {
    this.#host = host;
  }

  /**
   * Resolves with the process that the child is, or with undefined if there is nothing to start. Rejects when the start has failed and what it had spawned
   * has ended.
   */
  async start(spec: ResolvedChildSpec, args: readonly unknown[]): Promise<ProcessId | undefined> {
    if (isProcessClass(spec.start)) {
      return this.#host.spawnChild(spec.start, { name: spec.id, ...spec.options, ...argsOf(spec, args) });
    }
    const run = new FunctionStart(this.#host, spec, spec.start);
    this.#underWay = run;
    try {
      const { id, others } = await run.run(args);
      if (id !== undefined && others.length > 0) this.#companions.set(id, others);
      return id;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Gives up the start that is under way, if one is. */
  abandon(): void {
    this.#underWay?.giveUp(new IllegalStateError('the supervisor was ended at once'));
  }

  /** What ends with a child that has ended, if anything does; resolves when that has ended. */
  endCompanions(id: ProcessId, shutdown: ChildShutdown): Promise<void> | undefined {
    const companions = this.#companions.get(id);
    if (companions === undefined) return undefined;
    this.#companions.delete(id);
    return endAll(this.#host, companions, shutdown);
  }
}

/** @throws BadRequestError unless a class can be spawned with these arguments of `startChild`: none, or one map, which goes over those of the spec */
export function checkStartArgs({ id, start }: ResolvedChildSpec, args: readonly unknown[]): void {
  if (!isProcessClass(start) || args.length === 0 || (args.length === 1 && isPlainMap(args[0]))) return;
  const found = args.length === 1 ? describeValue(args[0]) : `${args.length} arguments`;
  throw new BadRequestError(
    `startChild: children '${id}' are made of class ${start.name}, which takes one map of arguments, not ${found}; ` +
      'give a map, or start them with a function',
  );
}

function argsOf({ options }: ResolvedChildSpec, [given]: readonly unknown[]): Pick<SpawnOptions, 'args'> {
  return isPlainMap(given) ? { args: { ...options.args, ...given } } : {};
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

async function endAll(
  host: ChildStarterHost,
  ids: readonly ProcessId[],
  shutdown: ChildShutdown,
): Promise<void> {
  for (const id of ids.toReversed()) await host.endChild(id, shutdown);
}

/** One call of a start function. When it is over, or has taken too long, its spawner is of no use any more. */
class FunctionStart implements ChildSpawner {
  readonly #host: ChildStarterHost;
  readonly #spec: ResolvedChildSpec;
  readonly #start: ChildStart;
  readonly #spawned: ProcessId[] = [];
  readonly #spawning = new Set<Promise<ProcessId>>();
  #isOver = false;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(host: ChildStarterHost, spec: ResolvedChildSpec, start: ChildStart) {
    this.#host = host;
    this.#spec = spec;
    this.#start = start;
  }

  async run(
    args: readonly unknown[],
  ): Promise<{ readonly id: ProcessId | undefined; readonly others: readonly ProcessId[] }> {
    try {
      const id = await this.#inTime(this.#call(args));
      this.#isOver = true;
      if (id === undefined) await this.#endSpawned();
      else this.#assertOurs(id);
      return { id, others: this.#spawned.filter((other) => other !== id) };
    } catch (error) {
      this.#isOver = true;
      await this.#endSpawned();
      throw error;
    }
  }

  /** Waits no longer for the function. */
  giveUp(error: Error): void {
    this.#giveUp?.(error);
  }

  async spawnChild(processClass: ProcessClass, options: SpawnOptions = {}): Promise<ProcessId> {
    if (this.#isOver) throw this.#tooLate();
    const spawning = this.#host.spawnChild(processClass, options);
    this.#spawning.add(spawning);
    try {
      const id = await spawning;
      this.#spawned.push(id);
      if (!this.#isOver) return id;
      await this.#host.endChild(id, this.#spec.shutdown);
    } finally {
      this.#spawning.delete(spawning);
    }
    throw this.#tooLate();
  }

  /** A failure is told when nothing is under way any more, so that what comes next does not meet it. */
  async #call(args: readonly unknown[]): Promise<ProcessId | undefined> {
    try {
      return await this.#host.within(async () => this.#start(this, args));
    } catch (error) {
      await Promise.allSettled(this.#spawning);
      throw error;
    }
  }

  async #inTime<Result>(work: Promise<Result>): Promise<Result> {
    const { startTimeoutMs } = this.#spec;
    const over = new Promise<never>((_resolve, reject) => {
      this.#giveUp = reject;
    });
    const timer =
      startTimeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : this.#host.clock.timer(startTimeoutMs, () => this.giveUp(this.#timeOver()));
    try {
      return await Promise.race([work, over]);
    } finally {
      timer?.cancel();
    }
  }

  #timeOver(): ContainerError {
    const { startTimeoutMs, id } = this.#spec;
    return new ContainerError(
      'StartFailed',
      `start of child '${id}' had not come to an end after ${startTimeoutMs} ms; ` +
        'find what it waits for, or give it more time with startTimeoutMs',
      { details: { child: id, timeoutMs: startTimeoutMs } },
    );
  }

  #assertOurs(id: unknown): void {
    const isOurs = this.#spawned.some((spawned) => spawned === id);
    if (isOurs && this.#spawned.some((spawned) => spawned === id && this.#host.isAlive(spawned))) return;
    const what = isOurs
      ? `process ${String(id)}, which has ended already`
      : `${describeValue(id)}, which is no process that it has spawned`;
    throw new ContainerError(
      'StartFailed',
      `start of child '${this.#spec.id}' answered with ${what}; ` +
        'it answers with the id of a process that it spawned with its spawner and that lives, or with undefined',
      { details: { child: this.#spec.id } },
    );
  }

  #endSpawned(): Promise<void> {
    return endAll(this.#host, this.#spawned.splice(0), this.#spec.shutdown);
  }

  #tooLate(): IllegalStateError {
    return new IllegalStateError(
      `the start of child '${this.#spec.id}' is over, and its spawner spawns nothing any more`,
    );
  }
}
