import type { AppChange } from '../app/index.ts';
import type { Message } from '../codec/index.ts';
import type { ContainerError } from '../errors/index.ts';
import type { DeadLetterFacts } from '../exchange/index.ts';
import type { LogLevels, LogThreshold } from '../logging/index.ts';
import type { ProcessManager, ProcessNotice } from '../process/index.ts';
import type { Env } from '../util/index.ts';
import type { StopProgress } from './shutdown-report.ts';
import {
  ApplicationFailed,
  ApplicationStarted,
  ApplicationStopped,
  ConfigChanged,
  ContainerStarted,
  ContainerStopped,
  ContainerStopping,
  MemberJoined,
  MemberLeft,
  MessageDead,
  ProcessCrashed,
  SupervisorGaveUp,
} from './system-events-catalogue.ts';
import {
  appContent,
  appEndContent,
  crashContent,
  deathContent,
  errorContent,
  givenUpContent,
  isEvent,
  names,
  word,
} from './system-events-contents.ts';
import { ProcessEvents, type ProcessEventsParts, type Wanting } from './system-events-processes.ts';
import {
  localPart,
  SystemEventPublisher,
  type SystemEventPublisherParts,
} from './system-events-publisher.ts';

/**
 * Which system events a container publishes. `auto`: all, but those about each process that starts or ends only while somebody wants them; `all`: those
 * too; `off`: none.
 */
export type SystemEventsMode = 'auto' | 'all' | 'off';

/** What {@link SystemEvents} work with. */
export interface SystemEventsParts
  extends SystemEventPublisherParts,
    Pick<ProcessEventsParts, 'announceWanted' | 'subscriptions'> {
  readonly env: Env;
  readonly mode: SystemEventsMode;
  readonly processes: Pick<ProcessManager, 'onCrash' | 'onLife' | 'onNotice'>;
  readonly logLevels: LogLevels | undefined;
}

/** What happens in a container, published from its connection to the end of it. Nothing here throws. */
export class SystemEvents {
  readonly #parts: SystemEventsParts;
  readonly #publisher: SystemEventPublisher;
  readonly #lives: ProcessEvents;
  /** What ends the listening. */
  #listening: readonly (() => void)[] = [];

  constructor(parts: SystemEventsParts) {
    this.#parts = parts;
    this.#publisher = new SystemEventPublisher(parts);
    this.#lives = new ProcessEvents({ ...parts, publisher: this.#publisher, isAll: parts.mode === 'all' });
  }

  /** The container is connected. */
  open(): void {
    const { mode, processes, logLevels } = this.#parts;
    if (mode === 'off') return;
    this.#publisher.isOpen = true;
    const levels = logLevels?.onChanged((path, level) => this.#levelChanged(path, level));
    this.#listening = [
      processes.onCrash((report) =>
        this.#publisher.tell(ProcessCrashed, localPart(report.id), () => crashContent(report)),
      ),
      processes.onNotice((notice) => this.#noticed(notice)),
      ...(levels === undefined ? [] : [levels]),
    ];
    this.#publisher.tell(MemberJoined, '', () => ({ again: false }));
    this.#lives.wanted();
  }

  connectionRestored(): void {
    this.#publisher.tell(MemberJoined, '', () => ({ again: true }));
    this.#lives.connectionRestored();
  }

  /** The container is ACTIVE. */
  started(): void {
    const { hostname, osPid } = this.#parts.env.ids;
    this.#publisher.tell(ContainerStarted, '', () => ({ hostname, osPid }));
  }

  stopping(cause: ContainerError | undefined): void {
    this.#publisher.tell(ContainerStopping, '', () =>
      cause === undefined ? {} : { cause: errorContent(cause) },
    );
  }

  stopped({ sinceMs, handedBack, processes, apps }: StopProgress): void {
    this.#publisher.tell(ContainerStopped, '', () => ({
      tookMs: sinceMs,
      handedBack,
      processesLeft: processes,
      appsLeft: names(apps),
    }));
  }

  /** The connection is about to be closed: the last one, and then nothing more. Idempotent. */
  close(): void {
    this.#publisher.tell(MemberLeft, '', () => ({}));
    this.#publisher.isOpen = false;
    this.#lives.close();
    for (const stop of this.#listening) stop();
  }

  appChanged(change: AppChange): void {
    const below = `.${change.name}`;
    switch (change.type) {
      case 'started':
        this.#publisher.tell(ApplicationStarted, below, () => appContent(change));
        break;
      case 'failed':
        this.#publisher.tell(ApplicationFailed, below, () => ({
          ...appContent(change),
          error: errorContent(change.error),
        }));
        break;
      case 'stopped':
        this.#publisher.tell(ApplicationStopped, below, () => appEndContent(change));
        break;
      default:
        this.#publisher.tell(ConfigChanged, below, () => ({
          what: 'app' as const,
          instance: word(change.instance),
          args: names(change.args),
        }));
    }
  }

  /** Something became a dead letter here. */
  died(facts: DeadLetterFacts, message: Message): void {
    // Whoever cannot handle these would be given one more for each.
    if (isEvent(message) && message.op.startsWith(MessageDead.name)) return;
    this.#publisher.tell(MessageDead, '', () => deathContent(facts, message));
  }

  /** Somebody in the system has subscribed to what happens to processes. */
  wanted(): void {
    this.#lives.wanted();
  }

  /** Somebody here has subscribed, and is given events from now on. */
  subscribed(subscription: Wanting): void {
    this.#lives.subscribed(subscription);
  }

  /** An event came back, since nobody has subscribed to it. */
  returned(topic: string): void {
    this.#lives.returned(topic);
  }

  #levelChanged(path: string, level: LogThreshold | undefined): void {
    this.#publisher.tell(ConfigChanged, '', () => ({
      what: 'log level' as const,
      path: word(path),
      ...(level !== undefined && { level }),
    }));
  }

  #noticed(notice: ProcessNotice): void {
    const below = localPart(notice.id);
    if (notice.type === 'gaveUp') {
      const { child, restarts } = notice;
      this.#publisher.tell(SupervisorGaveUp, below, () => givenUpContent(notice, child, restarts));
    } else {
      const { name, args } = notice;
      const content = { what: 'process' as const, name: word(name), args: names(args) };
      this.#publisher.tell(ConfigChanged, below, () => content);
    }
  }
}
