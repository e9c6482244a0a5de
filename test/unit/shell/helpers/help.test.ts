import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { allDocs } from '../../../../src/shell/helper-doc.ts';
import { help } from '../../../../src/shell/helpers/help.ts';
import { helpers } from '../../../../src/shell/open-shell.ts';
import { DepthService, type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed();
});
afterEach(() => bed.container.stop());

const shown = (topic?: unknown): string => bed.show(help.bind(bed.shell)(topic));

describe('help()', () => {
  test('lists every helper with its summary', () => {
    const lines = shown().split('\n');
    for (const { signature, summary } of allDocs(helpers)) {
      const [line] = lines.filter((one) => one.startsWith(`${signature} `));
      expect(line?.endsWith(`  ${summary}`)).toBe(true);
    }
    expect(lines.at(-1)).toContain('.help');
  });

  test('shows one by name, by name with brackets, or by itself', () => {
    const text = shown('ps');
    expect(text).toMatch(/^ps\(\)\n {2}The processes of this container\n\n {2}Gives an array/);
    expect(text).toContain('\n  ><> ps()\n');
    expect(shown('ps()')).toBe(text);
    expect(shown(bed.shell.bound.ps)).toBe(text);
    // At the prompt a helper that is not called shows it too.
    expect(bed.show(bed.shell.bound.ps)).toBe(text);
  });

  test('shows the functions of an object, all or one', () => {
    expect(shown('config')).toMatch(/^config\.explain\(path\)\n(.|\n)*\n\nconfig\.get\(path\)\n/);
    expect(shown('config.get')).toMatch(/^config\.get\(path\)\n {2}The value of a setting\n/);
    expect(bed.show(bed.shell.bound.config)).toBe(shown('config'));
  });

  test('shows the operations of a service that is hosted here, and of a process', async () => {
    await bed.container.processes.spawn(DepthService);
    expect(shown('depth')).toBe(
      [
        'depth 1.2.0: DepthService, 1 instance here',
        'NAME     CONTENT                       RESULT          IDEMPOTENT',
        'measure  {at: string, fast?: boolean}  number          true',
        'wait     null                          null            false',
        'ping     null                          {pong: string}  true',
      ].join('\n'),
    );
    expect(help.bind(bed.shell)('depth')).toMatchObject({ operations: [{ name: 'measure' }, {}, {}] });
    expect(shown(1)).toMatch(/^shore\.1 1\.2\.0: DepthService, 1 instance here\n/);
  });

  test.each([
    ['pss', "there is no help on 'pss'; did you mean 'ps'? help() lists what there is"],
    ['quite something', "there is no help on 'quite something'; help() lists what there is"],
    [Math.max, "help takes a helper, or a name as text: help(ps), help('ps')"],
    [null, "help takes a helper, or a name as text: help(ps), help('ps')"],
  ])('of %p says what it takes', (topic, message) => {
    expect(() => help.bind(bed.shell)(topic)).toThrow(message);
  });
});
