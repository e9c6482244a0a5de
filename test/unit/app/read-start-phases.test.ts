import { describe, expect, test } from '@jest/globals';
import { parseAppFile, parseAppSource } from '../../../src/app/app-file.ts';

const app = (phases: string, body = 'mod: ./a.mjs') =>
  `type: application\nname: a\n${body}\nstartPhases: ${phases}\n`;

function problems(text: string): readonly string[] {
  return parseAppSource(text, 'a.app').problems.map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );
}

describe('startPhases of a .app file', () => {
  test('are names, or names with arguments, in their order', () => {
    const text = app('[init, {phase: warm, args: {depth: [1]}}, {phase: go}]');
    expect(parseAppFile(text, 'a.app').startPhases).toEqual([
      { phase: 'init', args: {} },
      { phase: 'warm', args: { depth: [1] } },
      { phase: 'go', args: {} },
    ]);
  });

  const ITEM = 'the name of a phase, or a map such as {phase: warm, args: {depth: 5}}';

  test.each<[what: string, phases: string, ...messages: string[]]>([
    [
      'text',
      'init',
      "4:14: startPhases: expected a list of phases such as [init, warm], found the text 'init'",
    ],
    ['a number', '[5]', `4:15: startPhases[0]: expected ${ITEM}, found the number 5; quote it: '5'`],
    ['the form of OTP', '[[init, {}]]', `4:15: startPhases[0]: expected ${ITEM}, found a list`],
    [
      'a name that is none',
      "['in it']",
      "4:15: startPhases[0]: expected a name of letters, digits, _ and -, in parts with dots between them, found the text 'in it'",
    ],
    [
      'a map of another form',
      '[{warm: {depth: 5}}]',
      "4:15: startPhases[0]: the key 'phase' is missing; expected the name of the phase",
      "4:16: startPhases[0]: unknown key 'warm'; expected one of phase, args",
    ],
    [
      'arguments that are a list',
      '[{phase: warm, args: [5]}]',
      '4:35: startPhases[0].args: expected a map, found a list',
    ],
    [
      'a phase twice',
      '[init, go, {phase: init}]',
      "4:25: startPhases[2]: the phase 'init' stands twice in the list",
    ],
  ])('refuse %s', (_what, phases, ...messages) => {
    expect(problems(app(phases))).toEqual(messages);
  });

  test('belong to an app with a module', () => {
    expect(problems(app('[init]', 'processes: [{name: p, module: ./p.mjs}]'))).toEqual([
      '4:14: startPhases: they are called on the module of an app; an app of processes has none',
    ]);
  });
});
