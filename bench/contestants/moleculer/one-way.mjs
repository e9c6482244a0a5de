/** `one-way.mjs <url> <system> <mode>`: emits events to the service of another node. */
import { serve } from '../shared/serve.mjs';
import { sendsHandler, startReceiver } from '../shared/timed-sends.mjs';
import { brokerOf } from './broker.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const receiver = await startReceiver(new URL('one-way-receiver.mjs', import.meta.url).pathname);
const broker = brokerOf({ url, system, node: 'sender', mode });
await broker.start();
await broker.waitForServices('counter', 30_000);
await serve({ sends: sendsHandler(receiver, (message) => broker.emit('count', message)) }, async () => {
  await broker.stop();
  await receiver.end();
});
