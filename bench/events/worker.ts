/** One side of the benchmark in an OS process of its own: `worker.ts <role> <broker> <sysname> <events> <topics>`. It tells `ready`, is told to go, and tells when it is done. */
import amqp from 'amqplib';
import { Container, Process } from '../../src/index.ts';
import { originOf, Reading, reading, subscriptions } from './contents.ts';

const [role = '', broker = '', sysname = '', eventsText = '0', topicsText = '1'] = process.argv.slice(2);
const events = Number(eventsText);
const topics = Number(topicsText);
/** Raw: so many are published before the event loop has its turn. */
const batch = 256;

const say = (text: string): void => void process.send?.(text);
/** What this process has used since it was told to go, microseconds for each event. */
let usageBefore = process.cpuUsage();
const cpu = (): string => {
  const { user, system } = process.cpuUsage(usageBefore);
  return ((user + system) / events).toFixed(2);
};
const told = (): Promise<void> =>
  new Promise((resolve) =>
    process.once('message', () => {
      usageBefore = process.cpuUsage();
      resolve();
    }),
  );
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function rawPublisher(): Promise<void> {
  const connection = await amqp.connect(broker, { noDelay: true });
  const channel = await connection.createChannel();
  say('ready');
  await told();
  for (let number = 0; number < events; number += 1) {
    const key = `${Reading.type}.${originOf(number, topics)}`;
    const hasRoom = channel.publish(sysname, key, Buffer.from(JSON.stringify(reading(number))), {
      contentType: 'application/json',
    });
    if (!hasRoom) await new Promise((resolve) => channel.once('drain', resolve));
    else if (number % batch === batch - 1) await turn();
  }
  await channel.close();
  await connection.close();
  say(`done ${cpu()}`);
}

async function rawSubscriber(): Promise<void> {
  const connection = await amqp.connect(broker, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertExchange(sysname, 'topic', { durable: false, autoDelete: true });
  let received = 0;
  let sum = 0;
  for (let index = 0; index < subscriptions; index += 1) {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, sysname, `${Reading.type}.#`);
    await channel.consume(
      queue,
      (message) => {
        sum += JSON.parse(String(message?.content)).value;
        received += 1;
        if (received === events * subscriptions) say(`done ${sum} ${cpu()}`);
      },
      { noAck: true },
    );
  }
  say('ready');
  await told();
  await told();
  await connection.close();
}

class Source extends Process {
  async op_run(): Promise<void> {
    for (let number = 0; number < events; number += 1)
      await this.publish(Reading, originOf(number, topics), reading(number));
  }
}

class Sink extends Process {
  override async onInit(): Promise<void> {
    let received = 0;
    let sum = 0;
    for (let index = 0; index < subscriptions; index += 1) {
      await this.subscribe(
        Reading,
        ({ value }) => {
          sum += value;
          received += 1;
          if (received === events * subscriptions) say(`done ${sum} ${cpu()}`);
        },
        { limit: 10_000_000 },
      );
    }
  }
}

async function ours(): Promise<void> {
  const container = new Container({ sysname, broker });
  await container.start();
  if (role === 'subscriber') await container.processes.spawn(Sink);
  const source = role === 'publisher' ? await container.processes.spawn(Source) : undefined;
  say('ready');
  await told();
  if (source !== undefined) {
    await container.rpcSend(source, 'run', null, { timeoutMs: 600_000 });
    say(`done ${cpu()}`);
  } else await told();
  await container.stop();
}

if (role === 'raw-publisher') await rawPublisher();
else if (role === 'raw-subscriber') await rawSubscriber();
else await ours();
if (process.connected) process.disconnect();
