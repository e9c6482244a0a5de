import type { Case, Variant } from '../suite/case.ts';
import { freshWorker, type WorkerSpec } from '../suite/worker.ts';
import { ioncoreVersion, peerVersions, program } from './contestants.ts';
import { freshGenServer } from './erlang.ts';

const heap = 'heap and external memory of V8 after a collection';

function collecting({ command, args, ...rest }: WorkerSpec): WorkerSpec {
  return { ...rest, command, args: ['--expose-gc', ...args] };
}

function variant(count: number): Variant {
  return { label: `of ${count}`, command: `idle ${count}`, figure: 'bytes' };
}

/** What a process takes that waits. */
export const memory: Case = {
  name: 'memory',
  description: 'bytes of each process that waits for messages and has had none',
  needsBroker: false,
  reference: 'gen_server',
  contestants: [
    freshGenServer('gen_server', 'defaults; erlang:memory(total)'),
    freshGenServer('gen_server hibernated', 'its init returns hibernate; erlang:memory(total)', 'hibernated'),
    freshWorker(
      'ioncore',
      `${ioncoreVersion}; a Process with one operation; ${heap}`,
      collecting(program('ioncore/memory.mjs', 'process')),
    ),
    freshWorker(
      'ioncore service',
      `${ioncoreVersion}; a ServiceProcess with one operation and no service's name; ${heap}`,
      collecting(program('ioncore/memory.mjs', 'service')),
    ),
    freshWorker(
      'moleculer',
      `${peerVersions('moleculer', 'moleculer')}; at most 1000 services with one action, no transporter; ${heap}`,
      collecting(program('moleculer/local-memory.mjs')),
    ),
  ],
  variants: [variant(100_000)],
  smokeVariants: [variant(1_000)],
  targets: [{ variant: 'of 100000', contestant: 'ioncore', atMost: 1_500 }],
};
