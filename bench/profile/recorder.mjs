/**
 * Loaded before a program (`node --import …/recorder.mjs?directory=…&microseconds=…`), and by Node's `fork()` before those that it starts: profiles it from
 * here to its end, and then writes a file with the words that it was started with and the profile. That is `node --cpu-prof`, which does not tell whose profile it is.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { searchParams } = new URL(import.meta.url);

if (isMainThread) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: Number(searchParams.get('microseconds')) });
  session.post('Profiler.start');
  process.once('exit', () =>
    session.post('Profiler.stop', (error, result) => {
      if (error !== null) throw error;
      const file = join(searchParams.get('directory') ?? '', `${process.pid}.json`);
      writeFileSync(file, JSON.stringify({ words: process.argv.slice(1), profile: result.profile }));
    }),
  );
}
