import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canInstall, installPackages } from './apt.ts';
import { report } from './report.ts';

const run = promisify(execFile);

/** What the programs of examples/python and test/support import, and Debian's packages with them. */
const modules = ['pika', 'msgpack'];
const packages = ['python3-pika', 'python3-msgpack'];

/**
 * Finds a Python that has pika and msgpack, with which tests call and serve containers as a stranger would: the one that IONCORE_TEST_PYTHON
 * names, Debian's own, or one on the PATH; on Debian as root it installs the packages first. Rejects naming these choices.
 */
export async function obtainPython(): Promise<{ readonly IONCORE_TEST_PYTHON: string }> {
  const given = process.env.IONCORE_TEST_PYTHON;
  if (given) {
    if (await hasModules(given)) return { IONCORE_TEST_PYTHON: given };
    throw new Error(`IONCORE_TEST_PYTHON names ${given}, which cannot import ${modules.join(' and ')}`);
  }
  const found = await findPython();
  if (found !== undefined) return { IONCORE_TEST_PYTHON: found };
  if (canInstall()) await installPackages(packages);
  const installed = await findPython();
  if (installed === undefined) throw new Error(withoutModules);
  report(`Python with ${modules.join(' and ')}: ${installed}`);
  return { IONCORE_TEST_PYTHON: installed };
}

async function findPython(): Promise<string | undefined> {
  for (const python of ['/usr/bin/python3', 'python3']) if (await hasModules(python)) return python;
  return undefined;
}

async function hasModules(python: string): Promise<boolean> {
  return run(python, ['-c', `import ${modules.join(', ')}`]).then(
    () => true,
    () => false,
  );
}

const withoutModules = `the tests need a Python 3 with the packages pika and msgpack, and there is none. Any of these helps:
  - set IONCORE_TEST_PYTHON to a Python that can import both;
  - install them for the python3 on the PATH: pip install pika msgpack, or your system's packages (python3-pika, python3-msgpack);
  - on Debian or Ubuntu, run this once as root: it installs the packages itself;
  - run only what needs neither: npm test -- --selectProjects unit`;
