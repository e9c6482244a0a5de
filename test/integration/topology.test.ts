import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Container,
  type ContainerOptions,
  defineService,
  operation,
  Process,
  ServiceProcess,
  Type,
} from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost, testBroker } from '../support/broker.ts';

// Asked of the broker itself, by rabbitmqctl; a broker that was given from outside cannot be asked.
const withCtl = process.env.IONCORE_TEST_RABBITMQCTL === undefined ? describe.skip : describe;

/** Each rabbitmqctl starts an Erlang machine. */
const slowMs = 120_000;

const Depth = defineService({
  name: 'depth',
  version: '2.1.0',
  operations: { measure: operation({ content: Type.String(), result: Type.Number() }) },
});
class DepthService extends ServiceProcess.for(Depth) {
  op_measure(at: string): number {
    return at.length;
  }
}
class HelloService extends ServiceProcess {
  static readonly serviceName = 'hello';
  op_hello(text: unknown): string {
    return `Hello there, ${String(text)}`;
  }
}
class LogService extends ServiceProcess {
  static readonly serviceName = 'deck.log';
  op_note(): void {}
}
class Echo extends Process {
  op_echo(content: unknown): unknown {
    return content;
  }
}

withCtl('topology at the broker', () => {
  let vhost: TestVhost;
  const containers: Container[] = [];

  beforeAll(async () => {
    vhost = await makeTestVhost('topology');
  }, slowMs);
  afterEach(async () => {
    for (const container of containers.splice(0).reverse()) await container.stop();
  });
  afterAll(() => vhost.dispose(), slowMs);

  /** A started container. */
  async function start(options: ContainerOptions): Promise<Container> {
    const container = new Container({ broker: vhost.url, ...options });
    containers.push(container);
    await container.start();
    return container;
  }

  /** What rabbitmqctl lists of our vhost, sorted by the columns. */
  async function list(what: string, ...columns: readonly string[]): Promise<Record<string, unknown>[]> {
    const { ctl } = testBroker();
    if (ctl === undefined || vhost.vhost === undefined) throw new Error('there is no rabbitmqctl');
    // Connections are listed of all vhosts.
    const scope = what === 'list_connections' ? [] : ['-p', vhost.vhost];
    const rows: unknown = JSON.parse(await ctl(what, ...scope, '--formatter', 'json', ...columns));
    if (!Array.isArray(rows)) throw new Error(`${what} listed ${JSON.stringify(rows)}`);
    const key = (row: Record<string, unknown>) => columns.map((column) => String(row[column])).join('\u0000');
    return rows
      .map((row) => Object.fromEntries(Object.entries(Object(row))))
      .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  const connections = async () =>
    (await list('list_connections', 'vhost', 'channels')).filter((row) => row.vhost === vhost.vhost);
  const channels = () => list('list_channels', 'confirm', 'consumer_count', 'user');
  const queues = () =>
    list('list_queues', 'name', 'durable', 'exclusive', 'auto_delete', 'type', 'arguments', 'policy');
  const consumers = () => list('list_consumers', 'queue_name', 'ack_required', 'prefetch_count', 'active');
  /** Without those that every vhost has. */
  const exchanges = async () =>
    (await list('list_exchanges', 'name', 'type', 'durable', 'auto_delete', 'internal', 'arguments')).filter(
      ({ name }) => name !== '' && !String(name).startsWith('amq.'),
    );
  /** Without those of the default exchange, which every queue has. */
  const bindings = async () =>
    (
      await list('list_bindings', 'source_name', 'destination_name', 'routing_key', 'destination_kind')
    ).filter(({ source_name }) => source_name !== '');

  const classic = { type: 'classic', arguments: [], policy: '' };
  const inbox = (sysname: string, container: string, epoch = 1) => ({
    name: `${sysname}~inbox.${container}~${epoch}`,
    durable: false,
    exclusive: true,
    auto_delete: false,
    ...classic,
  });
  // Durable, shared, and without x-expires or a dead-letter exchange: it may hold work.
  const serviceQueue = (name: string, isTrial = false) => ({
    name,
    durable: true,
    exclusive: false,
    auto_delete: isTrial,
    ...classic,
  });
  const exchange = (name: string, type: string, isTrial = false) => ({
    name,
    type,
    durable: true,
    auto_delete: isTrial,
    internal: false,
    arguments: [],
  });
  /** By which what is tried again comes back. */
  const wayBack = (sysname: string, isTrial = false) => ({
    ...exchange(`${sysname}~again`, 'topic', isTrial),
    arguments: [['alternate-exchange', 'longstr', `${sysname}~dead`]],
  });
  const binding = (source_name: string, destination_name: string, routing_key: string) => ({
    source_name,
    destination_name,
    routing_key,
    destination_kind: 'queue',
  });
  const consumer = (queue_name: string) => ({
    queue_name,
    ack_required: true,
    prefetch_count: 32,
    active: true,
  });
  const inboxConsumer = (queue_name: string) => ({
    queue_name,
    ack_required: false,
    prefetch_count: 0,
    active: true,
  });

  test(
    'a container with 1000 processes and 3 services has two connections, four channels, one queue of its own and one per service',
    async () => {
      const fleetExchanges = [
        exchange('fleet', 'topic'),
        wayBack('fleet'),
        exchange('fleet~control', 'fanout'),
        exchange('fleet~events', 'topic'),
      ];
      const ship = await start({ sysname: 'fleet', id: 'ship' });
      const ids: string[] = [];
      for (let index = 0; index < 990; index += 1) {
        ids.push(await ship.processes.spawn(Echo, index % 10 === 0 ? { localName: `echo${index}` } : {}));
      }
      for (let index = 0; index < 4; index += 1) await ship.processes.spawn(HelloService);
      for (let index = 0; index < 5; index += 1) await ship.processes.spawn(DepthService);
      await ship.processes.spawn(LogService);
      expect(ship.processes.list()).toHaveLength(1000);

      // Everything is used, from here and from another container, which then leaves.
      const boat = await start({ sysname: 'fleet', id: 'boat' });
      for (const caller of [ship, boat]) {
        expect(await Promise.all(ids.map((id) => caller.rpcSend(id, 'echo', id)))).toEqual(ids);
        expect(await caller.rpcSend('ship.echo40', 'echo', 1)).toBe(1);
        expect(await caller.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
        expect(await caller.client(Depth).measure('bow')).toBe(3);
        expect(await caller.rpcSend('fleet.deck.log', 'note')).toBeNull();
      }
      await boat.stop();

      await eventually(async () => (await connections()).length === 2, { withinMs: slowMs / 4 });
      expect((await connections()).map((one) => one.channels)).toEqual([2, 2]);
      const fourChannels = await channels();
      expect(fourChannels).toHaveLength(4);
      expect(fourChannels.map(({ confirm }) => confirm)).toEqual([false, false, false, true]);
      expect(fourChannels.map((channel) => Number(channel.consumer_count)).sort()).toEqual([0, 0, 0, 4]);

      expect(await queues()).toEqual([
        serviceQueue('fleet.deck.log'),
        serviceQueue('fleet.depth.v2'),
        serviceQueue('fleet.hello'),
        inbox('fleet', 'ship'),
      ]);
      expect(await exchanges()).toEqual(fleetExchanges);
      expect(await bindings()).toEqual([
        binding('fleet', 'fleet.deck.log', 'deck.log'),
        binding('fleet', 'fleet.depth.v2', 'depth.v2'),
        binding('fleet', 'fleet.hello', 'hello'),
        binding('fleet', 'fleet~inbox.ship~1', '~ship.#'),
        binding('fleet~again', 'fleet.deck.log', 'deck.log'),
        binding('fleet~again', 'fleet.depth.v2', 'depth.v2'),
        binding('fleet~again', 'fleet.hello', 'hello'),
        binding('fleet~control', 'fleet~inbox.ship~1', ''),
      ]);
      expect(await consumers()).toEqual([
        consumer('fleet.deck.log'),
        consumer('fleet.depth.v2'),
        consumer('fleet.hello'),
        inboxConsumer('fleet~inbox.ship~1'),
      ]);

      // With the last instance here the consumer goes; the queue stays for whoever comes.
      for (const { id, service } of ship.processes.list()) {
        if (service === 'hello') await ship.processes.terminateProcess(id);
      }
      await eventually(async () => (await consumers()).length === 3, { withinMs: slowMs / 4 });
      expect((await consumers()).map(({ queue_name }) => queue_name)).not.toContain('fleet.hello');
      expect(await queues()).toHaveLength(4);

      expect(await ship.stop()).toMatchObject({ complete: true });
      await eventually(async () => (await connections()).length === 0, { withinMs: slowMs / 4 });
      expect(await queues()).toEqual([
        serviceQueue('fleet.deck.log'),
        serviceQueue('fleet.depth.v2'),
        serviceQueue('fleet.hello'),
      ]);
      expect(await consumers()).toEqual([]);
      expect(await exchanges()).toEqual(fleetExchanges);
      expect(await list('list_queues', 'name', 'messages')).toEqual([
        { name: 'fleet.deck.log', messages: 0 },
        { name: 'fleet.depth.v2', messages: 0 },
        { name: 'fleet.hello', messages: 0 },
      ]);
    },
    slowMs,
  );

  test(
    'each further container adds an inbox and its consumers to the same queues',
    async () => {
      const [ship, boat] = [
        await start({ sysname: 'armada', id: 'ship' }),
        await start({ sysname: 'armada', id: 'boat' }),
      ];
      for (const container of [ship, boat]) {
        await container.processes.spawn(HelloService);
        await container.processes.spawn(HelloService);
      }
      const ours = (rows: readonly Record<string, unknown>[]) =>
        rows.filter((row) => Object.values(row).some((value) => String(value).startsWith('armada')));
      expect(await connections()).toHaveLength(4);
      expect(await channels()).toHaveLength(8);
      expect(ours(await queues())).toEqual([
        serviceQueue('armada.hello'),
        inbox('armada', 'boat'),
        inbox('armada', 'ship'),
      ]);
      expect(ours(await consumers())).toEqual([
        consumer('armada.hello'),
        consumer('armada.hello'),
        inboxConsumer('armada~inbox.boat~1'),
        inboxConsumer('armada~inbox.ship~1'),
      ]);
      expect(ours(await exchanges())).toEqual([
        exchange('armada', 'topic'),
        wayBack('armada'),
        exchange('armada~control', 'fanout'),
        exchange('armada~events', 'topic'),
      ]);
    },
    slowMs,
  );

  test(
    'a trial, without a sysname, leaves no queue and no exchange',
    async () => {
      const before = { queues: await queues(), exchanges: await exchanges() };
      const trial = await start({ id: 'trial' });
      await trial.processes.spawn(HelloService);
      await trial.processes.spawn(DepthService);
      expect(await trial.rpcSend('hello', 'hello', 'you')).toBe('Hello there, you');
      const ours = (rows: readonly Record<string, unknown>[]) =>
        rows.filter(({ name }) => String(name).startsWith('trial'));
      expect(ours(await queues())).toEqual([
        serviceQueue('trial.depth.v2', true),
        serviceQueue('trial.hello', true),
        inbox('trial', 'trial'),
      ]);
      expect(ours(await exchanges())).toEqual([
        exchange('trial', 'topic', true),
        wayBack('trial', true),
        exchange('trial~control', 'fanout', true),
        exchange('trial~events', 'topic', true),
      ]);
      expect(await trial.stop()).toMatchObject({ complete: true });
      await eventually(async () => (await connections()).length === 0, { withinMs: slowMs / 4 });
      expect({ queues: await queues(), exchanges: await exchanges() }).toEqual(before);
    },
    slowMs,
  );

  test(
    'a trial that nobody used leaves nothing either',
    async () => {
      const before = { queues: await queues(), exchanges: await exchanges() };
      const trial = await start({ id: 'unused' });
      await trial.stop();
      await eventually(async () => (await connections()).length === 0, { withinMs: slowMs / 4 });
      expect({ queues: await queues(), exchanges: await exchanges() }).toEqual(before);
    },
    slowMs,
  );
});
