import { describe, expect, test } from '@jest/globals';
import { TurnBudget } from '../../../src/util/index.ts';

function makeBudget(perTurn: number) {
  const due: (() => void)[] = [];
  return { due, budget: new TurnBudget({ soon: (fn) => void due.push(fn) }, perTurn) };
}

describe('TurnBudget#take()', () => {
  test('lets so many pass in one turn, and the others in the following ones, in the order of asking', async () => {
    const { budget, due } = makeBudget(2);
    const passed: number[] = [];
    for (let number = 1; number <= 5; number += 1) {
      const turn = budget.take();
      if (turn === undefined) passed.push(number);
      else void turn.then(() => passed.push(number));
    }
    expect(passed).toEqual([1, 2]);
    const turnsPassed: number[][] = [];
    while (due.length > 0) {
      expect(due).toHaveLength(1);
      due.shift()?.();
      await Promise.resolve();
      turnsPassed.push([...passed]);
    }
    expect(turnsPassed).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    expect(budget.take()).toBeUndefined();
  });

  test('asks for no turn that nobody needs', () => {
    const { budget, due } = makeBudget(2);
    budget.take();
    due.shift()?.();
    expect(due).toHaveLength(0);
    expect(budget.take()).toBeUndefined();
    expect(due).toHaveLength(1);
  });
});
