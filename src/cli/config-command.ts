import { appsConfig, readAppSettings } from '../app/index.ts';
import { type Config, type Explanation, loadConfig } from '../config/index.ts';
import { configSections } from '../container/index.ts';
import { exitCode } from './exit-code.ts';
import type { Assignments } from './option-variables.ts';

/** `ioncore config explain` as it was given. */
export interface ConfigArguments extends Assignments {
  readonly command: 'config';
  /** Paths to explain, none means all; and `.app` and `.rel` files, whose settings count too. */
  readonly paths: readonly string[];
  readonly file: string | undefined;
  readonly json: boolean;
}

/** What the command touches of the outside. */
export interface ConfigWorld {
  readonly stdout: { write(text: string): unknown };
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly configDirectory: string;
}

/** Shows settings with their values and where these came from: what a container that is started here would use. */
export async function runConfig(args: ConfigArguments, world: ConfigWorld): Promise<number> {
  const loaded = await loadConfig({
    sections: configSections,
    directory: world.configDirectory,
    file: args.file,
    variables: world.variables,
    assignments: args.assignments,
    assignedBy: args.assignedBy,
  });
  const files = args.paths.filter(isFile);
  const { directories } = loaded.section(appsConfig);
  const config = loaded.with(await readAppSettings(files, { directories, sections: configSections }));
  const paths = args.paths.filter((path) => !isFile(path));
  const explained = pathsOf(config, paths).map((path) => config.explain(path));
  world.stdout.write(
    args.json ? `${JSON.stringify(explained, null, 2)}\n` : explained.map(describe).join(''),
  );
  return exitCode.ok;
}

/** No setting is called `app` or `rel`. */
function isFile(path: string): boolean {
  return /\.(app|rel)$/.test(path);
}

/** Each given path, or all below it. */
function pathsOf(config: Config, given: readonly string[]): readonly string[] {
  if (given.length === 0) return config.paths;
  return given.flatMap((path) => {
    const below = config.paths.filter((candidate) => candidate.startsWith(`${path}.`));
    return below.length > 0 ? below : [path];
  });
}

function describe({ path, value, from, description, overridden }: Explanation): string {
  const others = overridden.map((other) => `    instead of ${JSON.stringify(other.value)} (${other.from})\n`);
  return `${path} = ${JSON.stringify(value)}   (${from})\n    ${description}\n${others.join('')}`;
}
