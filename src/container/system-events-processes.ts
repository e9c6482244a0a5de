import { type ProcessId, parseProcessId } from '../exchange/index.ts';
import type { Subscription } from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import type { EventContent, EventType, ProcessLife, ProcessManager } from '../process/index.ts';
import { TopicIndex } from '../util/index.ts';
import { ProcessEnded, ProcessStarted } from './system-events-catalogue.ts';
import { endedContent, startedContent } from './system-events-contents.ts';
import { Demand } from './system-events-demand.ts';
import { localPart, type SystemEventPublisher } from './system-events-publisher.ts';

/** What {@link ProcessEvents} work with. */
export interface ProcessEventsParts {
  readonly publisher: SystemEventPublisher;
  readonly logger: Logger;
  /** They are published whether or not somebody wants them. */
  readonly isAll: boolean;
  readonly processes: Pick<ProcessManager, 'onLife'>;
  /** Tells every container that somebody here wants such events. May throw. */
  readonly announceWanted: () => void;
  /** The subscriptions of this container. */
  readonly subscriptions: () => Iterable<WantedTypes>;
}

/** Of a subscription, what it may be given. */
export type WantedTypes = Pick<Subscription, 'kind' | 'type'>;

/** A subscription that may want events about processes. */
export interface Wanting extends WantedTypes {
  readonly hasEnded: boolean;
}

/**
 * Events about each process that starts or ends, which cost nothing while nobody wants them. The broker gives back what nobody has subscribed to, and no more is
 * published; a container in which somebody subscribes tells the others, and they begin again.
 */
export class ProcessEvents {
  readonly #parts: ProcessEventsParts;
  readonly #demands: ReadonlyMap<EventType, Demand> = new Map(types.map((type) => [type, new Demand()]));
  /** Of each type a live subscription here: as long as it lasts, its binding does. */
  readonly #wanting = new Map<EventType, Wanting>();
  #stop: (() => void) | undefined;

  constructor(parts: ProcessEventsParts) {
    this.#parts = parts;
  }

  /** Somebody in the system may want them, or it is time to find out. */
  wanted(): void {
    for (const demand of this.#demands.values()) demand.renew();
    this.#follow();
  }

  /** Nobody is given any more. */
  close(): void {
    this.#stop?.();
  }

  /** There is a connection again. What others were told, and told us, meanwhile is lost. */
  connectionRestored(): void {
    const subscriptions = [...this.#parts.subscriptions()];
    if (types.some((type) => subscriptions.some((one) => mayWant(one, type)))) this.#announce();
    this.wanted();
  }

  /** Somebody here has subscribed, and is given events from now on. */
  subscribed(subscription: Wanting): void {
    const wanted = types.filter((type) => mayWant(subscription, type));
    if (wanted.length === 0) return;
    this.wanted();
    // What is bound already others have found out, or will.
    if (wanted.every((type) => this.#wanting.get(type)?.hasEnded === false)) return;
    if (subscription.kind === 'live') for (const type of wanted) this.#wanting.set(type, subscription);
    this.#announce();
  }

  /** An event came back, since nobody has subscribed to it. */
  returned(topic: string): void {
    const type = types.find((one) => topic.startsWith(`${one.type}.`));
    if (type !== undefined) this.#unwanted(type, Number(topic.slice(topic.lastIndexOf('.') + 1)));
  }

  #unwanted(type: EventType, number: number): void {
    this.#demands.get(type)?.returned(number);
    this.#follow();
  }

  /** Listens to the lives of processes only as long as somebody may want to hear of them. */
  #follow(): void {
    const { isAll, processes, publisher } = this.#parts;
    const isWanted = isAll || [...this.#demands.values()].some(({ isOn }) => isOn);
    if (!isWanted) {
      this.#stop?.();
    } else if (publisher.isOpen && this.#stop === undefined) {
      const stop = processes.onLife((life) => this.#lived(life));
      this.#stop = () => {
        this.#stop = undefined;
        stop();
      };
    }
  }

  #lived(life: ProcessLife): void {
    if (life.type === 'started') this.#tell(ProcessStarted, life.id, () => startedContent(life));
    else this.#tell(ProcessEnded, life.id, () => endedContent(life));
  }

  #tell<E extends EventType>(type: E, id: ProcessId, content: () => EventContent<E>): void {
    const { isAll, publisher } = this.#parts;
    const demand = this.#demands.get(type);
    if (isAll) {
      publisher.tell(type, localPart(id), content);
    } else if (demand?.isOn === true) {
      const number = parseProcessId(id)?.local ?? 0;
      demand.published(number);
      publisher.tell(type, localPart(id), content, () => this.#unwanted(type, number));
    }
  }

  #announce(): void {
    try {
      this.#parts.announceWanted();
    } catch (error) {
      this.#parts.logger.warn('other containers could not be told that events about processes are wanted', {
        error,
      });
    }
  }
}

const types: readonly EventType[] = [ProcessStarted, ProcessEnded];

/** Whether a subscription may be given events of that type; a replay reads what is kept, and these are not. */
function mayWant({ kind, type: pattern }: WantedTypes, { type }: EventType): boolean {
  if (kind === 'replay') return false;
  const index = new TopicIndex<true>();
  index.add(pattern, true);
  return index.match(type).length > 0;
}
