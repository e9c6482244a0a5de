import { appsConfig, checkFiles } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import { configSections } from '../container/index.ts';
import { exitCode } from './exit-code.ts';
import type { Assignments } from './option-variables.ts';

/** Where texts are written: a standard stream. */
export interface TextOutput {
  write(text: string): boolean;
}

/** How the result of `ioncore check` is shown. */
export interface CheckArguments extends Partial<Assignments> {
  /** The whole report as one JSON value on standard output. */
  readonly json: boolean;
  /** A further configuration file, as `start` takes it: it may say where apps are looked up. Default none. */
  readonly file?: string | undefined;
}

/** What the command touches of the outside. */
export interface CheckWorld {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** The environment's variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where `ioncore.yaml` is, which may say where apps are looked up. */
  readonly configDirectory: string;
}

/**
 * `ioncore check`: tells everything that is wrong with `.app` and `.rel` files and what they name, without starting anything. Each
 * problem is a line `file:line:column: message` on standard error; with `json` the report `{files, problems}` goes to standard output
 * instead, problems or none. Resolves with the exit code: 0 if nothing is wrong, else 1.
 */
export async function runCheck(
  files: readonly string[],
  { json, file, assignments = [], assignedBy }: CheckArguments,
  { stdout, stderr, variables, configDirectory }: CheckWorld,
): Promise<number> {
  const sections = configSections;
  const config = await loadConfig({
    sections,
    directory: configDirectory,
    file,
    variables,
    assignments,
    assignedBy,
  });
  const { directories } = config.section(appsConfig);
  const report = await checkFiles(files, { directories, sections });
  const { problems } = report;
  const checked = count(report.files.length, 'file');
  if (json) {
    stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (problems.length === 0) {
    stdout.write(`${checked} checked, no problems\n`);
  } else {
    for (const { file, line, column, message } of problems) {
      stderr.write(`${file}:${line}:${column}: ${message}\n`);
    }
    stderr.write(`${checked} checked, ${count(problems.length, 'problem')}\n`);
  }
  return problems.length === 0 ? exitCode.ok : exitCode.failed;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
