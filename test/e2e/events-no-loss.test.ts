import { expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const run = usePrograms();

/** A small one, of each disturbance one; `npm run soak:events` publishes 1 000 000. */
test('subscribers killed and stopped, RabbitMQ killed and restarted, connections cut: no confirmed event is lost, all that comes twice is marked', async () => {
  const node = ['--disable-warning=ExperimentalWarning', '--import', 'tsx', 'test/soak/events.ts'];
  const size = ['--events', '20000', '--seed', '1', '--minutes', '1'];
  const program = run([...node, ...size], { command: process.execPath, hasChildren: true });
  const exit = await program.exited(170_000);
  expect(program.stdout.split('\n').filter((line) => line.includes('✗'))).toEqual([]);
  expect(program.stderr).toBe('');
  expect(program.stdout).toContain('seed 1,');
  expect(exit).toBe(0);
}, 180_000);
