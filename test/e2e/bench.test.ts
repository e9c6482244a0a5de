import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { CaseProfile } from '../../bench/profile/profile-case.ts';
import { residentBytes } from '../../bench/suite/resident-bytes.ts';
import { starting } from '../../bench/suite/starting.ts';
import { Worker, workers } from '../../bench/suite/worker.ts';

const variant = { label: 'two', command: 'add 2', figure: 'rate' } as const;

/** A worker that answers with what `answer` makes of the line. */
const program = (answer: string, before = "console.log('ready')") => ({
  command: process.execPath,
  args: [
    '-e',
    `${before}; require('readline').createInterface({input: process.stdin}).on('line', (line) => console.log(${answer}))`,
  ],
});

const open: Worker[] = [];
const started = async (spec: ReturnType<typeof program>) => {
  const worker = await Worker.start(spec);
  open.push(worker);
  return worker;
};
afterEach(async () => {
  for (const worker of open.splice(0)) await worker.end();
});

describe('Worker#ask()', () => {
  test('resolves with the figures of the line that answers, whatever else is printed', async () => {
    const worker = await started(program(`'what a line\\n' + JSON.stringify({ rate: line.length })`));

    expect(await worker.ask('12345')).toEqual({ rate: 5 });
    expect(await worker.ask('1')).toEqual({ rate: 1 });
  });

  test.each([
    ['an error', `'{"error": "the answer is wrong"}'`, /the answer is wrong/],
    ['no number', `'{"rate": "many"}'`, /rate is no number/],
    ['its end', 'process.exit(3)', /ended with 3/],
  ])('rejects for %s', async (_what, answer, says) => {
    const worker = await started(program(answer));

    await expect(worker.ask('go')).rejects.toThrow(says);
  });
});

describe('Worker.start()', () => {
  test('rejects with what a program said that ended before it was ready', async () => {
    await expect(Worker.start(program('line', "throw new Error('no broker here')"))).rejects.toThrow(
      /ended with 1.*no broker here/s,
    );
  });

  test('rejects for a program that is not there', async () => {
    await expect(Worker.start({ command: '/no/such/program', args: [] })).rejects.toThrow(/ENOENT/);
  });
});

test('workers() asks the client, and gives all of them the broker and one name', async () => {
  const spec = program('JSON.stringify({ rate: process.argv[1].length })');
  const args = [...spec.args, '{broker}'];
  const contestant = workers('them', '', { servers: [spec], client: { ...spec, args } });

  const them = await contestant.open('amqp://here');
  try {
    expect(await them.run(variant)).toEqual({ rate: 'amqp://here'.length });
  } finally {
    await them.close();
  }
});

describe('starting()', () => {
  const open = (script: string) =>
    starting('them', '', { command: process.execPath, args: ['-e', script] }).open('');

  test('measures the time until a program is ready and what it then holds, and ends it', async () => {
    const them = await open("console.log('ready'); setInterval(() => undefined, 60_000)");

    const { ms, bytes } = await them.run(variant);

    expect(ms).toBeGreaterThan(5);
    expect(bytes).toBeGreaterThan(10e6);
  });

  test('rejects when the program ends before', async () => {
    const them = await open("console.log('no luck')");

    await expect(them.run(variant)).rejects.toThrow(/ended with 0.*no luck/s);
  });
});

test('npm run bench -- --profile tells where the time of ioncore’s programs goes', async () => {
  const args = [
    '--import',
    'tsx',
    'bench/main.ts',
    '--cases',
    'local-call',
    '--smoke',
    '--profile',
    '--json',
  ];

  const { stdout } = await promisify(execFile)(process.execPath, args);

  const { profiles, cases }: { profiles: readonly CaseProfile[]; cases: unknown } = JSON.parse(stdout);
  expect(cases).toBeUndefined();
  const local = (part: string) =>
    expect.objectContaining({ program: `local.mjs ${part}`, processes: 1, busyMs: expect.any(Number) });
  expect(profiles).toEqual([
    {
      name: 'local-call',
      variant: '10 callers',
      contestants: [
        { name: 'ioncore', programs: [local('id')] },
        { name: 'ioncore by name', programs: [local('name')] },
        { name: 'ioncore from outside', programs: [local('outside')] },
      ],
    },
  ]);
  const programs = profiles.flatMap(({ contestants }) => contestants.flatMap((one) => one.programs));
  const names = programs.flatMap(({ functions }) => functions.map(({ name }) => name));
  expect(names).toContainEqual(expect.stringMatching(/^[A-Z]\w+#\w+$/));
  // Loading modules takes most of the time before the first call.
  expect(names).not.toContainEqual(expect.stringMatching(/^compileSourceTextModule/));
});

test('residentBytes() is what this process holds', async () => {
  const bytes = await residentBytes(process.pid);

  expect(bytes / process.memoryUsage.rss()).toBeGreaterThan(0.8);
  expect(bytes / process.memoryUsage.rss()).toBeLessThan(1.25);
});
