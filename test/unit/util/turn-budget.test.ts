import { describe, expect, test } from '@jest/globals';
import { TurnBudget } from '../../../src/util/index.ts';

function makeBudget(perTurn: number) {
  const due: (() => void)[] = [];
  return { due, budget: new TurnBudget({ soon: (fn) => void due.push(fn) }, perTurn) };
}

describe('TurnBudget#take()', () => {
  test('lets so many pass in one turn, and the others in the next', async () => {
    const { budget, due } = makeBudget(2);
    expect([budget.take(), budget.take()]).toEqual([undefined, undefined]);
    const waits = [budget.take(), budget.take()];
    expect(waits[0]).toBeInstanceOf(Promise);
    expect(waits[1]).toBe(waits[0]);
    expect(due).toHaveLength(1);
    due.shift()?.();
    await waits[0];
    expect([budget.take(), budget.take()]).toEqual([undefined, undefined]);
    expect(budget.take()).toBeInstanceOf(Promise);
    expect(due).toHaveLength(1);
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
