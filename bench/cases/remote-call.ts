import type { Case, Contestant, Variant } from '../suite/case.ts';
import { ioncoreVersion, ownVersion, peerVersions, serverAndClient } from './contestants.ts';

const sizes = [
  ['16 B', 16],
  ['1 kB', 1_000],
  ['100 kB', 100_000],
] as const;

function variant(inFlight: number, [size, bytes]: readonly [string, number], ms = 600): Variant {
  return {
    label: labelOf(inFlight, size),
    command: `calls ${inFlight} ${bytes} ${ms}`,
    figure: inFlight === 1 ? 'p50Ms' : 'rate',
  };
}

function labelOf(inFlight: number, size: string): string {
  return `${inFlight} in flight, ${size}`;
}

const [smallest] = sizes;

const nestjs = `${peerVersions('nestjs', '@nestjs/microservices', 'amqplib')}; durable queue, noAck false and prefetchCount 200 at the server`;
const moleculer = `${peerVersions('moleculer', 'moleculer', 'amqplib')}`;

const contestants: readonly Contestant[] = [
  serverAndClient(
    'raw',
    `${ownVersion('amqplib')}; one message per call, JSON, durable queue, acknowledged, prefetch 200, noDelay; exclusive queue for answers, not acknowledged; no timeouts`,
    'raw/remote',
  ),
  serverAndClient('nestjs', nestjs, 'nestjs/remote'),
  serverAndClient('nestjs tuned', `${nestjs}; noDelay`, 'nestjs/remote', 'tuned'),
  {
    ...serverAndClient(
      'moleculer',
      `${moleculer}; defaults: prefetch 1, so one call after the other; not asked for 500 in flight, which take it 20 s a run`,
      'moleculer/remote',
    ),
    skips: ({ label }) => label.startsWith('500 '),
  },
  serverAndClient(
    'moleculer tuned',
    `${moleculer}; prefetch 200, noDelay; its own balancer, as disableBalancer made no difference`,
    'moleculer/remote',
    'tuned',
  ),
  serverAndClient(
    'ioncore',
    `${ioncoreVersion}; defaults; two containers, typed client, contract checked at both ends, timeout 15 s`,
    'ioncore/remote',
  ),
];

/** Calls from one process to another over RabbitMQ. */
export const remoteCall: Case = {
  name: 'remote-call',
  description: 'one process calls a service in another one over RabbitMQ; every answer is checked',
  needsBroker: true,
  reference: 'raw',
  contestants,
  // The busy ones first: of one call at a time a short run is too few for the compiler of any contestant.
  variants: sizes.flatMap((size) => [100, 500, 10, 1].map((inFlight) => variant(inFlight, size))),
  smokeVariants: [variant(1, smallest, 30), variant(10, smallest, 30)],
  profiled: labelOf(500, '16 B'),
  targets: [
    { variant: labelOf(100, '16 B'), contestant: 'ioncore', against: 'raw', atLeast: 5 },
    { variant: labelOf(100, '16 B'), contestant: 'ioncore', against: 'nestjs tuned', atLeast: 10 },
    { variant: labelOf(1, '16 B'), contestant: 'ioncore', against: 'raw', atMost: 1.15 },
  ],
};
