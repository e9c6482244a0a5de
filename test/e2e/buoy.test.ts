import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AppFolder } from '../support/app-folder.ts';
import { usePrograms } from '../support/cli.ts';

const start = usePrograms();
let folder: AppFolder;
beforeEach(async () => {
  folder = await AppFolder.make();
});
afterEach(() => folder.dispose());

test('buoy.app: simulated instruments, their means and the file of both', async () => {
  const file = join(folder.path, 'buoy.jsonl');
  const args = JSON.stringify({ apparg_buoy: { file, pace: 600, origin: 'ship7.mast' } });
  const script = [
    "const account = () => rpc_send('buoy', 'account');",
    // Four minutes of nine sentences a second.
    'while ((await account()).lines < 2160) await new Promise((resolve) => setTimeout(resolve, 50));',
    "Object.keys((await account()).published).includes('sensor.depth')",
  ];
  const program = start(['start', 'res/apps/buoy.app', '-a', args], { input: script.join('\n') });
  expect({ exit: await program.exited(), stderr: program.stderr }).toEqual({ exit: 0, stderr: '' });
  expect(program.stdout).toBe('true\n');
  const recorded = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const types = new Set(
    recorded.map((line) => JSON.parse(line)).map(({ type, origin }) => `${origin} ${type}`),
  );
  expect([...types]).toEqual(
    expect.arrayContaining([
      'ship7.mast sensor.position',
      'ship7.mast sensor.wind.apparent',
      'ship7.mast mean.position',
      'ship7.mast mean.wind.apparent',
    ]),
  );
});

test('buoy.app: an argument that cannot be used is told, and nothing starts', async () => {
  const program = start(['start', 'res/apps/buoy.app', '-a', '{apparg_buoy: {source: "tcp://buoy"}}'], {
    input: '',
  });
  expect(await program.exited()).not.toBe(0);
  expect(program.stderr).toContain(
    "buoy: source is 'tcp://buoy'; expected 'simulator', the path of a file, or tcp://",
  );
});
