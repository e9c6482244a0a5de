import { start } from 'node:repl';
import type { Container } from '../container/index.ts';
import { defineHelpers } from './evaluator.ts';
import { ResultPrinter } from './result-printer.ts';
import { makeShellHelpers } from './shell-helpers.ts';

/** ION's prompt. */
export const prompt = '><> ';

/** A terminal's two ends. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Opens a prompt on a terminal; resolves when the user leaves it (Ctrl-D, or Ctrl-C twice). The container runs on: Ctrl-C then stops it.
 * `leave` closes the prompt from outside.
 */
export function openTerminal(
  container: Container,
  { input, output }: TerminalStreams,
): { readonly left: Promise<void>; readonly leave: () => void } {
  const colours = output.hasColors?.() ?? false;
  const printer = new ResultPrinter(colours);
  output.write(
    `Ioncore container ${container.id} of system ${container.sysname}\n` +
      `Try: await rpc_send('hello', 'hello', 'you') · ps() · info() · .help — Ctrl-D leaves the prompt\n`,
  );
  const server = start({
    prompt,
    input,
    output,
    useColors: colours,
    ignoreUndefined: true,
    // Not breakEvalOnSigint: Node then forgets our own SIGINT listeners, and Ctrl-C would kill the container after the prompt is left.
    writer: (value) => printer.inspect(value),
  });
  defineHelpers(server, makeShellHelpers(container, printer));
  server.on('reset', () => defineHelpers(server, makeShellHelpers(container, printer)));
  let isLeft = false;
  const left = new Promise<void>((resolve) => {
    server.once('exit', () => {
      if (!isLeft) output.write('The container runs on. Ctrl-C stops it.\n');
      isLeft = true;
      resolve();
    });
  });
  return {
    left,
    leave: () => {
      if (isLeft) return;
      isLeft = true;
      server.close();
    },
  };
}
