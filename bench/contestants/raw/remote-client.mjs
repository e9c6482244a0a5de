/** `remote-client.mjs <url> <system>`: calls with one message each; the answers come to a queue of its own, which is not acknowledged. */

import { serve } from '../shared/serve.mjs';
import { callsHandler } from '../shared/timed-calls.mjs';
import { connect, decoded, encoded } from './connect.mjs';

const [url = '', system = ''] = process.argv.slice(2);
const connection = await connect(url);
const channel = await connection.createChannel();
const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
/** @type {Map<string, (answer: import('../shared/messages.mjs').Message) => void>} */
const pending = new Map();
await channel.consume(
  replyTo,
  (message) => {
    const answer = decoded(message);
    const { correlationId } = message.properties;
    pending.get(correlationId)?.(answer);
    pending.delete(correlationId);
  },
  { noAck: true },
);
let calls = 0;

/** @param {import('../shared/messages.mjs').Message} message */
function call(message) {
  const correlationId = String(calls++);
  return new Promise((resolve) => {
    pending.set(correlationId, resolve);
    channel.sendToQueue(`${system}.echo`, encoded(message), {
      correlationId,
      replyTo,
      contentType: 'application/json',
    });
  });
}

await serve({ calls: callsHandler(call) }, () => connection.close());
