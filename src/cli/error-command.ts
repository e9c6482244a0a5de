import { describeErrors, type ErrorDescription, factsOf } from '../errors/index.ts';
import { closest } from '../util/index.ts';
import { exitCode } from './exit-code.ts';
import { textTable } from './text-table.ts';
import { UsageError } from './usage-error.ts';

/** `ioncore error` as it was given. */
export interface ErrorArguments {
  readonly command: 'error';
  /** A code, the name of its class, or a status; undefined for all. */
  readonly code: string | undefined;
  readonly json: boolean;
}

/** What the command touches of the outside. */
export interface ErrorWorld {
  readonly stdout: { write(text: string): unknown };
}

/**
 * `ioncore error [CODE]`: what an error code means and what to do about it; several, or all, as a table. With `json` always a list, as
 * one JSON value. Returns the exit code.
 *
 * @throws UsageError for what is neither a code nor a status of one
 */
export function runError({ code, json }: ErrorArguments, { stdout }: ErrorWorld): number {
  const found = code === undefined ? describeErrors() : find(code);
  const [only, ...others] = found;
  if (json) stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else stdout.write(only !== undefined && others.length === 0 ? entry(only) : table(found));
  return exitCode.ok;
}

/** The entries that `text` stands for, whatever its case; at least one. */
function find(text: string): readonly ErrorDescription[] {
  const all = describeErrors();
  const wanted = text.toLowerCase();
  const found = all.filter(
    (error) =>
      String(error.status) === wanted || namesOf(error).some((name) => name.toLowerCase() === wanted),
  );
  if (found.length > 0) return found;
  if (/^\d+$/.test(wanted)) {
    const statuses = [...new Set(all.map(({ status }) => status))].sort((a, b) => a - b);
    throw new UsageError(`no error has the status ${text}; there are ${statuses.join(', ')}`);
  }
  const meant = closest(text, all.flatMap(namesOf));
  const hint = meant === undefined ? "'ioncore error' lists all" : `did you mean ${meant}?`;
  throw new UsageError(`there is no error code '${text}'; ${hint}`);
}

/** Its code and, where that has one of its own, its class. */
function namesOf({ code, className }: ErrorDescription): readonly string[] {
  return className === 'ContainerError' ? [code] : [code, className];
}

function table(entries: readonly ErrorDescription[]): string {
  const rows = entries.map(({ code, status, retryable, executed, meaning }) => [
    code,
    String(status),
    retryable ? 'yes' : 'no',
    executed,
    meaning,
  ]);
  return textTable(['CODE', 'STATUS', 'RETRY', 'EXECUTED', 'MEANING'], rows);
}

function entry(error: ErrorDescription): string {
  const { retry, executed, reach } = factsOf(error);
  const facts = [
    ['what to do', error.remedy],
    ['another try', retry],
    ['executed', executed.replaceAll('`', '')],
    ['concerns', reach],
    ['for example', error.example],
  ] as const;
  return [
    `${error.code}   status ${error.status}, class ${error.className}`,
    '',
    error.meaning,
    '',
    ...facts.map(([name, text]) => `  ${name.padEnd(11)}  ${text}`),
    '',
  ].join('\n');
}
