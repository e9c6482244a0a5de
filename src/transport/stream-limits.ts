import { BadRequestError } from '../errors/index.ts';
import type { ConsumeSpec, QueueSpec, StreamStart } from './types.ts';

/** RabbitMQ's own size of segments, where a declaration names none. */
const defaultSegmentBytes = 500_000_000;
const minSegmentBytes = 1_000_000;
/** AMQP's prefetch is a 16-bit number, in which 0 means no bound, which a stream does not take. */
const maxPrefetch = 65_535;

/**
 * Checks the arguments of a queue as far as streams are concerned: RabbitMQ takes some contradictions without a word and closes the
 * connection for others.
 *
 * @throws BadRequestError
 */
export function assertStreamArguments(spec: QueueSpec): void {
  if (spec.queueType === 'stream') assertStream(spec);
  else refuseGiven(spec, ['maxLengthBytes', 'maxAgeMs', 'segmentBytes'], 'only a stream has it');
}

/**
 * Where the consumer of a stream begins; undefined if its queue is none, as far as we know. `queue` is the declaration of it, if we have one.
 *
 * @throws BadRequestError for a stream that cannot be read so
 */
export function streamStart(
  spec: Omit<ConsumeSpec, 'onDelivery'>,
  queue: QueueSpec | undefined,
): StreamStart | undefined {
  const isStream = queue?.queueType === 'stream';
  if (spec.from === undefined && !isStream) return undefined;
  const refuse = (problem: string) =>
    new BadRequestError(`Could not consume from "${spec.queue}": ${problem}`);
  if (queue !== undefined && !isStream) throw refuse("'from' is for streams, and this queue is none");
  const { prefetch, noAck, exclusive, from = 'next' } = spec;
  if (noAck === true)
    throw refuse('a stream is read with acknowledgements, which are its credit; leave noAck out');
  if (exclusive === true) throw refuse('a stream has any number of readers; leave exclusive out');
  if (!Number.isInteger(prefetch) || prefetch < 1 || prefetch > maxPrefetch) {
    throw refuse(`a stream's prefetch is a whole number from 1 to ${maxPrefetch}, not ${prefetch}`);
  }
  if (!isStart(from)) {
    throw refuse(
      "'from' must be 'first', 'last', 'next', {offset: whole number} or {at: milliseconds since 1970}, " +
        `not ${JSON.stringify(from)}`,
    );
  }
  return from;
}

function assertStream(spec: QueueSpec): void {
  const { name, maxLengthBytes, maxAgeMs, segmentBytes } = spec;
  refuseGiven(
    spec,
    [
      'expiresMs',
      'messageTtlMs',
      'deadLetterExchange',
      'deadLetterRoutingKey',
      'deadLetterStrategy',
      'maxLength',
    ],
    'a stream does not know it',
  );
  if (spec.singleActiveConsumer === true) {
    throw refused(name, 'singleActiveConsumer: any number of consumers read a stream');
  }
  if (!spec.durable || spec.exclusive || spec.autoDelete || spec.perEpoch === true) {
    throw refused(name, 'a stream is durable, and neither exclusive nor autoDelete nor perEpoch');
  }
  if (maxAgeMs !== undefined && !(maxAgeMs > 0 && maxAgeMs < Infinity)) {
    throw refused(name, `maxAgeMs must be above 0, not ${maxAgeMs}`);
  }
  if (
    segmentBytes !== undefined &&
    !(Number.isSafeInteger(segmentBytes) && segmentBytes >= minSegmentBytes)
  ) {
    throw refused(
      name,
      `segmentBytes must be a whole number of at least ${minSegmentBytes}, not ${segmentBytes}`,
    );
  }
  const least = 2 * (segmentBytes ?? defaultSegmentBytes);
  if (maxLengthBytes !== undefined && !(Number.isSafeInteger(maxLengthBytes) && maxLengthBytes >= least)) {
    throw refused(
      name,
      `maxLengthBytes must be a whole number of at least two segments, ${least}, not ${maxLengthBytes}; give smaller segmentBytes`,
    );
  }
}

function refuseGiven(spec: QueueSpec, names: readonly (keyof QueueSpec)[], why: string): void {
  for (const name of names) {
    if (spec[name] !== undefined) throw refused(spec.name, `${name}: ${why}`);
  }
}

function refused(queue: string, problem: string): BadRequestError {
  return new BadRequestError(`Could not declare the queue "${queue}": ${problem}`);
}

function isStart(from: StreamStart): boolean {
  if (typeof from === 'string') return from === 'first' || from === 'last' || from === 'next';
  if (typeof from !== 'object' || from === null) return false;
  if ('offset' in from) return Number.isSafeInteger(from.offset) && from.offset >= 0;
  return 'at' in from && Number.isFinite(from.at);
}
