import { Console } from 'node:console';
import { createInterface } from 'node:readline';
import type { Container } from '../container/index.ts';
import { Evaluator } from './evaluator.ts';
import { openShell } from './open-shell.ts';
import { ResultPrinter } from './result-printer.ts';

/** Where a shell reads and writes. */
export interface ShellStreams {
  readonly input: NodeJS.ReadableStream;
  /** Results and nothing else. */
  readonly output: NodeJS.WritableStream;
  /** Errors. */
  readonly errors: NodeJS.WritableStream;
}

/**
 * Runs the lines of a pipe or file in order, each after the one before has settled, and prints what they result in. Resolves at the
 * end of input: true if none failed. A failed line is told on `errors` with its number; the next ones run all the same.
 */
export async function runScript(
  container: Container,
  { input, output, errors }: ShellStreams,
): Promise<boolean> {
  const printer = new ResultPrinter(false);
  let isGood = true;
  const fail = (lineNumber: number, error: unknown): void => {
    isGood = false;
    errors.write(`line ${lineNumber}: ${printer.error(error)}\n`);
  };
  let pending = '';
  let startedAt = 1;
  let lineNumber = 0;
  const shell = openShell(container, printer, (text) => output.write(`${text}\n`));
  const evaluator = new Evaluator({
    globals: shell.bound,
    console: new Console({ stdout: output, stderr: errors }),
    isAwaited: shell.isHelperPromise,
    claims: (error) => container.claimStrayError(error),
    onStray: (error) => fail(startedAt, error),
  });
  let incomplete: unknown;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    lineNumber += 1;
    if (pending === '') startedAt = lineNumber;
    pending += `${line}\n`;
    if (pending.trim() === '') {
      pending = '';
      continue;
    }
    const evaluation = await evaluator.evaluate(pending);
    if (evaluation.type === 'incomplete') {
      incomplete = evaluation.error;
      continue;
    }
    pending = '';
    if (evaluation.type === 'error') fail(startedAt, evaluation.error);
    else if (evaluation.value !== undefined) output.write(`${printer.show(evaluation.value)}\n`);
  }
  if (pending !== '') fail(startedAt, incomplete);
  evaluator.close();
  return isGood;
}
