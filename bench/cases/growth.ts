import type { Case, Contestant, Target, Variant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, program } from './contestants.ts';

const growth = 1.1;

function processes(count: number): Contestant {
  return workers(`${count} processes`, `${ioncoreVersion}; defaults, untyped processes`, {
    client: program('ioncore/growth.mjs', String(count)),
  });
}

function services(count: number): Contestant {
  const side = (role: string) =>
    program('ioncore/growth-services.mjs', role, '{broker}', '{system}', String(count));
  const settings = `${ioncoreVersion}; defaults, untyped services of one instance`;
  return workers(servicesName(count), settings, { servers: [side('server')], client: side('client') });
}

function servicesName(count: number): string {
  return `${count} ${count === 1 ? 'service' : 'services'}`;
}

/** `most`: no more than so many are made, whatever the contestant's name says. */
function variant(which: 'one' | 'each', inFlight: number, most = Number.MAX_SAFE_INTEGER, ms = 600): Variant {
  return {
    label: labelOf(which, inFlight),
    command: `${which} ${inFlight} ${most} ${ms}`,
    figure: inFlight === 1 ? 'p50Ms' : 'rate',
  };
}

function labelOf(which: 'one' | 'each', inFlight: number): string {
  return `${which === 'one' ? 'one is called' : 'each in turn'}, ${inFlight} in flight`;
}

/** The largest may be a tenth slower than the smallest. */
function targets(smallest: string, largest: string): readonly Target[] {
  return [
    { variant: labelOf('one', 1), contestant: largest, against: smallest, atMost: growth },
    { variant: labelOf('each', 1), contestant: largest, against: smallest, atMost: growth },
    { variant: labelOf('one', 100), contestant: largest, against: smallest, atLeast: 1 / growth },
  ];
}

const common = {
  variants: [variant('one', 1), variant('one', 100), variant('each', 1), variant('each', 100)],
  smokeVariants: [variant('one', 10, 50, 30), variant('each', 10, 50, 30)],
  profiled: labelOf('each', 100),
};

/** Whether calls become slower when a container has many processes. */
export const growthOfProcesses: Case = {
  ...common,
  name: 'growth',
  description: 'local calls in a container with so many processes, without a broker',
  needsBroker: false,
  reference: '10 processes',
  contestants: [processes(10), processes(1_000), processes(100_000)],
  targets: targets('10 processes', '100000 processes'),
};

/** Whether calls become slower when a container has many services. */
export const growthOfServices: Case = {
  ...common,
  name: 'growth-services',
  description: 'calls over RabbitMQ to a container with so many services',
  needsBroker: true,
  reference: servicesName(1),
  contestants: [services(1), services(100), services(1_000)],
  targets: targets(servicesName(1), servicesName(1_000)),
};
