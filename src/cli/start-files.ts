import { createReadStream } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Container } from '../container/index.ts';
import { ConfigurationError, ContainerError, messageOf } from '../errors/index.ts';

/** Where the results and errors of scripts go. */
export interface ScriptOutput {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Whether a file of the command line is an app or a release; else it is a script. */
export function isAppOrRelease(file: string): boolean {
  return file.endsWith('.rel') || file.endsWith('.app') || /^[A-Za-z0-9_-]+$/.test(file);
}

/**
 * Runs what the command line names, in order: apps (`.app` files, or names without an ending), which are permanent, releases (`.rel`), scripts (any
 * other file: lines for the prompt).
 *
 * @throws whatever the first of them that fails throws; the later ones are not run
 */
export async function runFiles(
  container: Container,
  files: readonly string[],
  output: ScriptOutput,
): Promise<void> {
  for (const file of files) {
    if (file.endsWith('.rel')) await container.apps.startRelease(file);
    else if (isAppOrRelease(file)) await container.apps.start(file, { startType: 'permanent' });
    else await runScriptFile(container, file, output);
  }
}

/**
 * Calls the function `boot` of a module with the container (ION's boot script). Apps that it starts are permanent unless it says otherwise.
 *
 * @throws ConfigurationError if it cannot be called, StartFailed if it throws
 */
export async function runBootScript(container: Container, file: string): Promise<void> {
  let exported: object;
  try {
    exported = await import(pathToFileURL(resolve(file)).href);
  } catch (cause) {
    throw new ConfigurationError(
      `--boot-script ${file} cannot be loaded: ${messageOf(cause).split('\n', 1)[0]}`,
      { cause },
    );
  }
  const boot = 'boot' in exported ? exported.boot : undefined;
  if (typeof boot !== 'function') {
    throw new ConfigurationError(
      `--boot-script ${file} has no function 'boot'; export one that takes the container`,
    );
  }
  try {
    await container.apps.startingAs('permanent', async () => boot(container));
  } catch (cause) {
    throw new ContainerError('StartFailed', `--boot-script ${file} failed: ${messageOf(cause)}`, { cause });
  }
}

async function runScriptFile(
  container: Container,
  file: string,
  { stdout, stderr }: ScriptOutput,
): Promise<void> {
  try {
    await access(file);
  } catch {
    throw new ConfigurationError(
      `${file}: there is no such file; give .app or .rel files, names of apps, or scripts`,
    );
  }
  await refuseBinary(file);
  // Most containers need no shell, and it would take its share of every start.
  const { runScript } = await import('../shell/index.ts');
  const isGood = await runScript(container, {
    input: createReadStream(file),
    output: stdout,
    errors: stderr,
  });
  if (!isGood) throw new ContainerError('StartFailed', `${file}: lines of the script failed`);
}

/** Other files than regular ones (pipes) cannot be read twice. */
async function refuseBinary(file: string): Promise<void> {
  if (!(await stat(file)).isFile()) return;
  if (!(await readFile(file)).includes(0)) return;
  throw new ConfigurationError(
    `${file}: a binary file is no script; give .app or .rel files, names of apps, or scripts`,
  );
}
