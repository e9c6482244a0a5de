import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

describe('ConversationManager#send() that nobody awaits', () => {
  // In a Node of its own: Jest would take the unhandled rejection before Node does.
  test('never becomes an unhandled rejection, however it fails', async () => {
    const fixture = join(import.meta.dirname, 'fixtures', 'unawaited-send.ts');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', fixture], {
      cwd: join(import.meta.dirname, '..', '..', '..'),
      env: { PATH: process.env.PATH },
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'alive\n', stderr: '' });
  });
});
