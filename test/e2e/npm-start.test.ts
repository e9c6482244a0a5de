import { expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const start = usePrograms();

test('npm start takes a line from a pipe and prints nothing but its result', async () => {
  const program = start(['start', '--silent'], {
    command: 'npm',
    input: "await rpc_send('hello', 'hello', 'you')\n",
    hasChildren: true,
  });
  // It may have to build first.
  await program.succeeded(60_000);
  expect(program.stdout).toBe('Hello there, you\n');
}, 90_000);
