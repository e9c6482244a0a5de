import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../../src/cli/parse-arguments.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

const parse = (...argv: string[]) => parseArguments(argv, '0.0.0', {});

describe('ioncore new', () => {
  test('takes a kind, a name and a directory', async () => {
    const given = { command: 'new', kind: 'service', name: 'tides' };
    expect(await parse('new', 'service', 'tides')).toEqual({ ...given, directory: undefined });
    expect(await parse('new', 'service', 'tides', '--directory', 'x')).toEqual({ ...given, directory: 'x' });
  });

  test.each([
    [['new'], /what shall be made\? Say 'ioncore new service NAME'/],
    [['new', 'servce', 'tides'], /Did you mean service\?/],
    [['new', 'service'], /Not enough/],
    [['new', 'service', 'a', 'b'], /Unknown argument: b/],
    [['new', 'service', 'a', '--dir', 'x'], /Unknown argument: dir/],
    [['new', 'service', 'a', '--directory'], /directory/],
    [['new', 'service', 'a', '--directory', 'x', '--directory', 'y'], /--directory is given 2 times/],
  ])('%j is a usage error', async (argv, message) => {
    await expect(parse(...argv)).rejects.toThrow(UsageError);
    await expect(parse(...argv)).rejects.toThrow(message);
  });

  test.each([
    [['--help'], /ioncore new .*ioncore new service NAME/],
    [['new', '--help'], /ioncore new service <name>/],
    [
      ['new', 'service', '--help'],
      /--directory .*default \.\/NAME.*cd NAME, npm install, npm test, npm start/,
    ],
  ])('%j tells how to use it', async (argv, text) => {
    const printed = await parse(...argv);
    expect(printed.command === 'print' && printed.text.replace(/\s+/g, ' ')).toMatch(text);
  });
});
