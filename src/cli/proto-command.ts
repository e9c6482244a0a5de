import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { ConfigurationError } from '../errors/index.ts';
import { readProtoModule } from '../process/index.ts';
import { exitCode } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

/** `ioncore proto` as it was given. */
export interface ProtoArguments {
  readonly command: 'proto';
  /** None: every `.proto` with a service below `./proto`. */
  readonly files: readonly string[];
  /** Where the module goes; `-` is standard output. Default: beside the file, with `.ts`. */
  readonly out: string | undefined;
  /** Write nothing, and tell whether each module is what would be written. */
  readonly check: boolean;
}

/** What the command touches of the outside, besides files. */
export interface ProtoWorld {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** The directory in which `.proto` files are looked for. */
const protoDirectory = 'proto';

/**
 * `ioncore proto`: makes the TypeScript module of each `.proto` file, with types and a contract. Resolves with the exit code: 1 if `check`
 * finds a module that is another or missing.
 *
 * @throws ConfigurationError naming file and line of what is wrong; UsageError for `out` with several files
 */
export async function runProto(args: ProtoArguments, { stdout, stderr }: ProtoWorld): Promise<number> {
  const isSearch = args.files.length === 0;
  const files = isSearch ? await protoFiles() : args.files;
  if (args.out !== undefined && (isSearch || files.length > 1)) {
    throw new UsageError('--out is for one FILE; without it each module goes beside its file');
  }
  let differing = 0;
  for (const file of files) {
    const out = args.out ?? `${file.replace(/\.proto$/, '')}.ts`;
    const source = out === '-' ? file : relative(dirname(out), file).split(sep).join('/');
    const text = await readProtoModule(file, { source });
    if (text === undefined) {
      if (!isSearch)
        throw new ConfigurationError(`${file} has no service, so there is no contract to make of it`);
    } else if (args.check) {
      if (await holds(out, text)) continue;
      differing += 1;
      stderr.write(
        `${out} is not what ${file} makes; run: ioncore proto ${file}${args.out ? ` -o ${out}` : ''}\n`,
      );
    } else if (out === '-') {
      stdout.write(text);
    } else {
      await write(out, text);
      stdout.write(`${out}\n`);
    }
  }
  return differing === 0 ? exitCode.ok : exitCode.failed;
}

async function protoFiles(): Promise<string[]> {
  const names = await readdir(protoDirectory, { recursive: true }).catch(() => {
    throw new UsageError(`there is no directory ./${protoDirectory} to look in; name a FILE`);
  });
  return names
    .filter((name) => name.endsWith('.proto'))
    .map((name) => join(protoDirectory, name))
    .sort();
}

async function holds(path: string, text: string): Promise<boolean> {
  return readFile(path, 'utf8').then(
    (found) => found === text,
    () => false,
  );
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new ConfigurationError(`${path} cannot be written`, { cause });
  }
}
