/** `one-way-receiver.mjs <url> <system>`: takes messages from a durable queue and acknowledges each. */
import { arrivals } from '../shared/arrivals.mjs';
import { connect, decoded, prefetch } from './connect.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const connection = await connect(url);
const { ready, arrived } = arrivals(() => connection.close());
const channel = await connection.createChannel();
await channel.prefetch(prefetch);
await channel.assertQueue(`${system}.count`, { durable: true });
await channel.consume(`${system}.count`, (message) => {
  arrived(decoded(message));
  channel.ack(message);
});
ready();
