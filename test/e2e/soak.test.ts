import { expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const run = usePrograms();

/** A small one; `npm run soak` takes the whole fleet. Errors that nobody handles need an OS process of their own. */
test('after thousands of crashes the supervisors have their trees whole, and nothing of those that crashed is left', async () => {
  const node = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', 'tsx'];
  const size = ['--squadrons', '2', '--ships', '10', '--sailors', '15', '--crashes', '2500'];
  const program = run([...node, 'test/soak/main.ts', ...size], { command: process.execPath });
  const exit = await program.exited(60_000);
  expect(program.stdout.split('\n').filter((line) => line.includes('✗'))).toEqual([]);
  expect(program.stderr).toBe('');
  expect(exit).toBe(0);
}, 70_000);
