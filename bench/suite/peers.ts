import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the peers' `package.json` is. */
export const benchDirectory = fileURLToPath(new URL('..', import.meta.url));

/** Installs the peers, as `bench/package-lock.json` has them, unless that was done before. */
export async function installPeers(progress: (what: string) => void): Promise<void> {
  const lock = await readFile(`${benchDirectory}package-lock.json`, 'utf8');
  const stamp = `${benchDirectory}node_modules/.installed`;
  if ((await readFile(stamp, 'utf8').catch(() => '')) === lock) return;
  progress('peers: installing');
  await npmCi();
  await writeFile(stamp, lock);
}

function npmCi(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: benchDirectory,
      stdio: ['ignore', 2, 2],
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`npm ci in ${benchDirectory} ended with ${code}; is there a network?`));
    });
  });
}
