import { describe, expect, test } from '@jest/globals';
import { ExpectedWork } from '../../../src/exchange/expected-work.ts';

describe('ExpectedWork', () => {
  test('knows nothing before the first answer, and keeps operations and services apart', () => {
    const expected = new ExpectedWork();
    expect(expected.of('hello', 'hello')).toBeUndefined();
    expected.took('hello', 'hello', 40);
    expect(expected.of('hello', 'hello')).toBe(40);
    expect(expected.of('hello', 'wave')).toBeUndefined();
    expect(expected.of('bye', 'hello')).toBeUndefined();
  });

  test('a single pause counts for little; an operation that has become slow is known after some answers, one that has become quick after some more', () => {
    const expected = new ExpectedWork();
    const answers = (count: number, workUs: number): number | undefined => {
      for (let answer = 0; answer < count; answer += 1) expected.took('hello', 'hello', workUs);
      return expected.of('hello', 'hello');
    };
    answers(1, 20);
    expect(answers(1, 50_000)).toBe(50);
    expect(answers(10, 20)).toBeLessThan(30);
    expect(answers(12, 50_000)).toBe(4_000);
    expect(answers(6, 20)).toBeLessThan(2_000);
    expect(answers(60, 20)).toBeLessThan(40);
  });

  test('remembers so many operations and starts afresh', () => {
    const expected = new ExpectedWork();
    for (let op = 0; op <= 10_000; op += 1) expected.took('hello', `op${op}`, 1);
    expect(expected.of('hello', 'op0')).toBeUndefined();
    expected.took('hello', 'op0', 7);
    expect(expected.of('hello', 'op0')).toBe(7);
  });

  test('asks with the first one-way message of an operation and with every sixteenth, whatever is known of it', () => {
    const expected = new ExpectedWork();
    const asked = () =>
      Array.from({ length: 40 }, (_, index) => index).filter(() => expected.isAskedNow('hello', 'log'));
    expect(asked()).toEqual([0, 16, 32]);
    expect(expected.of('hello', 'log')).toBeUndefined();
    expect(expected.isAskedNow('hello', 'wave')).toBe(true);
    expect(expected.isAskedNow('bye', 'log')).toBe(true);
    expected.told('hello', 'log', 20);
    expect(asked()).toEqual([8, 24]);
  });

  test('learns from what it is told as from answers, but nothing that it has not asked for', () => {
    const expected = new ExpectedWork();
    expected.told('hello', 'log', 20);
    expect(expected.of('hello', 'log')).toBeUndefined();
    expected.isAskedNow('hello', 'log');
    expected.told('hello', 'log', 20);
    expect(expected.of('hello', 'log')).toBe(20);
    expected.told('hello', 'log', 50_000);
    expect(expected.of('hello', 'log')).toBe(50);
  });
});
