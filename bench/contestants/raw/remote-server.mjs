/** `remote-server.mjs <url> <system>`: answers requests from a durable queue and acknowledges each. */
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { connect, decoded, encoded, prefetch } from './connect.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const connection = await connect(url);
const channel = await connection.createChannel();
await channel.prefetch(prefetch);
await channel.assertQueue(`${system}.echo`, { durable: true });
await channel.consume(`${system}.echo`, (message) => {
  const answer = answerTo(decoded(message));
  const { replyTo, correlationId } = message.properties;
  channel.sendToQueue(replyTo, encoded(answer), { correlationId, contentType: 'application/json' });
  channel.ack(message);
});
await serve({}, () => connection.close());
