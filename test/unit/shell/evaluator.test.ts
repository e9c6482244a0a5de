import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Evaluation, Evaluator } from '../../../src/shell/evaluator.ts';
import { eventually, turns } from '../../../src/testing/eventually.ts';

const claimed = new Error('of a process');
let evaluator: Evaluator;
let strays: unknown[];
/** Promises that are awaited without being told to. */
let promised: Set<unknown>;
let fail: (error: Error) => void;
let fulfil: (value: unknown) => void;
let pending: Promise<unknown>;

beforeEach(() => {
  strays = [];
  promised = new Set();
  pending = new Promise((resolve, reject) => {
    fulfil = resolve;
    fail = reject;
  });
  evaluator = new Evaluator({
    globals: { answer: 42, pending: () => pending, claimed },
    console,
    isAwaited: (value) => promised.has(value),
    claims: (error) => error === claimed,
    onStray: (error) => strays.push(error),
  });
});
afterEach(() => evaluator.close());

/** What `run` tells before it returns. */
function atOnce(source: string): readonly Evaluation[] {
  const told: Evaluation[] = [];
  evaluator.run(source, (evaluation) => told.push(evaluation));
  return told;
}

describe('Evaluator#run()', () => {
  test('tells at once what needs no waiting', () => {
    expect(atOnce('answer + 1\n')).toEqual([{ type: 'value', value: 43 }]);
    expect(atOnce('function f() {\n')).toMatchObject([{ type: 'incomplete' }]);
    expect(atOnce('await f(\n')).toMatchObject([{ type: 'incomplete' }]);
    expect(atOnce('throw 5\n')).toEqual([{ type: 'error', error: 5 }]);
    expect(atOnce('let 5\n')).toMatchObject([{ type: 'error' }]);
    expect(atOnce('await 1\n')).toEqual([]);
  });
});

describe('Evaluator#evaluate()', () => {
  test('awaits a promise of those that are to be, and no other', async () => {
    expect(await evaluator.evaluate('pending()\n')).toEqual({ type: 'value', value: pending });
    promised.add(pending);
    const evaluation = evaluator.evaluate('pending()\n');
    fulfil('done');
    expect(await evaluation).toEqual({ type: 'value', value: 'done' });
  });

  test('tells the error of a promise that it awaits', async () => {
    promised.add(pending);
    const evaluation = evaluator.evaluate('pending()\n');
    const error = new Error('no');
    fail(error);
    expect(await evaluation).toEqual({ type: 'error', error });
  });

  test('keeps the last value in _ and the last error in _error, until they are given another', async () => {
    await evaluator.evaluate('answer\n');
    expect(await evaluator.evaluate('_\n')).toEqual({ type: 'value', value: 42 });
    await evaluator.evaluate('throw "no"\n');
    expect(await evaluator.evaluate('_error\n')).toEqual({ type: 'value', value: 'no' });
    await evaluator.evaluate('_ = 7\n');
    await evaluator.evaluate('answer\n');
    expect(await evaluator.evaluate('_\n')).toEqual({ type: 'value', value: 7 });
  });

  test('does not let a helper be overwritten by accident', async () => {
    await evaluator.evaluate('answer = 5\n');
    expect(await evaluator.evaluate('answer\n')).toEqual({ type: 'value', value: 42 });
  });
});

describe('an error that somebody claims', () => {
  test('is told to nobody here, neither as a stray nor as what the next line came to', async () => {
    await evaluator.evaluate('setTimeout(() => { throw claimed }, 1); 0\n');
    const next = evaluator.evaluate('await new Promise((resolve) => setTimeout(resolve, 20, "next"))\n');
    expect(await next).toEqual({ type: 'value', value: 'next' });
    expect(strays).toEqual([]);
  });
});

describe('Evaluator#abandon()', () => {
  test.each(['await pending()\n', 'pending()\n'])('drops what becomes of %j', async (source) => {
    promised.add(pending);
    const told = atOnce(source);
    evaluator.abandon();
    // It goes on all the same, and so does the prompt.
    expect(await evaluator.evaluate('1 + 1\n')).toEqual({ type: 'value', value: 2 });
    const next = evaluator.evaluate('await new Promise((resolve) => setTimeout(resolve, 20, "next"))\n');
    fail(new Error('too late'));
    expect(await next).toEqual({ type: 'value', value: 'next' });
    expect(told).toEqual([]);
    expect(strays).toEqual([]);
  });

  test.each([
    'setTimeout(() => { throw new Error("timer") }, 20); await pending()\n',
    'setTimeout(() => { throw new Error("timer") }, 20); pending()\n',
  ])('keeps what else the line throws: %j', async (source) => {
    promised.add(pending);
    atOnce(source);
    evaluator.abandon();
    fail(new Error('too late'));
    await turns();
    await eventually(() => strays.length === 1);
    expect(strays).toMatchObject([{ message: 'timer' }]);
  });

  test('of nothing does nothing', async () => {
    evaluator.abandon();
    expect(await evaluator.evaluate('1\n')).toEqual({ type: 'value', value: 1 });
  });
});

describe('Evaluator#complete()', () => {
  test('finds variables and members', async () => {
    await evaluator.evaluate('const harbour = { depth: 5, name: "x" }\n');
    expect(await evaluator.complete('harb')).toEqual([['harbour'], 'harb']);
    expect(await evaluator.complete('harbour.de')).toEqual([['harbour.depth'], 'harbour.de']);
    expect(await evaluator.complete('nothing.de')).toMatchObject([[], expect.anything()]);
  });
});
