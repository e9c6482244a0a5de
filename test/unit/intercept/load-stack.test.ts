import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ContainerError } from '../../../src/errors/index.ts';
import { type InterceptorContext, loadInterceptors } from '../../../src/intercept/index.ts';
import { silentLogger } from '../../../src/logging/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { passing } from './bed.ts';

const modules: Readonly<Record<string, object>> = {
  './audit.ts': { default: () => passing, audit: () => passing, limit: 3 },
  './failing.ts': {
    default: () => {
      throw new TypeError('no such file');
    },
  },
  './direct.ts': { default: (_invocation: unknown, _next: unknown) => undefined },
  './later.ts': { default: async () => passing, inner: () => async () => undefined },
  './numbers.ts': { one: 1 },
};

const context: InterceptorContext = {
  container: 'shore',
  sysname: 'fleet',
  env: fakeEnv(),
  logger: silentLogger,
  onStop: () => undefined,
};

/** The interceptors of a text; modules are those above. */
function load(text: string) {
  return loadInterceptors(text, 'conf/interceptors.yaml', async (specifier, where, askedBy) => {
    const found = modules[specifier];
    if (found === undefined) throw new Error(`${where} of ${askedBy} cannot be loaded`);
    return found;
  });
}

/** What is wrong with a text, problem by problem. */
async function problems(text: string): Promise<readonly string[]> {
  const error: unknown = await load(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ContainerError)) return [];
  expect(error.code).toBe('ConfigurationError');
  const listed = error.details?.problems;
  return Array.isArray(listed)
    ? listed.map(({ line, column, message }) => `${line}:${column}: ${message}`)
    : [error.message];
}

describe('loadInterceptors()', () => {
  test('gives the interceptors of the stack in its order, and leaves the others alone', async () => {
    const specs = await load(`
interceptors:
  audit: {module: ./audit.ts, export: audit, args: {file: a.jsonl}}
  other: {module: ./audit.ts}
  unused: {module: ./not-there.ts}
stack: [other, log, audit]
`);
    expect(specs.map(({ name }) => name)).toEqual(['other', 'log', 'audit']);
    expect(await specs[0]?.make(context)).toBe(passing);
  });

  test('hands the arguments of the file and the container to the factory, which may take its time', async () => {
    const seen: unknown[] = [];
    const [spec] = await loadInterceptors(
      'interceptors: {a: {module: m, args: {b: [1]}}}\nstack: [a]',
      'f',
      async () => ({
        default: async (...given: unknown[]) => {
          seen.push(...given);
          return passing;
        },
      }),
    );
    expect(await spec?.make(context)).toBe(passing);
    expect(seen).toEqual([{ b: [1] }, context]);
  });

  test.each(['', '# nothing\n', 'stack: []', 'stack:', 'interceptors:\nstack: []'])(
    'finds an empty stack in %j',
    async (text) => {
      expect(await load(text)).toEqual([]);
    },
  );

  test('ION 29: config with unknown reference fails', async () => {
    expect(
      await problems('interceptors: {audit: {module: ./audit.ts}}\nstack: [log, aduit, nothing-like-it]'),
    ).toEqual([
      "2:14: stack[1]: there is no interceptor 'aduit'; did you mean 'audit'?",
      "2:21: stack[2]: there is no interceptor 'nothing-like-it'; known are audit, log, size-limit",
    ]);
  });

  test('ION 29: container stack loads', async () => {
    const path = join(import.meta.dirname, '../../../res/config/interceptors.yaml');
    const text = await readFile(path, 'utf8');
    expect(await load(text)).toEqual([]);
    // What stands there as an example is one.
    const example = text.replace('stack: []', '').replace(/^# ?(?=interceptors:| {2}|stack:)/gm, '');
    const specs = await loadInterceptors(example, path, async () => ({ audit: () => passing }));
    expect(specs.map(({ name }) => name)).toEqual(['log', 'size-limit', 'audit']);
    for (const spec of specs) await spec.make(context);
  });

  test.each([
    ['[]', "1:1: expected a map of 'interceptors' and 'stack', found a list"],
    ['stak: []', "1:1: unknown key 'stak'; did you mean 'stack'?", "1:1: the key 'stack' is missing"],
    ['paths: {}\nstack: []', "1:1: unknown key 'paths'; expected one of interceptors, stack"],
    ['interceptors: {a: {module: ./audit.ts}}', "1:1: the key 'stack' is missing"],
    ['interceptors: [a]\nstack: []', '1:15: interceptors: expected a map of names'],
    ['stack: log', "1:8: stack: expected a list of names, found the text 'log'"],
    ['stack: [1]', "1:9: stack[0]: expected the name of an interceptor, found the number 1; quote it: '1'"],
    ['stack: [log, log]', "1:14: stack[1]: 'log' stands twice in the list"],
    [
      'interceptors: {a: ./a.ts}\nstack: []',
      '1:19: interceptors.a: expected a map',
      "1:16: interceptors.a: the key 'module' is missing",
    ],
    [
      'interceptors: {a: {}}\nstack: []',
      "1:16: interceptors.a: the key 'module' is missing; only the container's own (log, size-limit) need none",
    ],
    [
      'interceptors: {size-limits: {}}\nstack: []',
      "1:16: interceptors.size-limits: the key 'module' is missing; did you mean 'size-limit'",
    ],
    [
      'interceptors: {a: {modul: x}}\nstack: []',
      "interceptors.a: unknown key 'modul'; did you mean 'module'?",
    ],
    [
      'interceptors: {a: {module: 3}}\nstack: []',
      '1:28: interceptors.a.module: expected the module of the interceptor as text, found the number 3',
    ],
    [
      'interceptors: {a: {module: x, args: [1]}}\nstack: []',
      '1:37: interceptors.a.args: expected a map, found a list',
    ],
    [
      'interceptors: {log: {export: x}}\nstack: []',
      "1:22: interceptors.log.export: 'log' is the container's own",
    ],
    ['stack: [\n', 'not valid YAML'],
  ])('refuses %j, naming the place', async (text, ...expected) => {
    const found = await problems(text);
    for (const one of expected) expect(found).toContainEqual(expect.stringContaining(one));
    expect(found.length).toBeGreaterThan(0);
  });

  test('refuses a module that cannot be loaded, naming the place', async () => {
    await expect(load('interceptors:\n  a:\n    module: ./gone.ts\nstack: [a]')).rejects.toThrow(
      "conf/interceptors.yaml:3:13: interceptors.a.module './gone.ts' of conf/interceptors.yaml cannot be loaded",
    );
  });

  test.each([
    ['./audit.ts, export: adit', "'./audit.ts' exports no function 'adit'; did you mean 'audit'?"],
    ['./audit.ts, export: limit', "'./audit.ts' exports no function 'limit'; it exports default, audit"],
    ['./numbers.ts', "'./numbers.ts' exports no function 'default'; it exports none"],
  ])('refuses an export that is no function: %s', async (rest, expected) => {
    expect(await problems(`interceptors: {a: {module: ${rest}}}\nstack: [a]`)).toEqual([
      expect.stringMatching(/^conf\/interceptors\.yaml:1:\d+: interceptors\.a\.export: /),
    ]);
    expect((await problems(`interceptors: {a: {module: ${rest}}}\nstack: [a]`))[0]).toContain(expected);
  });

  test.each([
    ['./failing.ts', 'conf/interceptors.yaml:1:16: interceptors.a cannot be made: no such file'],
    ['./direct.ts', 'this one returned a value of type undefined'],
    ['./later.ts, export: inner', 'conf/interceptors.yaml:1:16: interceptors.a is asynchronous'],
  ])('refuses, when the container starts, what %s makes', async (rest, expected) => {
    const [spec] = await load(`interceptors: {a: {module: ${rest}}}\nstack: [a]`);
    await expect(spec?.make(context)).rejects.toThrow(expected);
    await expect(spec?.make(context)).rejects.toMatchObject({ code: 'ConfigurationError' });
  });
});
