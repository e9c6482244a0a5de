import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAppFile, parseAppSource } from '../../../src/app/app-file.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';

const HEAD = 'type: application\nname: a\n';
/** The flags stand in line 3, the first child in line 5. */
const app = (flags: string, ...children: string[]) =>
  `${HEAD}supervisor: ${flags}\nprocesses:\n${children.map((child) => `  - ${child}\n`).join('')}`;
const P = '{name: p, module: ./p.mjs}';

function problems(text: string): readonly string[] {
  return parseAppSource(text, 'a.app').problems.map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );
}

const STRATEGIES = "'one_for_one' or 'one_for_all' or 'rest_for_one' or 'simple_one_for_one'";
const SHUTDOWN = "whole milliseconds from 0 on, 'brutal_kill' or 'infinity'";

describe('supervisor of a .app file', () => {
  test('takes every flag', () => {
    const flags =
      '{strategy: rest_for_one, intensity: 0, periodMs: 0.5, autoShutdown: any_significant, restartDelay: {initialMs: 5, maxMs: 50, factor: 1.5, jitter: 0, resetAfterMs: 1000}}';
    expect(parseAppFile(app(flags, P), 'a.app').supervisor).toEqual({
      strategy: 'rest_for_one',
      intensity: 0,
      periodMs: 0.5,
      autoShutdown: 'any_significant',
      restartDelay: { initialMs: 5, maxMs: 50, factor: 1.5, jitter: 0, resetAfterMs: 1000 },
    });
  });

  test('may be left out, and so may each flag', () => {
    expect(parseAppFile(`${HEAD}processes: [${P}]\n`, 'a.app').supervisor).toBeUndefined();
    expect(parseAppFile(app('{restartDelay: false}', P), 'a.app').supervisor).toEqual({
      restartDelay: false,
    });
  });

  test.each<[what: string, flags: string, ...messages: string[]]>([
    [
      'text',
      'one_for_all',
      "13: supervisor: expected a map such as {strategy: one_for_all, intensity: 3}, found the text 'one_for_all'",
    ],
    ['a misspelt flag', '{intensty: 3}', "14: supervisor: unknown key 'intensty'; did you mean 'intensity'?"],
    [
      'an unknown strategy',
      '{strategy: one_for_al}',
      `24: supervisor.strategy: expected ${STRATEGIES}, found the text 'one_for_al'; did you mean 'one_for_all'?`,
    ],
    [
      'a strategy that is a number',
      '{strategy: 1}',
      `24: supervisor.strategy: expected ${STRATEGIES}, found the number 1`,
    ],
    [
      'a negative intensity',
      '{intensity: -1}',
      '25: supervisor.intensity: expected a whole number from 0 on, found the number -1',
    ],
    [
      'an intensity that is text',
      "{intensity: '3'}",
      "25: supervisor.intensity: expected a number, found the text '3'",
    ],
    [
      'a half intensity',
      '{intensity: 1.5}',
      '25: supervisor.intensity: expected a whole number from 0 on, found the number 1.5',
    ],
    [
      'a period of 0',
      '{periodMs: 0}',
      '24: supervisor.periodMs: expected milliseconds above 0, found the number 0',
    ],
    [
      'an unknown autoShutdown',
      '{autoShutdown: any}',
      "28: supervisor.autoShutdown: expected 'never' or 'any_significant' or 'all_significant', found the text 'any'",
    ],
    [
      'a delay of true',
      '{restartDelay: true}',
      '28: supervisor.restartDelay: expected false, or a map such as {initialMs: 100, maxMs: 10000}, found the truth value true',
    ],
    [
      'every part of a delay',
      '{restartDelay: {initialMs: 0, maxMs: soon, factor: 0.5, jitter: 2, resetAfterMs: -1, grow: 2}}',
      '40: supervisor.restartDelay.initialMs: expected milliseconds above 0, found the number 0',
      "50: supervisor.restartDelay.maxMs: expected a number, found the text 'soon'",
      '64: supervisor.restartDelay.factor: expected a number from 1 on, found the number 0.5',
      '77: supervisor.restartDelay.jitter: expected a number between 0 and 1, found the number 2',
      '94: supervisor.restartDelay.resetAfterMs: expected milliseconds above 0, found the number -1',
      "98: supervisor.restartDelay: unknown key 'grow'; expected one of initialMs, maxMs, factor, jitter, resetAfterMs",
    ],
    [
      'a delay that grows beyond its end',
      '{restartDelay: {maxMs: 10, initialMs: 20}}',
      '36: supervisor.restartDelay.maxMs: expected milliseconds, at least initialMs (20), found the number 10',
    ],
    [
      'everything at once',
      '{strategy: one, intensity: -2, periodMs: -1}',
      `24: supervisor.strategy: expected ${STRATEGIES}, found the text 'one'`,
      '40: supervisor.intensity: expected a whole number from 0 on, found the number -2',
      '54: supervisor.periodMs: expected milliseconds above 0, found the number -1',
    ],
  ])('refuses %s', (_what, flags, ...messages) => {
    expect(problems(app(flags, P))).toEqual(messages.map((message) => `3:${message}`));
  });

  test('refuses several children of simple_one_for_one, which has one template', () => {
    const other = '{name: q, module: ./q.mjs}';
    expect(problems(app('{strategy: simple_one_for_one}', P))).toEqual([]);
    expect(problems(app('{strategy: simple_one_for_one}', P, other))).toEqual([
      "5:3: processes: expected one child spec, the template, as strategy is 'simple_one_for_one', found a list of 2",
    ]);
  });

  test('belongs to an app of processes', () => {
    expect(problems(`${HEAD}mod: ./a.mjs\nsupervisor: {intensity: 3}\n`)).toEqual([
      "4:13: supervisor: it says how 'processes' are supervised, and there are none",
    ]);
  });
});

describe('processes of a .app file', () => {
  const child = (keys: string) => `{name: p, module: ./p.mjs, ${keys}}`;

  test('take every key of a child', () => {
    const text = app(
      '{autoShutdown: all_significant}',
      child(
        'restart: transient, shutdown: 250, significant: true, restartDelay: {initialMs: 1}, startTimeoutMs: 500',
      ),
      '{name: q, module: ./q.mjs, shutdown: brutal_kill, restartDelay: false, startTimeoutMs: infinity}',
      '{name: r, module: ./q.mjs, shutdown: infinity, restart: temporary}',
    );
    expect(parseAppFile(text, 'a.app').processes).toMatchObject([
      {
        name: 'p',
        module: './p.mjs',
        restart: 'transient',
        shutdown: 250,
        significant: true,
        restartDelay: { initialMs: 1 },
        startTimeoutMs: 500,
      },
      { name: 'q', shutdown: 'brutal_kill', restartDelay: false, startTimeoutMs: Number.POSITIVE_INFINITY },
      { name: 'r', shutdown: 'infinity', restart: 'temporary', significant: undefined },
    ]);
  });

  test('take supervisors among the children', () => {
    const text = app(
      '{}',
      '{name: pumps, restart: transient, shutdown: 1000, supervisor: {strategy: simple_one_for_one}, processes: [{name: pump, module: ./p.mjs}]}',
      '{name: deck, processes: [{name: crane, processes: [{name: hook, module: ./h.mjs}]}]}',
    );
    expect(parseAppFile(text, 'a.app').processes).toMatchObject([
      {
        name: 'pumps',
        restart: 'transient',
        shutdown: 1000,
        supervisor: { strategy: 'simple_one_for_one' },
        processes: [{ name: 'pump', module: './p.mjs' }],
      },
      {
        name: 'deck',
        supervisor: undefined,
        processes: [{ name: 'crane', processes: [{ name: 'hook', module: './h.mjs' }] }],
      },
    ]);
  });

  test.each<[what: string, flags: string, child: string, ...messages: string[]]>([
    [
      'an unknown restart type',
      '{}',
      child('restart: always'),
      "41: processes[0].restart: expected 'permanent' or 'transient' or 'temporary', found the text 'always'",
    ],
    [
      'a negative shutdown',
      '{}',
      child('shutdown: -1'),
      `42: processes[0].shutdown: expected ${SHUTDOWN}, found the number -1`,
    ],
    [
      'a shutdown that is another word',
      '{}',
      child('shutdown: kill'),
      `42: processes[0].shutdown: expected ${SHUTDOWN}, found the text 'kill'`,
    ],
    [
      'a start timeout of 0',
      '{}',
      child('startTimeoutMs: 0'),
      "48: processes[0].startTimeoutMs: expected whole milliseconds from 1 on, or 'infinity', found the number 0",
    ],
    [
      'a start timeout that is another word',
      '{}',
      child('startTimeoutMs: never'),
      "48: processes[0].startTimeoutMs: expected whole milliseconds from 1 on, or 'infinity', found the text 'never'",
    ],
    [
      'times that no timer can take',
      '{}',
      child('startTimeoutMs: 3000000000, shutdown: 3000000000'),
      '48: processes[0].startTimeoutMs: expected at most 2147483647 milliseconds, which is what a timer can take, found the number 3000000000',
      '70: processes[0].shutdown: expected at most 2147483647 milliseconds, which is what a timer can take, found the number 3000000000',
    ],
    [
      'significant that is text',
      '{}',
      child('significant: yes'),
      "45: processes[0].significant: expected true or false, found the text 'yes'",
    ],
    [
      'a significant child whose supervisor does not care',
      '{}',
      child('significant: true, restart: temporary'),
      "45: processes[0].significant: expected false, as the supervisor's autoShutdown is 'never', found the truth value true",
    ],
    [
      'a significant child that is permanent',
      '{autoShutdown: any_significant}',
      child('significant: true'),
      "45: processes[0].significant: expected false, as restart is 'permanent', found the truth value true",
    ],
    [
      'a significant child that contradicts twice',
      '{autoShutdown: never}',
      child('significant: true, restart: permanent'),
      "45: processes[0].significant: expected false, as restart is 'permanent', found the truth value true",
      "45: processes[0].significant: expected false, as the supervisor's autoShutdown is 'never', found the truth value true",
    ],
    [
      'a restart delay that contradicts itself',
      '{}',
      child('restartDelay: {initialMs: 500, maxMs: 100}'),
      '70: processes[0].restartDelay.maxMs: expected milliseconds, at least initialMs (500), found the number 100',
    ],
    [
      'a child with module and processes',
      '{}',
      '{name: p, module: ./p.mjs, processes: [{name: q, module: ./q.mjs}]}',
      "23: processes[0].module: a child has either 'module', or 'processes' and is a supervisor; remove one of them",
    ],
    [
      'a supervisor without children',
      '{}',
      '{name: p, supervisor: {}}',
      "5: processes[0]: the key 'processes' is missing; expected a list of processes such as {name: hello, module: ./hello.ts}",
    ],
    [
      'a supervisor with keys of a process',
      '{}',
      '{name: p, processes: [{name: q, module: ./q.mjs}], concurrency: 2}',
      "56: processes[0]: unknown key 'concurrency'; expected one of name, restart, shutdown, significant, restartDelay, supervisor, processes",
    ],
    [
      'mistakes inside a supervisor inside',
      '{}',
      '{name: p, supervisor: {intensity: -1}, processes: [{name: q, module: ./q.mjs, significant: true}, {name: q}]}',
      '39: processes[0].supervisor.intensity: expected a whole number from 0 on, found the number -1',
      "96: processes[0].processes[0].significant: expected false, as restart is 'permanent', found the truth value true",
      "96: processes[0].processes[0].significant: expected false, as the supervisor's autoShutdown is 'never', found the truth value true",
      "103: processes[0].processes[1]: the key 'module' is missing; expected the module of its class",
      "110: processes[0].processes[1].name: 'q' stands twice in the list",
    ],
  ])('refuse %s', (_what, flags, item, ...messages) => {
    expect(problems(app(flags, item))).toEqual(messages.map((message) => `5:${message}`));
  });

  test('tell nothing that only follows from another mistake', () => {
    const item = child('restart: always, significant: true');
    expect(problems(app('{autoShutdown: some}', item)).map((problem) => problem.split(': ')[1])).toEqual([
      'supervisor.autoShutdown',
      'processes[0].restart',
    ]);
    expect(problems(app('{strategy: simple}', P, '{name: q, module: ./q.mjs}'))).toHaveLength(1);
  });

  test('take one name in two supervisors, but not twice in one', () => {
    const deck = (name: string) => `{name: ${name}, processes: [${P}]}`;
    expect(problems(app('{}', deck('one'), deck('two'), P))).toEqual([]);
    expect(problems(app('{}', deck('one'), deck('one')))).toEqual([
      "6:12: processes[1].name: 'one' stands twice in the list",
    ]);
  });

  test('nest up to 16 supervisors', () => {
    const nested = (supervisors: number) => {
      let list = `[${P}]`;
      for (let above = 1; above < supervisors; above += 1) list = `[{name: s, processes: ${list}}]`;
      return `${HEAD}processes: ${list}\n`;
    };
    expect(problems(nested(16))).toEqual([]);
    expect(problems(nested(17))).toEqual([
      expect.stringMatching(/processes: nested too deeply; expected at most 16 supervisors in each other$/),
    ]);
  });

  test('freeze all the way down', () => {
    const { processes, supervisor } = parseAppFile(
      app('{restartDelay: {initialMs: 1}}', `{name: s, supervisor: {}, processes: [${P}]}`),
      'a.app',
    );
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect([processes, supervisor].every(isFrozen)).toBe(true);
  });

  test('of any shape are read, or refused with a ConfigurationError that names the place', () => {
    const value = fc.constantFrom(
      '-1',
      '0',
      'true',
      'false',
      'x',
      '[]',
      '{}',
      '{initialMs: 5}',
      'infinity',
      '',
    );
    const key = fc.constantFrom(
      'restart',
      'shutdown',
      'significant',
      'restartDelay',
      'startTimeoutMs',
      'supervisor',
      'processes',
      'module',
    );
    const map = fc
      .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name })
      .map((pairs) => `{${pairs.map(([name, text]) => `${name}: ${text}`).join(', ')}}`);
    fc.assert(
      fc.property(map, fc.array(map, { maxLength: 3 }), (flags, children) => {
        try {
          parseAppFile(app(flags, ...children), 'x.app');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect(error).toMatchObject({ message: expect.stringMatching(/^x\.app:\d+:\d+: \S[^\n]*$/) });
        }
      }),
      { numRuns: 500 },
    );
  });
});
