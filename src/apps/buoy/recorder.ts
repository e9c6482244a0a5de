import { Process, type ReceivedEvent } from '../../index.ts';
import { AppendFile } from './append-file.ts';
import { readArguments } from './arguments.ts';

/**
 * Appends every reading and every mean of the system to a file, a line of JSON each. Its subscriptions are durable: what is published while it is away is
 * appended later. What may be in the file already, since it had come before, is marked: `redelivered`, `resent`, or an `attempt` above 1.
 */
export class RecorderProcess extends Process {
  readonly #file = new AppendFile(readArguments(this.args).file);

  override async onInit(): Promise<void> {
    await this.registerLifecycleObject(this.#file);
    const append = (content: unknown, event: ReceivedEvent) => this.#append(content, event);
    await this.subscribe({ type: 'sensor.#' }, append, { durable: 'buoy.readings' });
    await this.subscribe({ type: 'mean.#' }, append, { durable: 'buoy.means' });
  }

  #append(content: unknown, event: ReceivedEvent): void {
    const { type, origin, publishedAt, redelivered, resent, attempt } = event;
    this.#file.append(
      JSON.stringify({
        type,
        origin,
        publishedAt,
        content,
        ...(redelivered && { redelivered }),
        ...(resent && { resent }),
        ...(attempt > 1 && { attempt }),
      }),
    );
  }
}
