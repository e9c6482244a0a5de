import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { access, chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { report } from './report.ts';

const aptGet = '/usr/bin/apt-get';
const policy = '/usr/sbin/policy-rc.d';
const policyAside = `${policy}.ioncore-test`;

/** Whether this is a Debian (or its kin) and we are root. */
export function canInstall(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    accessSync(aptGet, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Installs packages without asking anything and without starting a service of theirs; rejects with apt-get's last lines. What a
 * package starts in spite of that is ended, and reported.
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  report(`installing ${packages.join(' ')} (apt-get; this may take a minute)`);
  const before = new Set((await erlangProcesses()).map(({ pid }) => pid));
  await withoutServiceStarts(async () => {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if ((await apt(install)).code === 0) return;
    report('apt-get update');
    await apt(['update']);
    const { code, output } = await apt(install);
    if (code !== 0) throw new Error(`apt-get ${install.join(' ')} failed:\n${lastLines(output)}`);
  });
  for (const { pid, program } of await erlangProcesses()) {
    if (before.has(pid)) continue;
    report(`ending ${program} (${pid}), which the installation started`);
    process.kill(pid, 'SIGTERM');
  }
}

/** Debian's maintainer scripts ask policy-rc.d before they start a service; 101 says no. */
async function withoutServiceStarts(install: () => Promise<void>): Promise<void> {
  // One that is aside already comes from a run that was killed here, and then the present one is ours.
  const moved = (await exists(policyAside)) || (await exists(policy));
  if (moved && !(await exists(policyAside))) await rename(policy, policyAside);
  try {
    await writeFile(policy, '#!/bin/sh\nexit 101\n');
    await chmod(policy, 0o755);
    await install();
  } finally {
    if (moved) await rename(policyAside, policy);
    else await rm(policy, { force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function apt(args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(aptGet, ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : 1, output };
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n');
}

/** The Erlang machines and epmds of this system. */
async function erlangProcesses(): Promise<{ pid: number; program: string }[]> {
  const found: { pid: number; program: string }[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (['beam.smp', 'epmd'].includes(program.trim())) {
      found.push({ pid, program: program.trim() });
    }
  }
  return found;
}
