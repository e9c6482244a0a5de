import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineAtCursor, literalOf } from '../../../src/shell/call-at-cursor.ts';

/** The calls at the end of a line, as `callee(before; current`. */
function calls(line: string): readonly string[] {
  return lineAtCursor(line).calls.map(
    ({ callee, before, current }) => `${callee}(${[...before, current].join('; ')}`,
  );
}

describe('lineAtCursor()', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['ps()', []],
    ['ps(', ['ps(']],
    ['rpc_send("hello"', ['rpc_send("hello"']],
    ["rpc_send('a, b', 'c', ", ["rpc_send('a, b'; 'c'; "]],
    ['config.explain( "rpc', ['config.explain("rpc']],
    ['f(g(1, 2), 3', ['f(g(1, 2); 3']],
    ['f(1, g(2', ['g(2', 'f(1; g(2']],
    ['f(1, { a: [2, 3], b: "x', ['f(1; { a: [2, 3], b: "x']],
    ['(1, f(', ['f(']],
    ["f('it\\'s', 2", ["f('it\\'s'; 2"]],
    ['f(`a ( b`, 2', ['f(`a ( b`; 2']],
    ['f(")', ['f(")']],
    ['f(1)) + g(', ['g(']],
    ['f(1, // g(', []],
    ['f(1, // g(\n h(2, ', ['h(2; ', 'f(1; // g(\n h(2, ']],
    ['a.b.c(', ['a.b.c(']],
    ['ünï(', ['ünï(']],
  ])('%s', (line, expected) => {
    expect(calls(line)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ["f('he", { quote: "'", text: 'he' }],
    ['f("', { quote: '"', text: '' }],
    ["f('he'", undefined],
    ["'it\\'s", { quote: "'", text: "it\\'s" }],
    ['5', undefined],
  ])('knows the open string of %s', (line, string) => {
    expect(lineAtCursor(line).string).toEqual(string);
  });

  test('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'\'"`\\(){}[],./ ab1') }), (line) => {
        for (const { current, before } of lineAtCursor(line).calls) {
          expect(line).toContain(current);
          for (const source of before) expect(line).toContain(source);
        }
      }),
    );
  });
});

test.each<[string, unknown]>([
  ["'hello'", 'hello'],
  ['"hello"', 'hello'],
  ['`hello`', 'hello'],
  ['12', 12],
  ['', undefined],
  ["'a' + 'b'", undefined],
  ['name', undefined],
  ['-1', undefined],
  ["'a\\nb'", undefined],
])('literalOf(%s)', (source, value) => {
  expect(literalOf(source)).toBe(value);
});
