/** `single-client.mjs <url> <system> <instances>`: calls with one message each. */
import { serve } from '../shared/serve.mjs';
import { spreadCalls } from '../shared/spread-calls.mjs';
import { timedCalls } from '../shared/timed-calls.mjs';
import { connect, decoded, encoded } from './connect.mjs';

const [url = '', system = '', instances] = process.argv.slice(2);
const connection = await connect(url);
const channel = await connection.createChannel();
const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
/** @type {Map<string, (answer: any) => void>} */
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

/** @param {import('../shared/messages.mjs').Message & { handlerMs: number }} content */
function work(content) {
  const correlationId = String(calls++);
  return new Promise((resolve) => {
    pending.set(correlationId, resolve);
    const options = { correlationId, replyTo, contentType: 'application/json' };
    channel.sendToQueue(`${system}.work`, encoded(content), options);
  });
}

await serve(
  {
    /** @param {number} inFlight @param {number} ms */
    echo: (inFlight, ms) =>
      timedCalls({ inFlight, bytes: 16, ms, call: (message) => work({ ...message, handlerMs: 0 }) }),
    /** @param {number} handlerMs @param {number} count */
    work: (handlerMs, count) =>
      spreadCalls(count, Number(instances), (message) => work({ ...message, handlerMs })),
  },
  () => connection.close(),
);
