import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canInstall, installPackages } from './apt.ts';
import { report } from './report.ts';

const run = promisify(execFile);

/**
 * Finds protobuf's own compiler, with which a test writes and reads messages as a stranger would: the one that IONCORE_TEST_PROTOC names,
 * Debian's own, or one on the PATH; on Debian as root it installs the package first. Rejects naming these choices.
 */
export async function obtainProtoc(): Promise<{ readonly IONCORE_TEST_PROTOC: string }> {
  const given = process.env.IONCORE_TEST_PROTOC;
  if (given) {
    if (await works(given)) return { IONCORE_TEST_PROTOC: given };
    throw new Error(
      `IONCORE_TEST_PROTOC names ${given}, which is no protoc that finds google/protobuf/timestamp.proto`,
    );
  }
  const found = await findProtoc();
  if (found !== undefined) return { IONCORE_TEST_PROTOC: found };
  if (canInstall()) await installPackages(['protobuf-compiler', 'libprotobuf-dev']);
  const installed = await findProtoc();
  if (installed === undefined) throw new Error(withoutProtoc);
  report(`protoc: ${installed}`);
  return { IONCORE_TEST_PROTOC: installed };
}

async function findProtoc(): Promise<string | undefined> {
  for (const protoc of ['/usr/bin/protoc', 'protoc']) if (await works(protoc)) return protoc;
  return undefined;
}

/** With the messages that protobuf itself defines, which Debian has in a package of their own. */
async function works(protoc: string): Promise<boolean> {
  const finished = run(protoc, ['--encode=google.protobuf.Timestamp', 'google/protobuf/timestamp.proto']);
  finished.child.stdin?.end();
  return finished.then(
    () => true,
    () => false,
  );
}

const withoutProtoc = `the tests need protoc, the compiler of protobuf, and there is none. Any of these helps:
  - set IONCORE_TEST_PROTOC to a protoc;
  - install it so that protoc is on the PATH, with google/protobuf/*.proto (protobuf-compiler and libprotobuf-dev, or protobuf);
  - on Debian or Ubuntu, run this once as root: it installs the packages protobuf-compiler and libprotobuf-dev itself;
  - run only what does not need it: npm test -- --selectProjects unit`;
