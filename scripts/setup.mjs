/**
 * What a fresh clone lacks: `npm start` and `npm test` run this first. Installs the dependencies when they are missing or older than the
 * lock file, and with `--build` builds `dist/` when a source is newer. It never reads standard input and never writes to standard
 * output: both belong to the program that follows. Plain JavaScript, since nothing is installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Ioncore needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one and try again.`,
  );
}

onceFor('node_modules/.ioncore-installed', ['package.json', 'package-lock.json'], () => {
  tell('installing dependencies, once …');
  // Not `npm ci`: it refuses a lock file that lacks an optional package of some other platform. This keeps to the lock file as well,
  // and does not write it.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', args, 'Are you online? Try `npm install` by hand.');
});

if (process.argv.includes('--build')) {
  const sources = [
    'build.ts',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    ...filesBelow('src'),
  ];
  onceFor('dist/.ioncore-built', sources, () => {
    tell('building …');
    run(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'build.ts'], 'Mend what the lines above name.');
  });
}

/** Runs `work` unless `stamp` says that it was done for the present contents of `files`. */
function onceFor(stamp, files, work) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  const digest = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  work();
  writeFileSync(stamp, digest);
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

function run(command, args, remedy) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    fail(`'${command} ${args.join(' ')}' failed${error ? `: ${error.message}` : ''}. ${remedy}`);
}

function tell(text) {
  process.stderr.write(`ioncore: ${text}\n`);
}

function fail(text) {
  tell(text);
  process.exit(1);
}
