import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runContract } from '../../../src/cli/contract-command.ts';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';
import { ConfigurationError } from '../../../src/errors/index.ts';
import {
  type ContractDescription,
  contractDescription,
  defineService,
  operation,
  Type,
} from '../../../src/process/index.ts';
import { Shop } from './fixtures/contracts/shop-1.ts';

const fixtures = join(import.meta.dirname, 'fixtures/contracts');
const [shop1, shopNext] = [join(fixtures, 'shop-1.ts'), join(fixtures, 'shop-next.ts')];
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'contract-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs `ioncore contract …`: what it printed, and its exit code. */
async function run(...argv: string[]) {
  const args = await parseArguments(['contract', ...argv], '0.0.0', {});
  if (args.command !== 'contract') throw new Error(`it is ${args.command}`);
  let printed = '';
  const stdout = { write: (text: string) => (printed += text) };
  return { code: await runContract(args, { stdout }), printed };
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const version = (
  of: string,
  content = Type.Object({ item: Type.String() }),
  name = 'shop',
): ContractDescription =>
  contractDescription(defineService({ name, version: of, operations: { buy: operation({ content }) } }));
const wider = Type.Object({ item: Type.String(), count: Type.Optional(Type.Integer()) });

describe('ioncore contract show', () => {
  test('lists a module’s contracts, each once', async () => {
    expect(await run('show', shop1)).toEqual({
      code: 0,
      printed: 'shop 1.2.0\n  buy  (idempotent)\n  watch  (stream, throws Closed)\n',
    });
  });

  test('--json writes what diff reads', async () => {
    const { printed } = await run('show', shop1, '--json');
    expect(JSON.parse(printed)).toEqual(contractDescription(Shop));
    const kept = await file('kept.json', printed);
    expect(await run('diff', kept, shop1)).toEqual({ code: 0, printed: 'shop 1.2.0 -> 1.2.0: no changes\n' });
    expect((await run('show', kept)).printed).toMatch(/^shop 1\.2\.0\n/);
  });
});

describe('ioncore contract diff', () => {
  test('names each change, those that break first, and fails', async () => {
    expect(await run('diff', shop1, shopNext)).toEqual({
      code: 1,
      printed:
        'shop 1.2.0 -> 1.3.0: 2 changes, 2 breaking; raise the version to 2.0.0\n' +
        '  BREAKING buy content.count: callers of 1.2.0 may send nothing, 1.3.0 takes integer\n' +
        '  BREAKING buy: no longer idempotent; callers of 1.2.0 send it again after a lost connection\n',
    });
  });

  test('--json tells the same', async () => {
    const { code, printed } = await run('diff', shop1, shopNext, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(printed)).toMatchObject([
      {
        service: 'shop',
        from: '1.2.0',
        to: '1.3.0',
        isUnannounced: true,
        changes: [
          { operation: 'buy', path: 'content.count', kind: 'content-narrowed', breaking: true },
          { operation: 'buy', path: '', kind: 'idempotent', breaking: true },
        ],
      },
    ]);
  });

  test.each<[string, ContractDescription, ContractDescription, number, RegExp]>([
    [
      'nothing breaks',
      version('1.0.0'),
      version('1.1.0', wider),
      0,
      /: 1 change, nothing breaks\n {2}buy content\.count/,
    ],
    [
      'it breaks with the major raised',
      version('1.4.0', wider),
      version('2.0.0'),
      0,
      /1 breaking, as the new major version says/,
    ],
    ['it breaks from 0 to 1', version('0.4.0', wider), version('1.0.0'), 0, /as the new major/],
    ['it breaks below 1', version('0.4.0', wider), version('0.5.0'), 1, /raise the version to 1\.0\.0/],
    [
      'a new name',
      version('1.0.0'),
      version('1.1.0', undefined, 'store'),
      1,
      /BREAKING the service 'shop' is now 'store'/,
    ],
  ])('%s', async (name, a, b, code, text) => {
    const [older, newer] = [await file(`${name}-a.json`, a), await file(`${name}-b.json`, b)];
    const result = await run('diff', older, newer);
    expect(result.printed).toMatch(text);
    expect(result.code).toBe(code);
  });

  test('of several contracts compares namesakes of one major; one that is gone breaks', async () => {
    const [a1, a2] = [version('1.0.0'), version('2.0.0', wider)];
    const other = version('1.0.0', wider, 'store');
    const [older, newer] = [
      await file('several-a.json', [a1, a2, other]),
      await file('several-b.json', [version('2.1.0', wider), a1, version('1.0.0', wider, 'bank')]),
    ];
    expect(await run('diff', older, newer)).toEqual({
      code: 1,
      printed:
        'shop 1.0.0 -> 1.0.0: no changes\nshop 2.0.0 -> 2.1.0: no changes\nstore 1.0.0: BREAKING: the service is gone\nbank 1.0.0: new service\n',
    });
    expect((await run('diff', newer, newer)).code).toBe(0);
  });

  test.each<[string, string, RegExp]>([
    ['nowhere.json', '', /nowhere\.json cannot be read as JSON: ENOENT/],
    ['odd.json', '{', /odd\.json cannot be read as JSON/],
    [
      'other.json',
      '[{"name": "x"}]',
      /other\.json: \[0\] is no contract; such files are written by: ioncore contract show/,
    ],
    [
      'empty.mjs',
      'export const x = 1;',
      /empty\.mjs exports no contract; contracts are made with defineService\(\)/,
    ],
    ['./nowhere.ts', '', /^\.\/nowhere\.ts cannot be loaded: there is no file/],
  ])('%s cannot be compared', async (name, content, message) => {
    const path = content === '' ? name : await file(name, content);
    await expect(run('diff', path, shop1)).rejects.toThrow(ConfigurationError);
    await expect(run('diff', path, shop1)).rejects.toThrow(message);
  });
});

describe('ioncore contract, usage', () => {
  test.each([
    [['contract'], /what about contracts\? Say 'ioncore contract diff OLDER NEWER'/],
    [['contract', 'dif', 'a', 'b'], /Did you mean diff\?/],
    [['contract', 'diff', 'a'], /Not enough/],
    [['contract', 'diff', 'a', 'b', 'c'], /Unknown argument: c/],
    [['contract', 'show'], /Not enough/],
  ])('%j is a usage error', async (argv, message) => {
    await expect(parseArguments(argv, '0.0.0', {})).rejects.toThrow(UsageError);
    await expect(parseArguments(argv, '0.0.0', {})).rejects.toThrow(message);
  });
});
