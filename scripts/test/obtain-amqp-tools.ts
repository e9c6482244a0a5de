import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canInstall, installPackages } from './apt.ts';
import { report } from './report.ts';

const run = promisify(execFile);

/**
 * Makes sure of rabbitmq-c's command line tools (`amqp-publish` and its kin), with which a test calls a service from a shell: on Debian as root it
 * installs their package. Without them that test is skipped.
 */
export async function obtainAmqpTools(): Promise<void> {
  if (await hasTools()) return;
  if (canInstall()) await installPackages(['amqp-tools']);
  if (!(await hasTools())) report('no amqp-publish on the PATH (package amqp-tools): its test is skipped');
}

function hasTools(): Promise<boolean> {
  return run('amqp-publish', ['--help']).then(
    () => true,
    () => false,
  );
}
