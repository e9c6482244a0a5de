import { describe, expect, test } from '@jest/globals';
import { usePrograms } from '../support/cli.ts';

const stuck = 'test/e2e/fixtures/stuck.app';
const hungStop = 'test/e2e/fixtures/stopping/hung-stop.app';

describe('ioncore start, when a stop hangs', () => {
  const start = usePrograms();

  test('ends within container.stopMs and names what had not ended', async () => {
    const program = start(['start', '-n', '--set', 'container.stopMs=2000', stuck, hungStop]);
    await program.until('stderr', / ready /);
    const startedAt = performance.now();
    program.signal('SIGTERM');
    expect(await program.exited()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    const [, told = ''] = program.stderr.split('ioncore: stopped in ');
    expect(told).toMatch(
      /^\d\.\d s, but not everything had ended:\n {2}process \S+\.1 \(Stuck\) was killed: its onInit or onTerminate, its children or what it holds had not ended\n {2}app hung-stop: its stop had not ended\n$/,
    );
  });

  test('on a terminal it tells each second how far it is', async () => {
    const steps = [
      ['expect', 'ready'],
      ['send', '\u0003'],
      [
        'expect',
        'ioncore: stopping for 1.0 s: apps (apps: stuck; processes: 1); what is left is cut off within',
      ],
      ['expect', 'was killed: its onInit or onTerminate'],
    ];
    const command = [
      process.execPath,
      'dist/main.js',
      'start',
      '-n',
      '--set',
      'container.stopMs=4000',
      stuck,
    ];
    const driver = start(['test/support/pty_driver.py', JSON.stringify(steps), ...command], {
      command: process.env.IONCORE_TEST_PYTHON ?? 'python3',
      input: '',
      hasChildren: true,
    });
    await driver.succeeded(40_000);
    expect(JSON.parse(driver.stdout)).toMatchObject({ exit: 0, failed: null });
  });
});
