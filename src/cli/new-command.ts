import { exitCode } from './exit-code.ts';
import { writeProject } from './new-directory.ts';
import { projectNames } from './new-names.ts';
import { renderTemplate, templateDirectory } from './new-template.ts';

/** `ioncore new service` as it was given. */
export interface NewServiceArguments {
  readonly command: 'new';
  readonly kind: 'service';
  readonly name: string;
  /** Where the project is written. Default: `name`, below the working directory. */
  readonly directory: string | undefined;
}

/** What the command touches of the outside, besides files. */
export interface NewWorld {
  readonly stdout: { write(text: string): unknown };
  /** The version of this package: the project asks for it or a compatible later one. */
  readonly version: string;
}

/**
 * `ioncore new service NAME`: writes a project that an author goes on from, and tells the next steps. Resolves with the exit code.
 *
 * @throws UsageError for a name that no service can have, ConfigurationError when the directory is not empty or cannot be written; then
 * nothing is written
 */
export async function runNew(args: NewServiceArguments, { stdout, version }: NewWorld): Promise<number> {
  const names = projectNames(args.name);
  const directory = args.directory ?? args.name;
  const files = await renderTemplate(templateDirectory(args.kind), { ...names, version });
  await writeProject(directory, files);
  const lines = [
    `made the service '${args.name}' in ${directory}:`,
    ...files.map(({ path }) => `  ${path}`),
    '',
    'next:',
    ...[...(directory === '.' ? [] : [`cd ${directory}`]), 'npm install', 'npm test', 'npm start'].map(
      (step) => `  ${step}`,
    ),
  ];
  stdout.write(`${lines.join('\n')}\n`);
  return exitCode.ok;
}
