import { BadRequestError } from '../errors/index.ts';
import type { PublishOptions } from '../interact/index.ts';
import { describeValue } from '../util/index.ts';
import type { EventContent, EventType } from './event-type.ts';

/** An event that a stream process shall publish; {@link outputOf} makes one whose content fits its type. */
export interface StreamOutput extends Omit<PublishOptions, 'within'> {
  readonly type: EventType | string;
  readonly content: unknown;
  /** What it comes from. Default: what the input came from. */
  readonly origin?: string;
}

/** What is published together: order is kept, and nothing is awaited in between. */
export type StreamBatch = StreamOutput | readonly StreamOutput[];

/**
 * What a transformation gives for one input: nothing, one output, several, or, of a generator, one batch after the other; the next one is asked for when the
 * broker has the last.
 */
export type StreamOutputs =
  | undefined
  | null
  | void
  | StreamBatch
  | Iterable<StreamBatch>
  | AsyncIterable<StreamBatch>;

/**
 * An output of an event type.
 *
 * @param origin default: that of the input
 */
export function outputOf<E extends EventType>(
  type: E,
  content: EventContent<E>,
  origin?: string,
): StreamOutput {
  return origin === undefined ? { type, content } : { type, content, origin };
}

/**
 * Publishes what a transformation gave; resolves when all of it was taken. What fails ends the generator, and is thrown when everything that was begun has
 * its outcome.
 *
 * @param publish resolves when an output was taken
 * @throws BadRequestError for what is no output
 */
export async function publishOutputs(
  outputs: unknown,
  publish: (output: StreamOutput) => Promise<void>,
): Promise<void> {
  if (outputs === undefined || outputs === null) return;
  if (Array.isArray(outputs)) await together(outputs, publish);
  else if (isOutput(outputs)) await publish(outputs);
  else if (isIterable(outputs)) for await (const batch of outputs) await publishOutputs(batch, publish);
  else throw noOutput(outputs);
}

async function together(
  outputs: readonly unknown[],
  publish: (output: StreamOutput) => Promise<void>,
): Promise<void> {
  const wrong = outputs.find((output) => !isOutput(output));
  if (wrong !== undefined) throw noOutput(wrong);
  const results = await Promise.allSettled(outputs.filter(isOutput).map(publish));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function isOutput(value: unknown): value is StreamOutput {
  return typeof value === 'object' && value !== null && 'type' in value && 'content' in value;
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

function noOutput(value: unknown): BadRequestError {
  return new BadRequestError(
    `a transformation gives nothing, outputs as outputOf() makes them, arrays of these, or a generator of either, not ${describeValue(value)}`,
  );
}
