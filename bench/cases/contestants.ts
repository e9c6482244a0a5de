import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Contestant } from '../suite/case.ts';
import { type WorkerSpec, workers } from '../suite/worker.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The worker program of that path below `bench/contestants`. */
export function program(path: string, ...args: string[]): WorkerSpec {
  return { command: process.execPath, args: [`${root}bench/contestants/${path}`, ...args] };
}

/** Two programs of one contestant, a server and a client, with the same arguments after the URL and the system's name. */
export function serverAndClient(
  name: string,
  settings: string,
  paths: string,
  ...args: string[]
): Contestant {
  const side = (which: string) => program(`${paths}-${which}.mjs`, '{broker}', '{system}', ...args);
  return workers(name, settings, { servers: [side('server')], client: side('client') });
}

/** `<name> <version>` of the packages that a peer's `package.json` fixes, which `npm ci` then installs. */
export function peerVersions(peer: string, ...names: string[]): string {
  const { dependencies } = packageAt(`bench/contestants/${peer}`);
  return names.map((name) => `${name} ${dependencies[name]}`).join(', ');
}

/** `<name> <version>` of a package of our own. */
export function ownVersion(name: string): string {
  return `${name} ${packageAt(`node_modules/${name}`).version}`;
}

/** This checkout's version. */
export const ioncoreVersion = `ioncore ${packageAt('.').version}`;

/** Whether a contestant is this checkout: such a one tells its version first. */
export function isIoncore({ settings }: Contestant): boolean {
  return settings.startsWith(ioncoreVersion);
}

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

function packageAt(directory: string): Package {
  return JSON.parse(readFileSync(`${root}${directory}/package.json`, 'utf8'));
}
