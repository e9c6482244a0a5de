import type { Case, Contestant, Target, Variant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, ownVersion, program } from './contestants.ts';

const instances = 4;
const numbers = Array.from({ length: instances }, (_, number) => String(number));

/** Handler's milliseconds, and how many calls are made at once. */
const works = [
  [1, 800],
  [10, 200],
  [100, 40],
] as const;

function single(name: string, prefetch: number): Contestant {
  const settings = `${ownVersion('amqplib')}; one message per call, JSON, durable queue, acknowledged, ${instances} consumers with prefetch ${prefetch}, one message at a time in each, noDelay`;
  return workers(name, settings, {
    servers: numbers.map((number) =>
      program('raw/single-server.mjs', '{broker}', '{system}', number, String(prefetch)),
    ),
    client: program('raw/single-client.mjs', '{broker}', '{system}', String(instances)),
  });
}

const ioncore = workers(
  'ioncore',
  `${ioncoreVersion}; defaults; ${instances} containers with one instance each, concurrency 1, and a container that calls; contract checked at both ends`,
  {
    servers: numbers.map((number) =>
      program('ioncore/coalescing.mjs', 'server', '{broker}', '{system}', number),
    ),
    client: program('ioncore/coalescing.mjs', 'client', '{broker}', '{system}', String(instances)),
  },
);

function work([handlerMs, calls]: readonly [number, number]): Variant {
  return { label: workLabel(handlerMs), command: `work ${handlerMs} ${calls}`, figure: 'ms' };
}

function workLabel(handlerMs: number): string {
  return `handlers of ${handlerMs} ms`;
}

function targets([handlerMs]: readonly [number, number]): readonly Target[] {
  const variant = workLabel(handlerMs);
  return [
    { variant, contestant: 'ioncore', against: 'single messages', atMost: 1.1 },
    { variant, contestant: 'ioncore', against: 'single, prefetch 32', atMost: 1.1 },
    { variant, contestant: 'ioncore', figure: 'deviation', atMost: 0.2 },
  ];
}

/** What several calls in one message of the broker gain where they are short, and cost where they are long. */
export const coalescing: Case = {
  name: 'coalescing',
  description: `${instances} instances in OS processes of their own, called from one more: until all of ${works.map(([ms, calls]) => `${calls} calls of ${ms} ms`).join(', ')} that were made at once are answered; and echo. deviation: the largest distance of an instance's part of the work from an equal one`,
  needsBroker: true,
  reference: 'single messages',
  contestants: [single('single messages', 1), single('single, prefetch 32', 32), ioncore],
  // Echo first: a few hundred slow calls do not warm up anybody's compiler.
  variants: [
    { label: 'echo, 500 in flight', command: 'echo 500 600', figure: 'rate' },
    { label: 'echo, 500 in flight, p50', command: 'echo 500 600', figure: 'p50Ms' },
    ...works.map(work),
  ],
  smokeVariants: [work([1, 40]), { label: 'echo, 10 in flight', command: 'echo 10 30', figure: 'rate' }],
  targets: works.flatMap(targets),
};
