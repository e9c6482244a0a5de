import type { Case, Contestant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, ownVersion, peerVersions, program } from './contestants.ts';

const raw = `${ownVersion('amqplib')}; one message each, JSON, durable queue, acknowledged, prefetch 200, noDelay`;
const nestjs = `${peerVersions('nestjs', '@nestjs/microservices', 'amqplib')}; emit; durable queue, noAck false, prefetchCount 200`;
const moleculer = peerVersions('moleculer', 'moleculer', 'amqplib');

/** The sender; it starts its receiver itself. */
function sender(name: string, settings: string, path: string, ...args: string[]): Contestant {
  return workers(name, settings, { client: program(path, '{broker}', '{system}', ...args) });
}

const variants = (ms: number) =>
  [
    ['16 B', 16],
    ['1 kB', 1_000],
  ].map(([label, bytes]) => ({
    label: `${label}`,
    command: `sends ${bytes} ${ms}`,
    figure: 'rate' as const,
  }));

/** Messages that nobody answers, from one process to another over RabbitMQ. */
export const oneWay: Case = {
  name: 'one-way',
  description:
    'one process sends to another one over RabbitMQ, at most 1 000 messages on their way; counted at the receiver, all must arrive',
  needsBroker: true,
  reference: 'raw',
  contestants: [
    sender('raw', `${raw}; transient`, 'raw/one-way.mjs'),
    sender('raw confirmed', `${raw}; persistent and confirmed`, 'raw/one-way.mjs', 'confirmed'),
    sender('nestjs', nestjs, 'nestjs/one-way.mjs'),
    sender('nestjs tuned', `${nestjs}, noDelay`, 'nestjs/one-way.mjs', 'tuned'),
    sender('moleculer', `${moleculer}; emit; defaults`, 'moleculer/one-way.mjs'),
    sender('moleculer tuned', `${moleculer}; emit; prefetch 200, noDelay`, 'moleculer/one-way.mjs', 'tuned'),
    sender(
      'ioncore service',
      `${ioncoreVersion}; defaults; send to a service: persistent, confirmed, validated`,
      'ioncore/remote-one-way.mjs',
    ),
    sender(
      'ioncore process',
      `${ioncoreVersion}; defaults; send to a process by its id: at most once, validated`,
      'ioncore/remote-one-way.mjs',
      'process',
    ),
  ],
  variants: variants(600),
  smokeVariants: variants(30).slice(0, 1),
  targets: [],
};
