import { BadRequestError, IllegalStateError, UnavailableError } from '../errors/index.ts';
import type { SubscribeOptions, Subscription } from '../interact/index.ts';
import { describeValue } from '../util/index.ts';
import { type CheckpointStore, MemoryCheckpoints } from './checkpoint.ts';
import { CheckpointSaver } from './checkpoint-saver.ts';
import { type EventType, isEventType } from './event-type.ts';
import { FileCheckpoints } from './file-checkpoints.ts';
import { Process, type ProcessContext } from './process.ts';
import { type EventHandler, EventHandling, type ReceivedEvent } from './received-event.ts';
import { handleReplayed } from './replayed-input.ts';
import { publishOutputs, type StreamOutput, type StreamOutputs } from './stream-output.ts';
import { resolveReplay, type StreamContent, type StreamSource } from './stream-source.ts';

/**
 * A process that consumes events, transforms them, and publishes what comes of it. An input is done when the broker has all of its outputs, and not
 * before: a durable input is acknowledged then, a replayed one moves the checkpoint. So effects are at least once, and nothing more is taken than can be
 * published: as many inputs are in work as the class's `concurrency` says (1), never two of one type and origin, and in their order.
 *
 * `docs/streams.md` tells what happens to inputs that fail, and how a restart goes on in a log.
 *
 * @typeParam E - the event type that it consumes; left out where `source` names a type or pattern by text
 * @example
 * export class DepthInFeet extends StreamProcess<typeof Depth> {
 *   readonly source: StreamSource<typeof Depth> = { type: Depth, replay: { from: 'first' } };
 *
 *   transform({ m }: EventContent<typeof Depth>) {
 *     return outputOf(DepthFeet, { ft: m / 0.3048 });
 *   }
 * }
 */
export abstract class StreamProcess<E extends EventType | string = string> extends Process {
  readonly #sysname: string;
  #subscription: Subscription | undefined;

  constructor(context: ProcessContext) {
    super(context);
    this.#sysname = context.sysname;
  }

  /** What it consumes. Read once, in {@link onInit}; it may depend on `args`. */
  abstract readonly source: StreamSource<E>;

  /**
   * Turns an input into what shall be published: nothing, one output, an array, or a generator of these, which is asked for more when the broker has what it
   * gave. What it throws is a failure of this input, and so is an output that the broker does not take; the input is then transformed again where its
   * source allows (`event.attempt` above 1), so state should change last: in a generator after its `yield`.
   */
  abstract transform(content: StreamContent<E>, event: ReceivedEvent): StreamOutputs | Promise<StreamOutputs>;

  /** Its subscription, with counters and place. Undefined before {@link onInit} is over. */
  get subscription(): Subscription | undefined {
    return this.#subscription;
  }

  /** Subscribes. A class that overrides it calls `super.onInit()`, when it is ready for events. */
  override async onInit(): Promise<void> {
    const { source } = this;
    if (source.replay !== undefined) {
      await this.#replay(source.replay);
      return;
    }
    const { type, origin, checkpoint, ...options } = source;
    if (checkpoint !== undefined)
      throw new BadRequestError('checkpoint is for a source with replay; others have no place to go on at');
    this.#subscription = await this.#subscribe(type, options, (content, event) =>
      this.#transform(content, event),
    );
  }

  override onActivate(): void {
    if (this.#subscription !== undefined) return;
    throw new IllegalStateError(
      `${this.constructor.name} consumes nothing: its onInit must call super.onInit()`,
    );
  }

  /**
   * Called when a replayed input has failed for good: its content does not fit, or it was tried as often as may be. Then it is passed over; the log still has it.
   * Default: logs an error with its place. What it throws ends the process for that reason, and the input is not passed over: whoever restarts the process has
   * it again.
   */
  onSkip(error: unknown, event: ReceivedEvent): void | Promise<void> {
    const { type, origin, position, attempt } = event;
    this.logger.error('an event of a log is passed over, since it could not be handled', {
      type,
      origin,
      ...position,
      attempt,
      error,
    });
  }

  /**
   * Where the place in a replayed log is kept. Default: files in the directory that the argument `checkpoints` names; without it nowhere, which is logged, and
   * each start begins where `source.replay` says.
   *
   * @throws BadRequestError for an argument that is no text
   */
  protected openCheckpoints(): CheckpointStore {
    const { checkpoints } = this.args;
    if (checkpoints === undefined) {
      this.logger.warn(
        "its place in the log is kept nowhere, so each start begins anew; name a directory in the argument 'checkpoints'",
      );
      return new MemoryCheckpoints();
    }
    if (typeof checkpoints === 'string' && checkpoints !== '')
      return new FileCheckpoints(checkpoints, this.id);
    throw new BadRequestError(`the argument checkpoints is a directory, not ${describeValue(checkpoints)}`);
  }

  async #replay(replay: Replay): Promise<void> {
    const { type, origin, checkpoint, attempts, ...options }: StreamSource<EventType | string> = this.source;
    const resolved = resolveReplay(this.source, { sysname: this.#sysname, name: this.name });
    const { env, logger } = this;
    const store = this.openCheckpoints();
    const resumedAt = await store.load(resolved.key);
    const saver = new CheckpointSaver({
      store,
      options: resolved,
      resumedAt,
      env,
      logger,
      subscription: () => this.#subscription,
      onConflict: (error) => this.exit({ error }),
    });
    // Whatever ends the process, and after all hooks.
    this.addLifecycleObject(saver);
    const parts = {
      clock: env.clock,
      logger,
      attempts: () => resolved.attempts ?? this.#subscription?.attempts ?? 1,
      delayAfter: (attempt: number) => this.#subscription?.delayAfter(attempt) ?? 0,
      check: isEventType(type) ? type.check : () => undefined,
      work: (content: unknown, event: ReceivedEvent) => this.#transform(content, event),
      skip: (error: unknown, event: ReceivedEvent) => this.onSkip(error, event),
      crash: (error: unknown) => this.exit({ error }),
    };
    // Contents that do not fit are accounted for here.
    const unchecked = isEventType(type) ? { ...type, check: () => undefined } : type;
    const handler = async (_: unknown, event: ReceivedEvent): Promise<void> => {
      if (!(event instanceof EventHandling)) return;
      if (await handleReplayed(event, parts)) saver.progressed();
    };
    this.#subscription = await this.#subscribe(
      unchecked,
      { ...options, replay: { from: resumedAt ?? replay.from } },
      handler,
    );
  }

  #subscribe(
    type: EventType | string,
    options: SubscribeOptions,
    handler: EventHandler,
  ): Promise<Subscription> {
    const { origin } = this.source;
    const from = origin === undefined ? {} : { origin };
    return typeof type === 'string'
      ? this.subscribe({ type, ...from }, handler, options)
      : this.subscribe({ type, ...from }, handler, options);
  }

  async #transform(content: unknown, event: ReceivedEvent): Promise<void> {
    // What the source's event type promises of the content was checked; the compiler cannot know it.
    const outputs: unknown = await Reflect.apply(this.transform, this, [content, event]);
    await publishOutputs(outputs, (output) => this.#publish(output, event));
  }

  async #publish({ type, content, origin, ...options }: StreamOutput, event: ReceivedEvent): Promise<void> {
    const from = origin ?? event.origin;
    const within = { ...options, within: event };
    const outcome = await (typeof type === 'string'
      ? this.publish(type, from, content, within)
      : this.publish(type, from, content, within));
    if (outcome !== 'rejected' && outcome !== 'unknown') return;
    const name = typeof type === 'string' ? type : type.type;
    throw new UnavailableError(
      outcome === 'rejected'
        ? `the broker has not taken an event of type '${name}'`
        : `nobody knows whether the broker has taken an event of type '${name}'; it may come twice`,
      { details: { executed: outcome === 'rejected' ? 'no' : 'unknown' } },
    );
  }
}

type Replay = NonNullable<SubscribeOptions['replay']>;
