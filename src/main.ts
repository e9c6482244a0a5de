#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCli } from './cli/index.ts';
import { systemEnv } from './util/index.ts';

// SIGHUP is a terminal that closes. Node takes it again where it was ignored, as under nohup, and tells nobody that it was.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

// Who read our output is gone (`ioncore start … | head`): that asks to stop, as a signal does. Lost log lines are no reason.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const code = await runCli(process.argv.slice(2), String(version), {
  env: systemEnv(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  variables: process.env,
  onSignal: (listener) => {
    const outputClosed = (): void => listener('EPIPE');
    // Each lost line is an error, but it closes once: the next must not count as a second signal.
    process.stdout.once('error', outputClosed);
    for (const signal of signals) process.on(signal, listener);
    return () => {
      process.stdout.off('error', outputClosed);
      for (const signal of signals) process.off(signal, listener);
    };
  },
  exit: (exitWith) => process.exit(exitWith),
});
// What still runs is a handler that outlived its container, named in the log; it must not keep the program alive.
process.exit(code);
