import type { Case, Variant } from '../suite/case.ts';
import { workers } from '../suite/worker.ts';
import { ioncoreVersion, program } from './contestants.ts';
import { genServer, genServerOnOneCore } from './erlang.ts';

/** As many as together fit into a mailbox of ioncore's default size. */
const together = 1_000;

function variant(label: string, senders: number, ms = 1_000): Variant {
  return { label, command: `casts ${senders} ${together / senders} ${ms}`, figure: 'rate' };
}

/** One-way messages from process to process that stay at home. */
export const localCast: Case = {
  name: 'local-cast',
  description: `one-way messages to one process, ${together} and then a call by each sender to see them handled; the receiver's count is checked`,
  needsBroker: false,
  reference: 'gen_server',
  contestants: [
    genServer,
    genServerOnOneCore,
    workers(
      'ioncore',
      `${ioncoreVersion}; defaults; the senders are processes, send() to the id of a typed process; contract checked at the receiver, contents copied, context passed on`,
      { client: program('ioncore/local.mjs', 'id') },
    ),
  ],
  variants: [variant('1 sender', 1), variant('10 senders', 10)],
  smokeVariants: [variant('1 sender', 1, 30)],
  targets: [],
};
