import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { config } from '../../../../src/shell/helpers/config.ts';
import { type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed({ timeoutMs: 500 });
});
afterEach(() => bed.container.stop());

describe('config', () => {
  test('explain() tells value, origin and what is overridden', () => {
    const explanation = config.bind(bed.shell).explain('rpc.timeoutMs');
    expect(explanation).toMatchObject({ value: 500, from: 'new Container()' });
    expect(bed.show(explanation).split('\n')).toEqual([
      'rpc.timeoutMs = 500   (new Container())',
      expect.stringMatching(/^ {2}Milliseconds/),
      '  instead of 15000 (default)',
    ]);
  });

  test('get() is the value', () => {
    expect(config.bind(bed.shell).get('rpc.timeoutMs')).toBe(500);
    expect(() => config.bind(bed.shell).get('rpc.timeoutMS')).toThrow(/rpc\.timeoutMs/);
  });

  test('paths() is every setting', () => {
    const settings = config.bind(bed.shell).paths();
    expect(settings.map(({ path }) => path)).toEqual(bed.container.config.paths);
    expect(bed.show(settings)).toMatch(/^PATH +VALUE +FROM\n/);
  });
});
