import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { tellsWhose } from '../../../src/container/stack.ts';

/** What the fixture prints. */
interface Outcome {
  readonly answer: unknown;
  readonly crashed: readonly {
    readonly isCulprit: boolean;
    readonly reason: unknown;
    readonly handling: readonly string[];
  }[];
  readonly stoppedBy?: string;
  readonly neighbour: boolean | 'stopped';
  readonly onShore: boolean;
  readonly exitCode: number;
}

const attributed = [
  'timer',
  'interval',
  'immediate',
  'nextTick',
  'clock',
  'rejection',
  'asyncFunction',
  'callback',
  'stream',
  'boundListener',
  'boundTimer',
  'boundAsync',
  'deepTimer',
  'timeoutSignal',
  'channel',
  'worker',
];
const orphaned = [
  'microtask',
  'sharedTimer',
  'sharedEmitter',
  'sharedTarget',
  'sharedSignal',
  'sharedStream',
  'sharedDeep',
  'sharedText',
  'outsidePromise',
];
const special = [
  'rejectedTwice',
  'notAnError',
  'undefinedReason',
  'timer hang',
  'timer onInit',
  'sharedTimer log',
  'timer off',
  'ownSignal',
  'calledByListener',
  'leftover',
];
const outcomes = new Map<string, Outcome>();

// In a Node of their own: Jest would take stray errors before Node does.
beforeAll(async () => {
  const scenarios = [...attributed, ...orphaned, ...special];
  const fixture = join(import.meta.dirname, 'fixtures', 'stray-errors.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', fixture, ...scenarios], {
    cwd: join(import.meta.dirname, '..', '..', '..'),
    env: { PATH: process.env.PATH },
  });
  const all: readonly Outcome[] = JSON.parse(stdout);
  for (const [index, outcome] of all.entries()) outcomes.set(scenarios[index] ?? '', outcome);
}, 60_000);

function outcomeOf(scenario: string): Outcome {
  const outcome = outcomes.get(scenario);
  if (outcome === undefined) throw new Error(`no outcome of ${scenario}`);
  return outcome;
}

const blamed = { isCulprit: true, reason: 'Error: stray', handling: [] };
const lives = { neighbour: true, onShore: true, exitCode: 0 };

describe('a stray error of a process', () => {
  test.each(attributed)('%s: the process crashes, its neighbours and other containers live', (how) => {
    expect(outcomeOf(how)).toEqual({ answer: 'done', crashed: [blamed], ...lives });
  });

  test('the second one of a process that has crashed changes nothing more', () => {
    expect(outcomeOf('rejectedTwice')).toEqual({ answer: 'done', crashed: [blamed], ...lives });
  });

  test.each([
    ['notAnError', 'text only'],
    ['undefinedReason', 'undefined'],
  ])('%s is a reason like others', (how, text) => {
    const { crashed, neighbour } = outcomeOf(how);
    expect([crashed.map(({ reason }) => String(reason).includes(text)), neighbour]).toEqual([[true], true]);
  });

  test('callers of a handler that runs are told, and the report names the message', () => {
    const outcome = outcomeOf('timer hang');
    expect(outcome.answer).toMatch(/has failed: stray/);
    expect(outcome.crashed).toEqual([{ ...blamed, handling: ['hang'] }]);
  });

  test('one of a listener of its message’s own signal is its own', () => {
    expect(outcomeOf('ownSignal')).toEqual({
      answer: 'done',
      crashed: [{ ...blamed, handling: ['waitForAbort'] }],
      ...lives,
    });
  });

  test('one of a handler that a listener has called is its own', () => {
    expect(outcomeOf('calledByListener')).toMatchObject({ crashed: [blamed], ...lives });
  });

  test('one of a container that has stopped does not stop another one', () => {
    expect(outcomeOf('leftover')).toEqual({ onShore: 'ACTIVE', exitCode: 0 });
  });

  test('one from onInit makes the spawn fail with it, although the hook never ends', () => {
    const outcome = outcomeOf('timer onInit');
    expect(outcome).toEqual({ answer: 'spawn: Error: stray', crashed: [blamed], ...lives });
  });
});

describe('a stray error that cannot be attributed', () => {
  const stopped = {
    answer: 'done',
    crashed: [],
    stoppedBy: 'nobody handles this error: stray',
    neighbour: 'stopped',
    onShore: false,
    exitCode: 1,
  };

  test.each(orphaned)('%s: nobody is blamed, and all containers of the program stop in order', (how) =>
    expect(outcomeOf(how)).toEqual(stopped),
  );

  test('with the policy log the container goes on', () => {
    expect(outcomeOf('sharedTimer log')).toMatchObject({ crashed: [], neighbour: true });
  });

  test('where attribution is off every one is', () => {
    expect(outcomeOf('timer off')).toEqual(stopped);
  });
});

describe('tellsWhose()', () => {
  const withStack = (...frames: readonly string[]) =>
    Object.assign(new Error('x'), {
      stack: ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n'),
    });

  test.each<[string, unknown, boolean]>([
    ['no error', 'text', false],
    ['no stack', Object.assign(new Error('x'), { stack: undefined }), false],
    ['a timer', withStack('fail (/app/a.js:1:1)', 'listOnTimeout (node:internal/timers:581:17)'), true],
    [
      'data of a socket',
      withStack(
        'fail (/app/a.js:1:1)',
        'Socket.emit (node:events:518:28)',
        'addChunk (node:internal/streams/readable:561:12)',
      ),
      true,
    ],
    [
      'an emit of the program',
      withStack('fail (/app/a.js:1:1)', 'EventEmitter.emit (node:events:518:28)', 'tick (/app/b.js:1:1)'),
      false,
    ],
    [
      'an emit of the program inside one of Node',
      withStack(
        'fail (/app/a.js:1:1)',
        'Parser.emit (node:events:518:28)',
        'Socket.<anonymous> (/app/parser.js:9:1)',
        'Socket.emit (node:events:518:28)',
        'addChunk (node:internal/streams/readable:561:12)',
      ),
      false,
    ],
    [
      'a write of the program to a stream',
      withStack(
        'fail (/app/a.js:1:1)',
        'PassThrough.emit (node:events:518:28)',
        'addChunk (node:internal/streams/readable:561:12)',
        'tick (/app/b.js:1:1)',
      ),
      false,
    ],
    [
      'a dispatch of the program',
      withStack(
        'fail (/app/a.js:1:1)',
        '[nodejs.internal.kHybridDispatch] (node:internal/event_target:827:20)',
        'tick (/app/b.js:1:1)',
      ),
      false,
    ],
    [
      'a function that waits for what Node has raised',
      withStack(
        'fail (/app/a.js:1:1)',
        'Socket.emit (node:events:518:28)',
        'process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
        'async read (/app/b.js:1:1)',
      ),
      true,
    ],
    [
      'a scope above an emit of the program',
      withStack(
        'op_x (/app/a.js:1:1)',
        'runInProcessScope (/lib/scope.js:1:1)',
        'EventEmitter.emit (node:events:518:28)',
        'tick (/app/b.js:1:1)',
      ),
      true,
    ],
    ['emit at the end of the stack', withStack('EventEmitter.emit (node:events:518:28)'), true],
  ])('%s', (_what, error, expected) => expect(tellsWhose(error)).toBe(expected));
});
