import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestContainer } from 'ioncore/testing';
import { Greeter } from '../src/greeter.ts';

// The app as it runs elsewhere, on a broker inside this program.
const container = await startTestContainer();
const client = container.client(Greeter);

before(() => container.apps.start('greeter.app'));
after(() => container.stop());

test('greet answers with the words of the app', async () => {
  assert.equal(await client.greet({ name: 'you' }), 'Hello there, you');
});

test('content that the contract does not allow is refused', async () => {
  await assert.rejects(container.rpcSend('greeter', 'greet', { name: 7 }), { code: 'BadRequest' });
});
