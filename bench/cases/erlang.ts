import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../suite/case.ts';
import { freshWorker, type WorkerSpec, workers } from '../suite/worker.ts';

const script = fileURLToPath(new URL('../contestants/erlang/gen-server.escript', import.meta.url));
const compiled = 'a module compiled when it starts, no registered name';

/** Erlang's gen_server with default settings: a scheduler for each core. */
export const genServer = withVersion(
  workers('gen_server', `${compiled}; defaults`, { client: { command: 'escript', args: [script] } }),
);

/** The same on one core, as Node is; no message then has to wake another scheduler. */
export const genServerOnOneCore = withVersion(
  workers('gen_server +S 1', `${compiled}; one scheduler`, {
    client: { command: 'env', args: ['ERL_AFLAGS=+S 1', 'escript', script] },
  }),
);

/** One in which nothing is left of former runs. `words`: how it is started. */
export function freshGenServer(name: string, settings: string, ...words: readonly string[]): Contestant {
  const spec: WorkerSpec = { command: 'escript', args: [script, ...words] };
  return withVersion(freshWorker(name, settings, spec));
}

/** Who does not run it need not have Erlang. */
function withVersion(contestant: Contestant): Contestant {
  let version: string | undefined;
  return {
    ...contestant,
    get settings() {
      version ??= erlangVersion();
      return `${version}; ${contestant.settings}`;
    },
  };
}

function erlangVersion(): string {
  const release =
    'io:format("Erlang/OTP ~s, ~s", [erlang:system_info(otp_release), erlang:system_info(emu_flavor)]), halt().';
  const { stdout, error } = spawnSync('erl', ['-noshell', '-eval', release], { encoding: 'utf8' });
  return error === undefined ? stdout : 'Erlang/OTP, not installed';
}
