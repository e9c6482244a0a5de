import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import { Container, type ContainerOptions, ServiceProcess } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { recordingLogger } from '../../src/testing/recording-logger.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';

/** Each rabbitmqctl starts an Erlang machine. */
const slowMs = 60_000;
const sysname = 'answers';
const user = `answers-${process.pid}`;

class EchoService extends ServiceProcess {
  static readonly serviceName = 'echo';
  handled = 0;
  op_echo(content: unknown): unknown {
    this.handled += 1;
    return content;
  }
}

let vhost: TestVhost;
const containers: Container[] = [];
const strangers: ChannelModel[] = [];

beforeAll(async () => {
  vhost = await makeTestVhost('json-answers');
}, slowMs);
afterEach(async () => {
  for (const stranger of strangers.splice(0)) await stranger.close();
  for (const container of containers.splice(0).reverse()) await container.stop();
});
afterAll(() => vhost.dispose(), slowMs);

/** A container that serves `echo`, what it logs, and its process. */
async function serving(options: ContainerOptions = {}) {
  const logger = recordingLogger();
  const { lines } = logger;
  const container = new Container({ sysname, broker: vhost.url, logger, ...options });
  containers.push(container);
  await container.start();
  const echo = container.processes.get(await container.processes.spawn(EchoService)) as EchoService;
  const closed = () =>
    lines.filter(({ message }) =>
      /the (publish|confirm|consume) channel is given up|connection to the broker lost/.test(message),
    );
  return { container, echo, lines, closed };
}

/** Asks as programs of other languages do; `replyTo` stands for nobody unless it says direct reply-to, whose answers are given. */
async function stranger() {
  const connection = await connect(vhost.url);
  strangers.push(connection);
  const channel = await connection.createChannel();
  const answers: string[] = [];
  const take = (message: { readonly content: Buffer } | null) => void answers.push(String(message?.content));
  await channel.consume('amq.rabbitmq.reply-to', take, { noAck: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.consume(queue, take, { noAck: true });
  const ask = (text: string, replyTo: string) =>
    void channel.publish(sysname, 'echo', Buffer.from(text), { type: 'echo', replyTo });
  return { ask, queue, answers };
}

describe('a JSON request with a forged direct reply-to', () => {
  test('costs neither the container its connection nor others their answers', async () => {
    const { container, echo, closed } = await serving();
    const other = await serving();
    const { ask, queue, answers } = await stranger();
    ask('"forged"', 'amq.rabbitmq.reply-to.a.b');
    await eventually(() => echo.handled + other.echo.handled === 1);
    ask('"by queue"', queue);
    ask('"direct"', 'amq.rabbitmq.reply-to');
    await eventually(() => {
      expect([...answers].sort()).toEqual(['"by queue"', '"direct"']);
      return true;
    });
    expect(await other.container.rpcSend('echo', 'echo', 'frames')).toBe('frames');
    for (const one of [container, other.container]) {
      expect(one.info().broker).toMatchObject({ type: 'connected', epoch: 1 });
    }
    expect(closed()).toEqual([]);
    expect(other.closed()).toEqual([]);
  });
});

const withCtl = process.env.IONCORE_TEST_RABBITMQCTL === undefined ? describe.skip : describe;

withCtl('a container whose login may not write to the default exchange', () => {
  const own = `^${sysname}([.~].*)?$`;
  const permit = (write: string) =>
    vhost.ctl?.('set_permissions', '-p', vhost.vhost ?? '/', user, own, write, own);
  let broker = '';

  beforeAll(async () => {
    await vhost.ctl?.('add_user', user, 'secret');
    const url = new URL(vhost.url);
    url.username = user;
    url.password = 'secret';
    broker = url.href;
  }, slowMs);
  afterAll(async () => void (await vhost.ctl?.('delete_user', user)), slowMs);

  test(
    'refuses JSON that wants an answer, with the reason in its log; nothing else suffers',
    async () => {
      await permit(own);
      const { container, echo, lines, closed } = await serving({ broker });
      const { ask, queue, answers } = await stranger();
      ask('"wants an answer"', queue);
      ask('"wants one too"', queue);
      await eventually(() => container.info().inbox.undecodable === 2);
      expect(echo.handled).toBe(0);
      const told = lines.filter(({ message }) => message.startsWith('undecodable'));
      expect(told).toMatchObject([{ fields: { error: { reason: 'unanswerable' } } }]);
      expect(String(told[0]?.fields.error)).toContain("grant it on 'amq.default'");
      ask('"one way"', '');
      await eventually(() => echo.handled === 1);
      expect(await container.rpcSend('echo', 'echo', 'frames')).toBe('frames');
      expect(answers).toEqual([]);
      expect(closed()).toEqual([]);
      expect(container.info().broker).toMatchObject({ type: 'connected', epoch: 1 });
    },
    slowMs,
  );

  test(
    'answers once it may',
    async () => {
      await permit(`^(${sysname}([.~].*)?|amq\\.default)$`);
      const { closed, lines } = await serving({ broker });
      const { ask, queue, answers } = await stranger();
      for (const text of ['1', '2', '3']) ask(text, queue);
      ask('"direct"', 'amq.rabbitmq.reply-to');
      await eventually(() => answers.length === 4);
      expect(answers.filter((text) => text !== '"direct"')).toEqual(['1', '2', '3']);
      expect(closed()).toEqual([]);
      expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    },
    slowMs,
  );
});
