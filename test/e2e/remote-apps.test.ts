import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppProject } from '../support/app-project.ts';
import { makeTestVhost } from '../support/broker.ts';
import { usePrograms } from '../support/cli.ts';

const start = usePrograms();
let project: AppProject;
let vhost: Awaited<ReturnType<typeof makeTestVhost>>;

beforeAll(async () => {
  vhost = await makeTestVhost('remote-apps');
});
afterAll(() => vhost.dispose());

/** An app that serves its own name; it needs those of `remote` in other containers. */
async function app(name: string, remote: readonly string[], timeoutMs = 30_000): Promise<string> {
  await project.write(
    `${name}.mjs`,
    `import { ServiceProcess } from 'ioncore';
     class Named extends ServiceProcess { static serviceName = '${name}'; op_word() { return '${name}'; } }
     export const start = async (container) => [await container.spawn(Named), []];`,
  );
  const needs = remote.map(
    (other) => `{name: ${other}, remote: true, services: [${other}], timeoutMs: ${timeoutMs}}`,
  );
  return project.app(name, `./${name}.mjs`, `registered: [${name}]\napplications: [${needs.join(', ')}]\n`);
}

const run = (sysname: string, ...args: readonly string[]) =>
  start(['start', '--sysname', sysname, '--broker', vhost.url, '--log-level', 'info', ...args]);

beforeEach(async () => {
  project = await AppProject.make();
});
afterEach(() => project.dispose());

describe('an app that needs an app of another container, on RabbitMQ', () => {
  test('says what it waits for, and starts when that is there, before or after it', async () => {
    const [needing, needed] = [await app('needing', ['needed']), await app('needed', [])];
    const first = run('meeting', needing);
    await first.until('stderr', /waiting for needed .*app=needing services=.*needed/);
    const second = run('meeting', needed);
    await first.until('stderr', / ready /);
    first.write("await rpc_send('needed', 'word')\n");
    await first.until('stdout', /needed\n/);
    const third = run('meeting', needing);
    await third.until('stderr', / ready /);
    expect(third.stderr).not.toContain('waiting for');
    for (const program of [first, third, second]) {
      program.signal('SIGTERM');
      await program.succeeded();
    }
  });

  test('two that wait for each other both say so and give up after their time', async () => {
    const files = [await app('hen', ['egg'], 2_000), await app('egg', ['hen'], 2_000)];
    const programs = files.map((file) => run('ring', '-n', file));
    for (const [at, program] of programs.entries()) {
      expect(await program.exited()).toBe(1);
      const [own, other] = at === 0 ? ['hen', 'egg'] : ['egg', 'hen'];
      expect(program.stderr).toMatch(new RegExp(`waiting for ${other} .*app=${own}`));
      expect(program.stderr).toContain(
        `ioncore: StartFailed: app '${own}' (${files[at]}) could not be started: it has waited 2000 ms for the app '${other}' of another container: nobody in system 'ring' serves '${other}'; `,
      );
      expect(program.stderr).toMatch(/container stopped .*complete=true/);
    }
  });

  test('a signal ends the wait at once', async () => {
    const program = run('alone', '-n', await app('needing', ['needed']));
    await program.until('stderr', /waiting for needed/);
    program.signal('SIGTERM');
    await program.succeeded(5_000);
    expect(program.stderr).toMatch(/container stopped .*complete=true/);
    expect(program.stderr).not.toMatch(/^ioncore: /m);
  });
});
