import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Interrupt } from './interrupt.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** After an interruption Jest may finish for so long, then it is killed. */
const graceMs = 10_000;

/** Runs Jest with the terminal as its own, and resolves with its exit code. */
export async function runJest(
  jestArguments: readonly string[],
  env: Readonly<Record<string, string>>,
  interrupt: Interrupt,
): Promise<number> {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...jestArguments,
    ],
    // NODE_OPTIONS would load tsx into every worker.
    { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' },
  );
  const exited: Promise<[number | null, NodeJS.Signals | null]> = once(jest, 'exit').then(
    ([code, signal]) => [typeof code === 'number' ? code : null, signal],
  );
  let killTimer: NodeJS.Timeout | undefined;
  const interrupted = () => {
    jest.kill('SIGTERM');
    killTimer = setTimeout(() => jest.kill('SIGKILL'), graceMs);
  };
  interrupt.signal.addEventListener('abort', interrupted, { once: true });
  const [code] = await exited;
  clearTimeout(killTimer);
  interrupt.signal.removeEventListener('abort', interrupted);
  return interrupt.signal.aborted ? interrupt.exitCode() : (code ?? 1);
}
