import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeChild } from '../../../src/supervisor/child.ts';
import { Children } from '../../../src/supervisor/children.ts';
import { resolveChildSpec } from '../../../src/supervisor/index.ts';
import { start } from './specs.ts';

const child = (key: number, id: string) => makeChild(key, resolveChildSpec({ id, start }), []);

/** Enough that many share a bucket of the index. */
const many = Array.from({ length: 3_000 }, (_, key) => ({
  ...child(key, `child ${key}`),
  pid: `ship.${key}` as const,
}));

describe('Children', () => {
  test('finds each by key, id and process among thousands', () => {
    const children = Children.of(many, true);
    expect(children.size).toBe(many.length);
    for (const one of many) {
      expect(children.get(one.key)).toBe(one);
      expect(children.byId(one.spec.id)).toBe(one);
      expect(children.byPid(one.pid)).toBe(one);
    }
    expect(children.byId('nobody')).toBeUndefined();
    expect(children.byPid('ship.9999')).toBeUndefined();
  });

  test('stand in the order of their keys, whatever changes', () => {
    const children = Children.of(many.slice(0, 40), true)
      .without(7)
      .with(child(7, 'late'))
      .with(child(3, 'child 3'));
    expect(children.list().map(({ key }) => key)).toEqual(Array.from({ length: 40 }, (_, key) => key));
  });

  test('finds a child by its present process only, and not when it is gone', () => {
    const one = child(0, 'a');
    const first = Children.of([one], true).with({ ...one, pid: 'ship.1' });
    const second = first.with({ ...one, pid: 'ship.2' });
    expect(second.byPid('ship.1')).toBeUndefined();
    expect(second.byPid('ship.2')?.key).toBe(0);
    expect(first.byPid('ship.1')?.key).toBe(0);
    const none = second.without(0);
    expect([none.size, none.byPid('ship.2'), none.byId('a')]).toEqual([0, undefined, undefined]);
  });

  test('without ids finds nobody by id', () => {
    const children = Children.of([child(0, 'template'), child(1, 'template')], false);
    expect(children.byId('template')).toBeUndefined();
    expect(children.size).toBe(2);
  });

  test('finds what a search through all of them would', () => {
    const pid = fc.nat(6).map((n) => `ship.${n}` as const);
    const change = fc.record({
      key: fc.nat(5),
      pid: fc.option(pid, { nil: undefined }),
      isGone: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let children = Children.of([], true);
        for (const { key, pid: now, isGone } of changes) {
          // A process is one child's.
          if (isGone) children = children.without(key);
          else if (now === undefined || children.byPid(now) === undefined)
            children = children.with({ ...child(key, `id ${key}`), pid: now });
          for (let n = 0; n <= 6; n += 1) {
            const found = children.list().find((one) => one.pid === `ship.${n}`);
            expect(children.byPid(`ship.${n}`)).toBe(found);
            expect(children.byId(`id ${n}`)).toBe(children.get(n));
          }
        }
      }),
    );
  });
});
