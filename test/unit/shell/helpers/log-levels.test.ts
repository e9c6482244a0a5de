import { describe, expect, test } from '@jest/globals';
import { LogLevels } from '../../../../src/index.ts';
import { levels, setLevel } from '../../../../src/shell/helpers/log-levels.ts';
import { shellBed } from '../bed.ts';

describe('levels() and set_level()', () => {
  test('show and change the levels of the container’s logger', async () => {
    const logLevels = new LogLevels({ process: 'warn' });
    const { container, shell, show } = await shellBed({ logLevels });
    expect(show(levels.bind(shell)())).toBe('PATH     LEVEL\nroot     info\nprocess  warn');
    expect(setLevel.bind(shell)('exchange', 'debug')).toContainEqual({ path: 'exchange', level: 'debug' });
    expect(logLevels.levelOf('exchange.inbox')).toBe('debug');
    setLevel.bind(shell)('exchange', null);
    expect(logLevels.levelOf('exchange.inbox')).toBe('info');
    expect(() => setLevel.bind(shell)('exchange', JSON.parse('"verbose"'))).toThrow(/did you mean debug/);
    await container.stop();
  });

  test('set_level() tells of a room that there is not, and sets it', async () => {
    const logLevels = new LogLevels({});
    const { container, shell, show } = await shellBed({ logLevels });
    expect(show(setLevel.bind(shell)('exchage', 'debug'))).toBe(
      "PATH     LEVEL\nroot     info\nexchage  debug\nno room of the container is called 'exchage'; did you mean 'exchange'?",
    );
    expect(show(setLevel.bind(shell)('exchage', null))).toBe('PATH  LEVEL\nroot  info');
    await container.stop();
  });

  test('say so where the container was not given any', async () => {
    const { container, shell } = await shellBed();
    expect(() => levels.bind(shell)()).toThrow(/give `logLevels` to new Container\(\)/);
    expect(() => setLevel.bind(shell)('root', 'debug')).toThrow(/give `logLevels` to new Container\(\)/);
    await container.stop();
  });
});
