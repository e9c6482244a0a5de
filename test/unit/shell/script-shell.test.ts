import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, Process } from '../../../src/index.ts';
import { runScript } from '../../../src/shell/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { sink } from './bed.ts';

class Slow extends Process {
  readonly began: unknown[] = [];
  readonly ended: unknown[] = [];
  async op_work(content: unknown): Promise<unknown> {
    this.began.push(content);
    await turns(20);
    this.ended.push(content);
    return content;
  }
}

let container: Container;

beforeEach(async () => {
  container = new Container({ id: 'shore' });
  await container.start();
});
afterEach(() => container.stop());

/** Runs a script, as one chunk unless `chunks` says otherwise. */
async function run(...chunks: readonly string[]) {
  const [output, errors] = [sink(), sink()];
  const isGood = await runScript(container, {
    input: Readable.from(chunks),
    output: output.stream,
    errors: errors.stream,
  });
  return { isGood, output: output.text(), errors: errors.text() };
}

describe('runScript()', () => {
  test('prints what each line results in, and nothing for undefined', async () => {
    expect(await run('1 + 1\nconst x = 5\nx\nundefined\nnull\n"text"\n({ at: "bow" })\nvoid 0\n')).toEqual({
      isGood: true,
      output: "2\n5\nnull\ntext\n{ at: 'bow' }\n",
      errors: '',
    });
  });

  test('awaits each line before the next', async () => {
    const id = await container.processes.spawn(Slow);
    const slow = container.processes.get(id);
    const { output, isGood } = await run('await rpc_send(1, "work", "a")\nawait rpc_send(1, "work", "b")\n');
    expect({ output, isGood }).toEqual({ output: 'a\nb\n', isGood: true });
    expect(slow).toMatchObject({ began: ['a', 'b'], ended: ['a', 'b'] });
  });

  test('shows ps() as a table', async () => {
    await container.processes.spawn(Slow, { name: 'slow' });
    expect((await run('ps()\n')).output).toMatch(/^ID +NAME .*\nshore\.1 +slow .*\nRunning processes: 1\n$/);
  });

  test('awaits what a helper promises without being told to, and nothing else', async () => {
    await container.processes.spawn(Slow);
    const { output, isGood } = await run(
      'rpc_send(1, "work", "a")\n_\nnew Promise(() => undefined)\nconst p = rpc_send(1, "work", "b")\nawait p\n',
    );
    expect({ output, isGood }).toEqual({ output: 'a\na\nPromise { <pending> }\nb\n', isGood: true });
  });

  test('tells of a helper that fails without being awaited', async () => {
    const { errors, output } = await run('rpc_send("nobody", "hello")\n_error.code\n');
    expect(errors).toMatch(/^line 1: NoReceiver: /);
    expect(output).toBe('NoReceiver\n');
  });

  test('joins lines until they are complete', async () => {
    const script = 'function twice(a) {\n\n  return a * 2;\n}\ntwice(\n  21,\n)\n`two\n\nlines`\n';
    expect(await run(script)).toEqual({ isGood: true, output: '42\ntwo\n\nlines\n', errors: '' });
  });

  test('skips empty lines and comments, and takes any line ends and chunks', async () => {
    expect(await run('\n  \n// note\n1\r\n2', '2\r', '\n3')).toEqual({
      isGood: true,
      output: '1\n22\n3\n',
      errors: '',
    });
    expect(await run()).toEqual({ isGood: true, output: '', errors: '' });
  });

  test.each([
    ['throw new RangeError("too deep")', 'RangeError: too deep'],
    ['await Promise.reject(new TypeError("later"))', 'TypeError: later'],
    ['zzz', 'ReferenceError: zzz is not defined'],
    ['zzz.y = 1', 'ReferenceError: zzz is not defined'],
    ['let 5', 'SyntaxError: Unexpected number'],
    ['throw "text"', 'text'],
    ['.help', "SyntaxError: Unexpected token '.'"],
  ])('tells of %s with its line, on errors only, and goes on', async (line, text) => {
    expect(await run(`1\n\n${line}\n2\n`)).toEqual({
      isGood: false,
      output: '1\n2\n',
      errors: `line 3: ${text}\n`,
    });
  });

  test.each(['throw undefined', 'throw null', 'await Promise.reject()'])(
    'counts %s as a failure too',
    async (line) => {
      expect(await run(`${line}\n2\n`)).toMatchObject({ isGood: false, output: '2\n' });
    },
  );

  test('tells errors of the container as code, message and remedy', async () => {
    const { isGood, output, errors } = await run('await rpc_send("nobody", "hello")\n');
    expect({ isGood, output }).toEqual({ isGood: false, output: '' });
    expect(errors).toMatch(
      /^line 1: NoReceiver: nobody in system 'shore' has the name 'nobody'\n {2}\S.*\n$/,
    );
  });

  test('names the first line of a piece that fails', async () => {
    expect((await run('1\n(() => {\n  throw new RangeError("inside");\n})()\n')).errors).toBe(
      'line 2: RangeError: inside\n',
    );
  });

  test('tells of a piece that the end of input cuts off', async () => {
    expect(await run('1\nfunction f( {\n')).toEqual({
      isGood: false,
      output: '1\n',
      errors: expect.stringMatching(/^line 2: SyntaxError: .*\n$/),
    });
  });

  test('does not lose what a line throws later', async () => {
    const { isGood, errors } = await run(
      'setTimeout(() => { throw new RangeError("late") }, 0); 1\nawait new Promise((done) => setTimeout(done, 20)); 2\n',
    );
    expect(isGood).toBe(false);
    expect(errors).toContain('RangeError: late');
  });

  test('keeps the helpers from being overwritten by accident', async () => {
    expect((await run('ps = 5\ntypeof ps\n')).output).toContain('function\n');
  });

  test('gives two scripts of one process each its own names', async () => {
    await run('var mine = 1\n');
    expect((await run('typeof mine\n')).output).toBe('undefined\n');
  });

  test('leaves the container running', async () => {
    await run('throw 1\n');
    expect(container.state).toBe('ACTIVE');
  });
});
