/** `one-way.mjs <url> <system> <mode>`: emits events through a client proxy. */
import { ClientProxyFactory } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { serve } from '../shared/serve.mjs';
import { sendsHandler, startReceiver } from '../shared/timed-sends.mjs';
import { optionsOf } from './options.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const receiver = await startReceiver(new URL('one-way-receiver.mjs', import.meta.url).pathname);
const client = ClientProxyFactory.create(optionsOf(url, `${system}.count`, mode));
await client.connect();
const send = (message) => lastValueFrom(client.emit('count', message), { defaultValue: undefined });
await serve({ sends: sendsHandler(receiver, send) }, async () => {
  await client.close();
  await receiver.end();
});
