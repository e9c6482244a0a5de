import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConfigurationError, ConflictError } from '../../../src/errors/index.ts';
import { FileCheckpoints } from '../../../src/process/file-checkpoints.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ioncore-checkpoints-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('FileCheckpoints', () => {
  test('FileCheckpoints#load() gives nothing for a new key, and makes the directory', async () => {
    const below = join(directory, 'a', 'b');
    expect(await new FileCheckpoints(below, 'ship.1').load('sys.feet.sensor.depth')).toBeUndefined();
    expect(await readdir(below)).toEqual(['sys.feet.sensor.depth.json']);
  });

  test('FileCheckpoints#load() gives what was saved last, to the next process too', async () => {
    const first = new FileCheckpoints(directory, 'ship.1');
    await first.load('feet');
    await first.save('feet', { offset: 1, index: 2 });
    await first.save('feet', { offset: 41, index: 1 });
    expect(await new FileCheckpoints(directory, 'ship.2').load('feet')).toEqual({ offset: 41, index: 1 });
    expect(JSON.parse(await readFile(join(directory, 'feet.json'), 'utf8'))).toEqual({
      next: { offset: 41, index: 1 },
      owner: 'ship.2',
      claim: 2,
    });
    expect(await readdir(directory)).toEqual(['feet.json']);
  });

  test('FileCheckpoints#load() takes what an operator has written, and any name as a key', async () => {
    await writeFile(join(directory, 'my%20feet%2F1.json'), '{ "next": { "offset": 7 } }');
    expect(await new FileCheckpoints(directory, 'ship.1').load('my feet/1')).toEqual({ offset: 7, index: 0 });
  });

  test.each([
    ['', 'an empty file'],
    ['{"next": {"offset": 41, "ind', 'a file cut short'],
    ['\0\0\0\0\0\0\0\0', 'zeros'],
    ['[]', 'no map'],
    ['{"owner": "ship.1"}', 'no place'],
    ['{"next": {"offset": -1, "index": 0}}', 'a negative offset'],
    ['{"next": {"offset": 1.5, "index": 0}}', 'a broken offset'],
    ['{"next": {"offset": 1, "index": "0"}}', 'an index that is a text'],
    ['{"next": {"offset": 1, "index": 0}, "owner": 7}', 'an owner that is none'],
    ['{"next": {"offset": 1, "index": 0}, "claim": "1"}', 'a claim that is a text'],
  ])('FileCheckpoints#load() refuses %j (%s), naming the file, and leaves it as it is', async (text) => {
    const path = join(directory, 'feet.json');
    await writeFile(path, text);
    const loaded = new FileCheckpoints(directory, 'ship.1').load('feet');
    await expect(loaded).rejects.toThrow(ConfigurationError);
    await expect(loaded).rejects.toThrow(`${path} is no checkpoint: expected {"next": `);
    await expect(loaded).rejects.toThrow('remove it to begin anew');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('FileCheckpoints#load() names a directory that cannot be used', async () => {
    const path = join(directory, 'file');
    await writeFile(path, '');
    const loaded = new FileCheckpoints(path, 'ship.1').load('feet');
    await expect(loaded).rejects.toThrow(ConfigurationError);
    await expect(loaded).rejects.toThrow(`the checkpoint ${join(path, 'feet.json')} cannot be used: `);
  });

  test('FileCheckpoints#save() is refused when another process has loaded the key since', async () => {
    const former = new FileCheckpoints(directory, 'ship.1');
    await former.load('feet');
    await former.save('feet', { offset: 5, index: 1 });
    const latter = new FileCheckpoints(directory, 'ship.2');
    await latter.load('feet');
    const late = former.save('feet', { offset: 9, index: 1 });
    await expect(late).rejects.toThrow(ConflictError);
    await expect(late).rejects.toThrow(/feet\.json is process ship\.2's now, and was process ship\.1's/);
    await latter.save('feet', { offset: 6, index: 1 });
    expect(await new FileCheckpoints(directory, 'ship.3').load('feet')).toEqual({ offset: 6, index: 1 });
  });

  test('FileCheckpoints#save() is not refused because of what the one before has left after its end', async () => {
    const former = new FileCheckpoints(directory, 'ship.1');
    await former.load('feet');
    await former.save('feet', { offset: 5, index: 1 });
    const left = await readFile(join(directory, 'feet.json'));
    const latter = new FileCheckpoints(directory, 'ship.2');
    await latter.load('feet');
    await writeFile(join(directory, 'feet.json'), left);
    await latter.save('feet', { offset: 6, index: 1 });
    await expect(former.save('feet', { offset: 9, index: 1 })).rejects.toThrow(ConflictError);
  });

  test.each([
    ['the later process of a container', 'ship.9', 'ship.10'],
    ['one of two containers', 'pier.2', 'ship.1'],
  ])(
    'FileCheckpoints#save() of two that had to take the same claim is left to %s',
    async (_name, one, other) => {
      const file = join(directory, 'feet.json');
      const [former, latter] = [new FileCheckpoints(directory, one), new FileCheckpoints(directory, other)];
      await former.load('feet');
      // A third one, killed before, comes to the end of its save only now.
      await writeFile(file, '{ "next": { "offset": 7 }, "owner": "ship.8", "claim": 0 }');
      await latter.load('feet');
      await writeFile(file, `{ "next": { "offset": 8 }, "owner": "${one}", "claim": 1 }`);
      await latter.save('feet', { offset: 9, index: 0 });
      await expect(former.save('feet', { offset: 8, index: 1 })).rejects.toThrow(ConflictError);
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ next: { offset: 9 }, owner: other });
    },
  );

  test('FileCheckpoints#save() makes a file anew that somebody has removed', async () => {
    const store = new FileCheckpoints(directory, 'ship.1');
    await store.load('feet');
    await rm(join(directory, 'feet.json'));
    await store.save('feet', { offset: 5, index: 1 });
    expect(await store.load('feet')).toEqual({ offset: 5, index: 1 });
  });
});
