/** `one-way.mjs <url> <system> <mode>`: publishes to the receiver's queue; with the mode `confirmed` persistent messages, each confirmed by the broker. */
import { serve } from '../shared/serve.mjs';
import { sendsHandler, startReceiver } from '../shared/timed-sends.mjs';
import { connect, encoded } from './connect.mjs';

const [url = '', system = '', mode] = process.argv.slice(2);
const queue = `${system}.count`;
const receiver = await startReceiver(new URL('one-way-receiver.mjs', import.meta.url).pathname);
const connection = await connect(url);

async function plain() {
  const channel = await connection.createChannel();
  return (message) => {
    channel.sendToQueue(queue, encoded(message), { contentType: 'application/json' });
  };
}

async function confirmed() {
  const channel = await connection.createConfirmChannel();
  return (message) =>
    new Promise((resolve, reject) => {
      const options = { contentType: 'application/json', persistent: true };
      channel.sendToQueue(queue, encoded(message), options, (error) =>
        error ? reject(error) : resolve(undefined),
      );
    });
}

const send = await (mode === 'confirmed' ? confirmed() : plain());
await serve({ sends: sendsHandler(receiver, send) }, async () => {
  await connection.close();
  await receiver.end();
});
