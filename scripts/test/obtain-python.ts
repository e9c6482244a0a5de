import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canInstall, installPackages } from './apt.ts';
import { report } from './report.ts';

const run = promisify(execFile);

/**
 * Finds a Python that has pika, with which a test calls a container as a stranger would: the one that IONCORE_TEST_PYTHON names, Debian's
 * own, or one on the PATH; on Debian as root it installs the package first. Rejects naming these choices.
 */
export async function obtainPython(): Promise<{ readonly IONCORE_TEST_PYTHON: string }> {
  const given = process.env.IONCORE_TEST_PYTHON;
  if (given) {
    if (await hasPika(given)) return { IONCORE_TEST_PYTHON: given };
    throw new Error(`IONCORE_TEST_PYTHON names ${given}, which cannot import pika`);
  }
  const found = await findPython();
  if (found !== undefined) return { IONCORE_TEST_PYTHON: found };
  if (canInstall()) await installPackages(['python3-pika']);
  const installed = await findPython();
  if (installed === undefined) throw new Error(withoutPika);
  report(`Python with pika: ${installed}`);
  return { IONCORE_TEST_PYTHON: installed };
}

async function findPython(): Promise<string | undefined> {
  for (const python of ['/usr/bin/python3', 'python3']) if (await hasPika(python)) return python;
  return undefined;
}

async function hasPika(python: string): Promise<boolean> {
  return run(python, ['-c', 'import pika']).then(
    () => true,
    () => false,
  );
}

const withoutPika = `the tests need a Python 3 with the package pika, and there is none. Any of these helps:
  - set IONCORE_TEST_PYTHON to a Python that can import pika;
  - install it for the python3 on the PATH: pip install pika, or your system's package (python3-pika);
  - on Debian or Ubuntu, run this once as root: it installs the package python3-pika itself;
  - run only what needs neither: npm test -- --selectProjects unit`;
