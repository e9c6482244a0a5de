import type { Case, Variant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, peerVersions, program } from './contestants.ts';
import { genServer, genServerOnOneCore } from './erlang.ts';

const moleculer = `${peerVersions('moleculer', 'moleculer')}; no transporter, no logger; contents by reference, no mailbox`;

function variant(callers: number, ms = 1_000): Variant {
  return {
    label: callers === 1 ? '1 caller' : `${callers} callers`,
    command: `calls ${callers} ${ms}`,
    figure: 'rate',
  };
}

/** Calls from process to process that stay at home. */
export const localCall: Case = {
  name: 'local-call',
  description:
    'processes call one process beside them, each as soon as it is answered; every answer is checked',
  needsBroker: false,
  reference: 'gen_server',
  contestants: [
    genServer,
    genServerOnOneCore,
    workers(
      'ioncore',
      `${ioncoreVersion}; defaults; the callers are processes, the callee takes one message at a time; typed client of its id; contract checked at both ends, contents copied, context passed on, timeout 15 s`,
      { client: program('ioncore/local.mjs', 'id') },
    ),
    workers(
      'ioncore by name',
      `${ioncoreVersion}; as ioncore, but a client of the service: what its instance cannot begin at once goes to the (embedded) broker`,
      { client: program('ioncore/local.mjs', 'name') },
    ),
    workers(
      'ioncore from outside',
      `${ioncoreVersion}; as ioncore, but the callers are loops outside of processes, with a client of the container's`,
      { client: program('ioncore/local.mjs', 'outside') },
    ),
    workers('moleculer local', moleculer, { client: program('moleculer/local.mjs') }),
    workers('moleculer validated', `${moleculer}; params with a schema`, {
      client: program('moleculer/local.mjs', 'validated'),
    }),
  ],
  variants: [variant(100), variant(1)],
  smokeVariants: [variant(10, 30)],
  targets: [{ variant: '100 callers', contestant: 'ioncore', against: 'gen_server', atLeast: 1 }],
};
