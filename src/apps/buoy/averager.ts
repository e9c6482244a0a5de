import {
  outputOf,
  type ReceivedEvent,
  type StreamOutput,
  StreamProcess,
  type StreamSource,
} from '../../index.ts';
import { type MeanEvent, meanOf } from './means.ts';
import { Minute, minuteOf } from './minute.ts';

/** The minute of one type and one origin that is being added up. */
interface Open {
  readonly event: MeanEvent;
  readonly origin: string;
  readonly minute: Minute;
}

/**
 * Publishes the mean of each type's and each origin's readings per minute, by the time at which they were measured; readings without a time have no mean. A
 * minute is over when a reading of another one comes, or when this process ends: one that an end has cut gives two means, each of the readings that it names.
 */
export class AveragerProcess extends StreamProcess {
  /** Ordered, so that of several averagers one at a time takes the readings: else each would have the mean of a part. */
  override readonly source: StreamSource = { type: 'sensor.#', durable: 'buoy.averager', ordered: true };
  readonly #open = new Map<string, Open>();

  /** State changes behind the `yield`: if the mean was not taken, this reading comes again and finds everything as it was. */
  override *transform(
    content: unknown,
    { type, origin }: ReceivedEvent,
  ): Generator<StreamOutput, void, undefined> {
    const event = meanOf({ type });
    if (event === undefined || !isTimed(content)) return;
    const at = minuteOf(content.at.getTime());
    const key = `${type} ${origin}`;
    const last = this.#open.get(key);
    if (last?.minute.at === at) {
      last.minute.add(content);
      return;
    }
    if (last !== undefined) yield outputOf(last.event, last.minute.mean());
    const minute = new Minute(at);
    minute.add(content);
    this.#open.set(key, { event, origin, minute });
  }

  override async onTerminate(): Promise<void> {
    await Promise.all([...this.#open.values()].map((open) => this.#publishCut(open)));
  }

  async #publishCut({ event, origin, minute }: Open): Promise<void> {
    const mean = minute.mean();
    const outcome = await this.publish(event, origin, mean);
    if (outcome === 'rejected' || outcome === 'unknown')
      this.logger.error('a mean was not taken', { type: event.type, origin, outcome, ...mean });
  }
}

function isTimed(content: unknown): content is { readonly at: Date } & Readonly<Record<string, unknown>> {
  return typeof content === 'object' && content !== null && 'at' in content && content.at instanceof Date;
}
