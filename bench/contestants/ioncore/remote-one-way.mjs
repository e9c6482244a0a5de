/** `remote-one-way.mjs <url> <system> <mode>`: sends to the service `counter`; with the mode `process` to its one instance, by its id. */
import { serve } from '../shared/serve.mjs';
import { sendsHandler, startReceiver } from '../shared/timed-sends.mjs';
import { started } from './remote.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const receiver = await startReceiver(new URL('remote-one-way-receiver.mjs', import.meta.url).pathname);
const container = await started(url, system);
const target = mode === 'process' ? receiver.facts.process : 'counter';
const send = (message) => container.send(target, 'count', message);
await serve({ sends: sendsHandler(receiver, send) }, async () => {
  await container.stop();
  await receiver.end();
});
