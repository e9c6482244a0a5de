import { expect, test } from '@jest/globals';
import { RemoteMonitors } from '../../../src/process/remote-monitors.ts';
import { type Scope, scopes } from '../../../src/process/scope.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';

test('RemoteMonitors#watch() goes on in nobody’s name, whoever began it', async () => {
  const env = fakeEnv();
  const seen: (Scope | undefined)[] = [];
  const ask = async () => {
    seen.push(scopes.getStore());
    return null;
  };
  const monitors = new RemoteMonitors({
    container: 'ship',
    env,
    conversations: {
      ask: () => (seen.length < 4 ? ask() : new Promise(() => {})),
    },
  });
  const scope: Scope = { owner: { id: 'ship.1', attributesStrayErrors: true, strayError: () => undefined } };
  scopes.run(scope, () => monitors.watch('shore.1', 'ship.1', () => undefined));
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  monitors.close();
});
