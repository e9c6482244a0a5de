import {
  BadRequestError,
  ContainerError,
  IllegalStateError,
  messageOf,
  UnauthorizedError,
} from '../errors/index.ts';
import { type ProcessId, parseProcessId } from '../exchange/index.ts';
import type { ReceivedMessage } from '../interact/index.ts';
import {
  type ChildKeeper,
  childEnded,
  type ExitReason,
  endChildren,
  type GivenUp,
  givenUp,
  Process,
} from '../process/index.ts';
import { type ChildShutdown, type ChildSpec, resolveChildSpec } from './child-spec.ts';
import { ChildStarter, checkStartArgs } from './child-starter.ts';
import { resolveDeclaration, type SupervisorDeclaration } from './declaration.ts';
import type {
  ChildCounts,
  ChildInfo,
  ChildRequestType,
  ChildTarget,
  SupervisorReply,
  SupervisorReport,
  SupervisorRequest,
} from './events.ts';
import { refusedRequest } from './refused-request.ts';
import { reportLine } from './report-line.ts';
import { Supervision } from './supervision.ts';
import type { ResolvedSupervisorFlags } from './supervisor-flags.ts';
import { pidOf, portableChildren, startArgsOf, targetOf } from './supervisor-messages.ts';

/** A supervisor as it stands at one moment. */
export interface SupervisorInfo {
  readonly flags: ResolvedSupervisorFlags;
  /** In the order of start; of `simple_one_for_one` the oldest first. */
  readonly children: readonly ChildInfo[];
}

/**
 * A process that starts children, watches them and starts them again when they end, as Erlang/OTP's `supervisor` does; `docs/supervision.md` says
 * how. It is spawned as any process; it is there when its children run, and its end is theirs.
 *
 * What it may be asked stands here as methods, and is taken as messages of OTP's names, too: `which_children` and `count_children` from anybody,
 * `start_child`, `terminate_child`, `delete_child`, `restart_child`, `pause_child`, `resume_child` and `restart_child_now` from its own
 * container. It does one thing at a time; what is asked meanwhile waits, in order. So a child's start must not wait for an answer of its own
 * supervisor.
 *
 * @example
 * class Tides extends Supervisor {
 *   protected override init(): SupervisorDeclaration {
 *     return {
 *       strategy: 'rest_for_one',
 *       children: [
 *         { id: 'gauge', start: Gauge },
 *         { id: 'alarm', start: Alarm, restart: 'transient', options: { args: { above: 7 } } },
 *       ],
 *     };
 *   }
 * }
 */
export abstract class Supervisor extends Process implements ChildKeeper {
  /** What is asked waits in the supervisor, which knows the order of everything that happens, and not in the mailbox. */
  static readonly concurrency: number = 1_000;
  /** Each child's start has a limit of its own. */
  static readonly startTimeoutMs: number = Number.POSITIVE_INFINITY;

  #supervision: Supervision | undefined;
  #givenUp: GivenUp | undefined;

  /** Called once, when the supervisor starts: its children, and how it treats them. An error is a failed start. */
  protected abstract init(): SupervisorDeclaration | Promise<SupervisorDeclaration>;

  /**
   * Called for everything that stands in the log as well: a child that ended by itself, could not be started or did not end as it should, and
   * restarts that are used up. Must not wait; what it throws is logged.
   */
  protected onReport(_report: SupervisorReport): void {}

  /**
   * Starts the children; who overrides it calls `super.onInit()`.
   *
   * @throws ConfigurationError for a declaration that cannot be used, `StartFailed` with the cause when a child cannot be started; those that were
   * have ended then
   */
  override async onInit(): Promise<void> {
    const spec = resolveDeclaration(await this.init(), this.#label);
    const starter = this.#makeStarter();
    const supervision = this.#makeSupervision(spec, starter);
    this.#supervision = supervision;
    // When it is killed nobody asks it to end its children: they are killed with it.
    void this.stopped.then(() => {
      supervision.abandon();
      starter.abandon();
    });
    const reason = await supervision.begin();
    if (reason !== undefined) throw this.#startFailed(reason);
  }

  /**
   * Adds a child and starts it: of a spec, or, under `simple_one_for_one`, of the template with these arguments, of which a class takes one map.
   * Resolves with the process, or with undefined if there was nothing to start.
   *
   * @throws ConflictError if there is a child of that id, `StartFailed` with the cause (the spec is forgotten), ConfigurationError for a spec and
   * BadRequestError for arguments that cannot be used
   */
  startChild(spec: ChildSpec): Promise<ProcessId | undefined>;
  startChild(...args: readonly unknown[]): Promise<ProcessId | undefined>;
  async startChild(...given: readonly unknown[]): Promise<ProcessId | undefined> {
    const { template, flags } = this.#begun();
    if (template !== undefined) {
      checkStartArgs(template, given);
      return started(
        await this.#ask('startChild', template.id, (from) => ({
          type: 'startDynamicChild',
          from,
          args: [...given],
        })),
      );
    }
    const [first] = given;
    if (given.length !== 1 || !isSpec(first)) {
      throw new BadRequestError(`startChild: ${this.#label} takes one child spec: { id, start, … }`);
    }
    const spec = resolveChildSpec(first, flags.autoShutdown, `${this.#label}, startChild`);
    return started(await this.#ask('startChild', spec.id, (from) => ({ type: 'startChild', from, spec })));
  }

  /**
   * Ends a child, as its `shutdown` says; resolves when it has ended. Its spec stays, unless it is `temporary`. `child`: its id, or, under
   * `simple_one_for_one`, the id of its process. One that does not run is no error.
   *
   * @throws NotFoundError if there is none
   */
  async terminateChild(child: string): Promise<void> {
    await this.#askAbout('terminateChild', this.#target(child));
  }

  /** Forgets a child that does not run. @throws NotFoundError if there is none, IllegalStateError if it runs or is yet to be started again */
  async deleteChild(id: string): Promise<void> {
    await this.#askAbout('deleteChild', this.#target(id));
  }

  /**
   * Starts a child that does not run; resolves with the process, or with undefined if there was nothing to start.
   *
   * @throws NotFoundError if there is none, IllegalStateError if it runs or is yet to be started again, `StartFailed` with the cause
   */
  async restartChild(id: string): Promise<ProcessId | undefined> {
    return started(await this.#askAbout('restartChild', this.#target(id)));
  }

  /**
   * Holds back the restart of a `delayed` child until {@link resumeChild} or {@link restartChildNow}; what was left of its wait stays. One that is paused
   * already is no error.
   *
   * @throws NotFoundError if there is none, IllegalStateError if it does not wait for a restart
   */
  async pauseChild(child: string): Promise<void> {
    await this.#askAbout('pauseChild', this.#target(child));
  }

  /** Lets the wait of a `paused` child go on. Errors as in {@link pauseChild}. */
  async resumeChild(child: string): Promise<void> {
    await this.#askAbout('resumeChild', this.#target(child));
  }

  /** Starts a `delayed` or `paused` child again at once, and resolves when that is under way. Errors as in {@link pauseChild}. */
  async restartChildNow(child: string): Promise<void> {
    await this.#askAbout('restartChildNow', this.#target(child));
  }

  /** The children, the last started first, when what is under way is done. For this very moment take {@link describe}. */
  async whichChildren(): Promise<readonly ChildInfo[]> {
    const reply = await this.#ask('whichChildren', '', (from) => ({ type: 'whichChildren', from }));
    return reply.type === 'children' ? reply.children : [];
  }

  /** How many children there are, when what is under way is done. */
  async countChildren(): Promise<ChildCounts> {
    const reply = await this.#ask('countChildren', '', (from) => ({ type: 'countChildren', from }));
    return reply.type === 'counts' ? reply.counts : noChildren;
  }

  /** The supervisor as it stands at this moment, also in the midst of something. `undefined` until {@link init} has answered. */
  describe(): SupervisorInfo | undefined {
    const supervision = this.#supervision;
    return supervision && { flags: supervision.flags, children: supervision.describe() };
  }

  async op_which_children(): Promise<readonly object[]> {
    return portableChildren(await this.whichChildren());
  }
  op_count_children(): Promise<ChildCounts> {
    return this.countChildren();
  }
  async op_start_child(content: unknown, message: ReceivedMessage): Promise<ProcessId | undefined> {
    this.#assertOwn('start_child', message);
    const args = startArgsOf('start_child', content);
    if (this.#begun().template === undefined) {
      throw new BadRequestError(
        `start_child: ${this.#label} is not simple_one_for_one, and a child spec holds code, which cannot travel: call its method startChild`,
        { details: { because: 'invalid_child_spec' } },
      );
    }
    return this.startChild(...args);
  }
  async op_terminate_child(content: unknown, message: ReceivedMessage): Promise<void> {
    await this.#obey('terminate_child', 'terminateChild', content, message);
  }
  async op_delete_child(content: unknown, message: ReceivedMessage): Promise<void> {
    await this.#obey('delete_child', 'deleteChild', content, message);
  }
  async op_restart_child(content: unknown, message: ReceivedMessage): Promise<ProcessId | undefined> {
    return started(await this.#obey('restart_child', 'restartChild', content, message));
  }
  async op_pause_child(content: unknown, message: ReceivedMessage): Promise<void> {
    await this.#obey('pause_child', 'pauseChild', content, message);
  }
  async op_resume_child(content: unknown, message: ReceivedMessage): Promise<void> {
    await this.#obey('resume_child', 'resumeChild', content, message);
  }
  async op_restart_child_now(content: unknown, message: ReceivedMessage): Promise<void> {
    await this.#obey('restart_child_now', 'restartChildNow', content, message);
  }

  /** The container calls it; see `ChildKeeper`. */
  [childEnded](id: ProcessId, reason: ExitReason): Readonly<Record<string, unknown>> | undefined {
    // It is being killed: what it would start now would be left.
    if (this.state === 'TERMINATED') this.#supervision?.abandon();
    const child = this.#supervision?.childEnded(id, reason);
    if (child === undefined) return undefined;
    const { spec, restarts, status } = child;
    return {
      id: spec.id,
      restart: spec.restart,
      restarts,
      ...(status.type === 'delayed' && { nextDelayMs: Math.round(status.dueAt - this.env.clock.now()) }),
    };
  }

  /** The container calls it; see `ChildKeeper`. */
  async [endChildren](reason: ExitReason): Promise<void> {
    await this.#supervision?.stop(reason);
  }

  /** The container reads it; see `ChildKeeper`. */
  get [givenUp](): GivenUp | undefined {
    return this.#givenUp;
  }

  get #label(): string {
    return `supervisor '${this.name}' (${this.id})`;
  }

  #makeSupervision(spec: ReturnType<typeof resolveDeclaration>, starter: ChildStarter): Supervision {
    return new Supervision(spec, {
      env: this.env,
      isAlive: (id) => this.isAlive(id),
      start: (childSpec, args) => starter.start(childSpec, args),
      terminate: async (id, shutdown) => void (await this.endChild(id, 'shutdown', shutdown)),
      endCompanions: (id, shutdown) => starter.endCompanions(id, shutdown),
      report: (report) => this.#report(report),
      delayed: ({ id }, delayMs) =>
        this.logger.debug('a child waits for its restart', { child: id, delayMs: Math.round(delayMs) }),
      exit: (reason) => this.exit(reason),
    });
  }

  #makeStarter(): ChildStarter {
    return new ChildStarter({
      clock: this.env.clock,
      spawnChild: (processClass, options) => this.spawnChild(processClass, options),
      endChild: (id, shutdown) => this.#endQuietly(id, shutdown),
      isAlive: (id) => this.isAlive(id),
      within: (fn) =>
        new Promise((resolve, reject) => {
          this.bind(() => void fn().then(resolve, reject))();
        }),
    });
  }

  async #endQuietly(id: ProcessId, shutdown: ChildShutdown): Promise<void> {
    try {
      await this.endChild(id, 'shutdown', shutdown);
    } catch (error) {
      this.logger.error('what a start function had spawned could not be ended', { pid: id, error });
    }
  }

  #report(report: SupervisorReport): void {
    const { level, message, fields } = reportLine(report);
    if (report.context === 'shutdown') {
      const { id: child, restarts } = report.child;
      this.#givenUp = { child, restarts };
    }
    this.logger[level](message, fields);
    try {
      this.onReport(report);
    } catch (error) {
      this.logger.error('onReport failed', { error });
    }
  }

  #startFailed(reason: ExitReason): ContainerError {
    const { child, cause } = failedChild(reason);
    const what = child === undefined ? 'it has ended' : `child '${child}' could not be started`;
    return new ContainerError('StartFailed', `${this.#label}: ${what}: ${messageOf(cause)}`, {
      details: { supervisor: this.name, ...(child !== undefined && { child }) },
      cause,
    });
  }

  #begun(): Supervision {
    if (this.#supervision !== undefined) return this.#supervision;
    throw new IllegalStateError(
      `${this.#label} is ${this.state} and has no children yet; wait until it is spawned`,
    );
  }

  #target(child: string): ChildTarget {
    if (this.#begun().template === undefined) return { id: child };
    const pid = pidOf(child);
    if (pid !== undefined) return { pid };
    throw new BadRequestError(
      `${this.#label} is simple_one_for_one: name its children by process id, such as '${this.id}', not '${String(child)}'`,
    );
  }

  #askAbout(type: ChildRequestType, child: ChildTarget): Promise<Granted> {
    const name = 'id' in child ? child.id : child.pid;
    return this.#ask(type, name, (from) => ({ type, from, child }));
  }

  async #ask(method: string, child: string, request: (from: number) => SupervisorRequest): Promise<Granted> {
    const reply = await this.#begun().ask(request);
    if (reply.type !== 'refused') return reply;
    throw refusedRequest(reply, { supervisor: this.#label, method, child });
  }

  async #obey(
    op: string,
    type: ChildRequestType,
    content: unknown,
    message: ReceivedMessage,
  ): Promise<Granted> {
    this.#assertOwn(op, message);
    return this.#askAbout(type, targetOf(op, content));
  }

  #assertOwn(op: string, { container }: ReceivedMessage): void {
    if (container === parseProcessId(this.id)?.container) return;
    throw new UnauthorizedError(`'${op}' is taken only from the same container`);
  }
}

type Granted = Exclude<SupervisorReply, { readonly type: 'refused' }>;

const noChildren: ChildCounts = { specs: 0, active: 0, supervisors: 0, workers: 0 };

function started(reply: Granted): ProcessId | undefined {
  return reply.type === 'started' ? reply.pid : undefined;
}

/** What untyped callers give is checked when the spec is resolved. */
function isSpec(value: unknown): value is ChildSpec {
  return typeof value === 'object' && value !== null;
}

/** What the decisions say of a beginning that failed. */
function failedChild(reason: ExitReason): { readonly child: string | undefined; readonly cause: unknown } {
  if (typeof reason === 'object' && 'shutdown' in reason) {
    const { shutdown } = reason;
    if (
      typeof shutdown === 'object' &&
      shutdown !== null &&
      'failedToStart' in shutdown &&
      'reason' in shutdown
    ) {
      return { child: String(shutdown.failedToStart), cause: shutdown.reason };
    }
  }
  return { child: undefined, cause: reason };
}
