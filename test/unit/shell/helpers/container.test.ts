import { expect, test } from '@jest/globals';
import { cc, info } from '../../../../src/shell/helpers/container.ts';
import { shellBed } from '../bed.ts';

test('info() is the container’s facts, one a line when they are shown', async () => {
  const { container, shell, show } = await shellBed();
  const facts = info.bind(shell)();
  expect(facts).toMatchObject({ id: 'shore', sysname: 'shore', state: 'ACTIVE', processes: 0 });
  const lines = show(facts).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^id +shore$/),
      expect.stringMatching(/^broker +connected, url embedded:, epoch 1$/),
      expect.stringMatching(/^services +none$/),
      expect.stringMatching(/^conversations +.*pending 0/),
    ]),
  );
  await container.stop();
});

test('cc is the container, and shown in a line', async () => {
  const { container, shell, show } = await shellBed();
  expect(cc.bind(shell)).toBe(container);
  expect(show(container)).toBe('container shore of system shore, ACTIVE');
  await container.stop();
});
