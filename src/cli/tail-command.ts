import { codecConfig, resolveCodecLimits } from '../codec/index.ts';
import type { Container } from '../container/index.ts';
import type { ReplayFrom, SubscribeOptions, Subscription } from '../interact/index.ts';
import type { ReceivedEvent } from '../process/index.ts';
import { withClient } from './client-container.ts';
import type { ClientArguments } from './client-options.ts';
import { ContentJson } from './content-json.ts';
import { eventJson, eventLine } from './event-text.ts';
import { exitCode } from './exit-code.ts';
import { written } from './output.ts';
import type { CliWorld } from './world.ts';

/** `ioncore tail` as it was given, checked. */
export interface TailArguments extends ClientArguments {
  readonly command: 'tail';
  /** Patterns. */
  readonly type: string;
  readonly origin: string | undefined;
  readonly from: ReplayFrom | undefined;
  readonly durable: string | undefined;
  readonly limit: number | undefined;
  readonly json: boolean;
}

/** So many live events wait while the output takes no more; then the oldest are dropped. */
const liveLimit = 10_000;

/**
 * `ioncore tail`: a line on standard output for each event that is published, until a signal, the limit, or nobody reads any more. Resolves with the exit
 * code, 0 in all these cases.
 *
 * @throws what {@link withClient} does, NotFound for a log that there is not, Conflict for a durable subscription to other events
 */
export function runTail(args: TailArguments, world: CliWorld): Promise<number> {
  return withClient(args, world, (container) => async (stopped) => {
    const tail = new Tail(args, container, world);
    const subscription = await tail.begin();
    world.stderr.write(`ioncore: ${announcement(args)}\n`);
    await Promise.race([stopped, tail.ended]);
    await subscription.cancel();
    const { dropped } = subscription.stats;
    if (dropped > 0) {
      world.stderr.write(
        `ioncore: ${dropped} events are missing: they came faster than the output was read\n`,
      );
    }
    return exitCode.ok;
  });
}

/** Shows what a subscription is given, one event after the other. */
class Tail {
  /** Resolves when the limit is reached, or nobody reads any more. */
  readonly ended: Promise<void>;
  readonly #args: TailArguments;
  readonly #container: Container;
  readonly #world: CliWorld;
  readonly #content: ContentJson;
  #subscription: Promise<Subscription> | undefined;
  #end: () => void = () => undefined;
  #shown = 0;

  constructor(args: TailArguments, container: Container, world: CliWorld) {
    this.#args = args;
    this.#container = container;
    this.#world = world;
    this.#content = new ContentJson(resolveCodecLimits(container.config.section(codecConfig)));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  begin(): Promise<Subscription> {
    const { type, origin } = this.#args;
    this.#subscription = this.#container.events.subscribe(
      origin === undefined ? type : { type, origin },
      (content, event) => this.#show(content, event),
      subscribeOptions(this.#args),
    );
    return this.#subscription;
  }

  async #show(content: unknown, event: ReceivedEvent): Promise<void> {
    const { json, limit } = this.#args;
    const { stdout } = this.#world;
    // The first may come before whoever subscribed knows that he has.
    const subscription = await this.#subscription;
    const text = this.#content.text(content);
    const line = json ? eventJson(event, text) : eventLine(event, text, stdout.hasColors?.() ?? false);
    if (!(await written(stdout, line))) {
      this.#end();
      // Nobody has seen it: it must not count as taken.
      return new Promise(() => undefined);
    }
    this.#shown += 1;
    if (this.#shown !== limit) return;
    // Before it returns, so that no other is begun.
    void subscription?.cancel().catch(() => undefined);
    this.#end();
  }
}

function subscribeOptions({ durable, from }: TailArguments): SubscribeOptions {
  if (durable !== undefined) return { durable };
  return from === undefined ? { limit: liveLimit } : { replay: { from } };
}

function announcement({ type, origin, sysname, durable, from }: TailArguments): string {
  const how =
    durable === undefined
      ? from === undefined
        ? 'live'
        : 'from its log'
      : `durable subscription '${durable}'`;
  const where = origin === undefined ? '' : ` from '${origin}'`;
  return `events of type '${type}'${where} in system ${sysname}, ${how}; Ctrl-C ends it`;
}
