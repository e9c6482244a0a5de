import { createReadStream } from 'node:fs';
import type { Env, Logger } from '../../index.ts';
import type { Source } from './arguments.ts';
import { linesOf } from './lines.ts';
import { simulatedLines } from './simulator.ts';
import { tcpLines } from './tcp-lines.ts';

/** The lines of a source, until it ends, if it does, or the signal aborts. A file is read once, from its beginning. */
export async function* sourceLines(
  source: Source,
  env: Env,
  logger: Logger,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  if (source.kind === 'tcp') {
    yield* tcpLines(source, env, logger, signal);
    return;
  }
  const lines =
    source.kind === 'file'
      ? linesOf(createReadStream(source.path))
      : simulatedLines(env.random.fork('buoy'), env.clock.wall());
  for await (const line of lines) {
    if (signal.aborted) return;
    yield line;
  }
}
