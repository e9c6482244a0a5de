/** `remote-client.mjs <url> <system> <mode>`: calls through a client proxy. */
import { ClientProxyFactory } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { serve } from '../shared/serve.mjs';
import { callsHandler } from '../shared/timed-calls.mjs';
import { optionsOf } from './options.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const client = ClientProxyFactory.create(optionsOf(url, `${system}.echo`, mode));
await client.connect();
await serve({ calls: callsHandler((message) => firstValueFrom(client.send('echo', message))) }, () =>
  client.close(),
);
