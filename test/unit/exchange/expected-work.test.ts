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
    expect(answers(12, 50_000)).toBe(50_000);
    expect(answers(60, 20)).toBeLessThan(40);
  });

  test('remembers so many operations and starts afresh', () => {
    const expected = new ExpectedWork();
    for (let op = 0; op <= 10_000; op += 1) expected.took('hello', `op${op}`, 1);
    expect(expected.of('hello', 'op0')).toBeUndefined();
    expected.took('hello', 'op0', 7);
    expect(expected.of('hello', 'op0')).toBe(7);
  });
});
