/**
 * `single-server.mjs <url> <system> <number> <prefetch>`: one of several that take from one queue, one message at a time, and acknowledge each when it is
 * answered; RabbitMQ gives each its next one in turn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerTo } from '../shared/messages.mjs';
import { serve } from '../shared/serve.mjs';
import { connect, decoded, encoded } from './connect.mjs';

const [url = '', system = '', number, prefetch] = process.argv.slice(2);
const by = Number(number);
const connection = await connect(url);
const channel = await connection.createChannel();
await channel.prefetch(Number(prefetch));
await channel.assertQueue(`${system}.work`, { durable: true });

/** @type {import('amqplib').ConsumeMessage[]} */
const waiting = [];
let isBusy = false;

async function workOn() {
  isBusy = true;
  for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
    const { number, text, handlerMs } = decoded(message);
    if (handlerMs > 0) await sleep(handlerMs);
    const { replyTo, correlationId } = message.properties;
    const answer = { ...answerTo({ number, text }), by };
    channel.sendToQueue(replyTo, encoded(answer), { correlationId, contentType: 'application/json' });
    channel.ack(message);
  }
  isBusy = false;
}

await channel.consume(`${system}.work`, (message) => {
  if (message === null) throw new Error('the broker has ended the consumer');
  waiting.push(message);
  if (!isBusy) void workOn();
});
await serve({}, () => connection.close());
