import type { Case, Variant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, program } from './contestants.ts';
import { genServer, genServerOnOneCore } from './erlang.ts';

function variant(label: string, atATime: number, ms = 1_000): Variant {
  return { label, command: `spawn ${atATime} ${ms}`, figure: 'rate' };
}

/** How fast processes come and go. */
export const spawn: Case = {
  name: 'spawn',
  description:
    'a process is started, is ACTIVE (its init has returned), and is asked to end; then the next one',
  needsBroker: false,
  reference: 'gen_server',
  contestants: [
    genServer,
    genServerOnOneCore,
    workers(
      'ioncore',
      `${ioncoreVersion}; defaults; processes.spawn() of a Process with one operation, and processes.terminateProcess()`,
      { client: program('ioncore/spawn.mjs') },
    ),
  ],
  variants: [variant('one at a time', 1), variant('100 at a time', 100)],
  smokeVariants: [variant('one at a time', 1, 30), variant('100 at a time', 100, 30)],
  targets: [
    { variant: 'one at a time', contestant: 'ioncore', against: 'gen_server', atLeast: 3 },
    { variant: '100 at a time', contestant: 'ioncore', against: 'gen_server', atLeast: 3 },
  ],
};
