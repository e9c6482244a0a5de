import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './cli.ts';

const run = promisify(execFile);

/** One file of a package, as npm tells. */
export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

/** The package as `npm pack` makes it of what was built. */
export interface PackedPackage {
  /** The path of the tarball. */
  readonly tarball: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly PackedFile[];
}

/** What npm is told here over what it reads of the one who runs the tests (registry, proxy): one cache for the run, and to be quiet. */
export function npmEnv(): Readonly<Record<string, string>> {
  return {
    npm_config_cache: join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'npm-cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
  };
}

/** A new directory for one test file; the caller removes it with `rm`. */
export function makeDirectory(label: string): Promise<string> {
  return mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), `${label}-`));
}

/** Packs `dist/` and what belongs to it into `directory`, without building anything. */
export async function packPackage(directory: string): Promise<PackedPackage> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await run('npm', args, {
    cwd: projectRoot,
    env: { ...process.env, ...npmEnv() },
    maxBuffer: 16 * 1024 * 1024,
  });
  const [packed] = JSON.parse(stdout);
  return {
    tarball: join(directory, packed.filename),
    sizeBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.files,
  };
}

/** A copy of an author's project, `from`, that depends on the packed tarball. Nothing is installed yet. */
export async function copyProject(from: string, to: string, tarball: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|package-lock\.json)$/.test(path),
  });
  const file = join(to, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.dependencies.ioncore = `file:${tarball}`;
  await writeFile(file, JSON.stringify(manifest, null, 2));
  await rm(join(to, 'package-lock.json'), { force: true });
}
