import { ContainerError } from '../../errors/index.ts';
import type { ExchangeSpec, QueueSpec } from '../types.ts';

type Arguments = readonly (readonly [argument: string, value: string | number | boolean | undefined])[];

/** Refuses a declaration that differs from what exists, naming the first argument that differs, in RabbitMQ's order. */
export function assertSameExchange(existing: ExchangeSpec, declared: ExchangeSpec): void {
  assertSame('exchange', existing.name, exchangeArguments(existing), exchangeArguments(declared));
}

/** As {@link assertSameExchange}, for queues. */
export function assertSameQueue(existing: QueueSpec, declared: QueueSpec): void {
  assertSame('queue', existing.name, queueArguments(existing), queueArguments(declared));
}

/** The refusal of a queue that belongs to another connection, or whose exclusiveness is declared otherwise (405 at RabbitMQ). */
export function lockedQueue(name: string): ContainerError {
  return new ContainerError(
    'TopologyConflict',
    `Cannot declare queue '${name}': exclusive differs, or another connection has it exclusively`,
    { details: { kind: 'queue', name, argument: 'exclusive' } },
  );
}

function exchangeArguments(spec: ExchangeSpec): Arguments {
  return [
    ['type', spec.type],
    ['durable', spec.durable],
    ['auto_delete', spec.autoDelete],
    ['alternate-exchange', spec.alternateExchange],
  ];
}

function queueArguments(spec: QueueSpec): Arguments {
  return [
    ['durable', spec.durable],
    ['auto_delete', spec.autoDelete],
    ['x-queue-type', spec.queueType ?? 'classic'],
    ['x-expires', spec.expiresMs],
    ['x-message-ttl', spec.messageTtlMs],
    ['x-dead-letter-exchange', spec.deadLetterExchange],
    ['x-dead-letter-routing-key', spec.deadLetterRoutingKey],
    ['x-dead-letter-strategy', spec.deadLetterStrategy],
    ['x-max-length', spec.maxLength],
    ['x-single-active-consumer', spec.singleActiveConsumer === true ? true : undefined],
    ['x-max-length-bytes', spec.maxLengthBytes],
    ['x-max-age', spec.maxAgeMs === undefined ? undefined : Math.ceil(spec.maxAgeMs / 1_000)],
    ['x-stream-max-segment-size-bytes', spec.segmentBytes],
  ];
}

function assertSame(
  kind: 'exchange' | 'queue',
  name: string,
  existing: Arguments,
  declared: Arguments,
): void {
  for (const [index, [argument, value]] of existing.entries()) {
    const wanted = declared[index]?.[1];
    if (wanted === value) continue;
    throw new ContainerError(
      'TopologyConflict',
      `Cannot declare ${kind} '${name}' with ${argument} ${text(wanted)}: the broker has it with ${text(value)}`,
      { details: { kind, name, argument, declared: wanted ?? null, existing: value ?? null } },
    );
  }
}

function text(value: string | number | boolean | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
