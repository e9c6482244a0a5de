import {
  type Container,
  type EventPosition,
  Process,
  type ProcessClass,
  type ProcessId,
  type ReceivedEvent,
  type SubscribeOptions,
  type Subscription,
} from '../../../../src/index.ts';

/** What is subscribed to without an event type. */
export type Subject = string | { readonly type: string; readonly origin?: string };

/** An event as it was when its handler was called; that may be the same object at each attempt. */
export interface Seen {
  readonly content: unknown;
  readonly type: string;
  readonly origin: string;
  readonly publisher: string;
  readonly publishedAt: Date;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly resent: boolean;
  readonly position: EventPosition | undefined;
}

export type Handle = (content: unknown, event: ReceivedEvent) => unknown;

/** What a subscriber has been given, and what it does with it. */
export class Log {
  readonly seen: Seen[] = [];
  readonly #handle: Handle | undefined;

  constructor(handle?: Handle) {
    this.#handle = handle;
  }

  readonly take: Handle = (content, event) => {
    const { type, origin, publisher, publishedAt, attempt, redelivered, resent, position } = event;
    // What containers tell of themselves comes to whoever listens to everything.
    if (type.startsWith('system.')) return undefined;
    this.seen.push({
      content,
      type,
      origin,
      publisher,
      publishedAt,
      attempt,
      redelivered,
      resent,
      position,
    });
    return this.#handle?.(content, event);
  };

  get contents(): unknown[] {
    return this.seen.map(({ content }) => content);
  }
  /** Content and attempt of each. */
  get attempts(): unknown[] {
    return this.seen.map(({ content, attempt }) => [content, attempt]);
  }
  /** Contents of one origin. */
  of(origin: string): unknown[] {
    return this.seen.filter((event) => event.origin === origin).map(({ content }) => content);
  }
}

/** A class of processes that subscribe in `onInit` and write down in `log` what comes. */
export function subscriberClass(
  log: Log,
  subject: Subject,
  options?: SubscribeOptions,
  concurrency = 1,
): ProcessClass & { readonly subscriptions: Subscription[] } {
  return class EventSubscriber extends Process {
    static readonly concurrency = concurrency;
    /** Of all instances. */
    static readonly subscriptions: Subscription[] = [];
    override async onInit(): Promise<void> {
      EventSubscriber.subscriptions.push(await this.subscribe(subject, log.take, options));
    }
    op_crash(): void {
      this.exit({ error: new Error('crashed') });
    }
  };
}

/** A process of that container that subscribes. */
export async function subscriber(
  container: Container,
  subject: Subject,
  {
    options,
    handle,
    concurrency,
  }: { readonly options?: SubscribeOptions; readonly handle?: Handle; readonly concurrency?: number } = {},
) {
  const log = new Log(handle);
  const processClass = subscriberClass(log, subject, options, concurrency);
  const id: ProcessId = await container.processes.spawn(processClass);
  const [subscription] = processClass.subscriptions;
  if (subscription === undefined) throw new Error('it has not subscribed');
  return { id, log, subscription };
}

/** Holds back whoever passes it until it is opened; it stays open then. */
export class Gate {
  #open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  open(): void {
    this.#open();
  }
}

/** The numbers below `count`. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Without what came again. */
export const distinct = (contents: readonly unknown[]): unknown[] => [...new Set(contents)];

/** As numbers go, not their texts. */
export const sorted = (contents: readonly unknown[]): number[] =>
  contents.map(Number).sort((one, other) => one - other);
