import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Container } from '../../src/index.ts';
import { eventually } from '../../src/testing/index.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, type ProgramOptions, usePrograms } from '../support/cli.ts';

let vhost: TestVhost;
let sysname: string;
let counter = 0;
beforeAll(async () => {
  vhost = await makeTestVhost('cli-events');
});
afterAll(() => vhost.dispose());
beforeEach(() => {
  counter += 1;
  sysname = `fleet${process.pid}-${counter}`;
});

const programs = usePrograms();

/** Runs a command in the system of the test. */
function ioncore(args: readonly string[], options: ProgramOptions = {}): Program {
  return programs(args, {
    input: '',
    ...options,
    env: { IONCORE_SYSNAME: sysname, IONCORE_BROKER: vhost.url, ...options.env },
  });
}

/** Runs a command to its end. */
async function run(...args: readonly string[]) {
  const program = ioncore(args);
  const exit = await program.exited();
  return { exit, stdout: program.stdout, stderr: program.stderr };
}

/** A tail that has subscribed. */
async function tail(...args: readonly string[]): Promise<Program> {
  const program = ioncore(['tail', ...args]);
  await program.until('stderr', /ioncore: events of type .* Ctrl-C ends it\n/);
  return program;
}

/** What `rabbitmqctl list_<what>` says of the test's vhost, in order. */
async function listed(what: 'queues' | 'exchanges' | 'bindings'): Promise<readonly string[]> {
  if (vhost.ctl === undefined || vhost.vhost === undefined) return [];
  const columns = what === 'bindings' ? ['source_name', 'destination_name', 'routing_key'] : ['name'];
  const text = await vhost.ctl(`list_${what}`, '-q', '--no-table-headers', '-p', vhost.vhost, ...columns);
  return text.split('\n').filter(Boolean).sort();
}

describe('ioncore tail and ioncore publish', () => {
  test('an event that one process publishes another shows', async () => {
    const shown = await tail('sensor.*', '--origin', 'ship7.#');
    const published = await run(
      'publish',
      'sensor.depth',
      'ship7.sounder',
      '{"m":4.2,"raw":{"$bytes":"AQI="}}',
    );
    expect(published).toEqual({ exit: 0, stdout: 'sent\n', stderr: '' });
    await run('publish', 'sensor.depth', 'ship8.sounder', '1');
    await run('publish', 'sensor.wind', 'ship7', '"gale"');
    await shown.until('stdout', /gale/);
    expect(shown.stdout.split('\n').map((line) => line.replace(/^\S+Z /, ''))).toEqual([
      'sensor.depth ship7.sounder {"m":4.2,"raw":{"$bytes":"AQI="}}',
      'sensor.wind ship7 "gale"',
      '',
    ]);
    expect(shown.stdout).not.toContain('\u001b');
    shown.signal('SIGINT');
    expect(await shown.exited()).toBe(0);
    expect(shown.stderr.split('\n')).toHaveLength(2);
  });

  test('--json shows one JSON object a line; SIGTERM ends it', async () => {
    const shown = await tail('#', '--json');
    await run('publish', 'sensor.depth', 'a ship\nat sea', '{"at":{"$date":"2026-11-21T20:15:00Z"}}');
    await shown.until('stdout', /\n/);
    expect(JSON.parse(shown.stdout)).toEqual({
      type: 'sensor.depth',
      origin: 'a ship\nat sea',
      publishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      publisher: expect.stringMatching(/\.0$/),
      content: { at: { $date: '2026-11-21T20:15:00.000Z' } },
      redelivered: false,
      attempt: 1,
      resent: false,
      position: null,
    });
    shown.signal('SIGTERM');
    expect(await shown.exited()).toBe(0);
  });

  test('a tail ends when nobody reads it any more', async () => {
    const command = `"${process.execPath}" dist/main.js tail sensor.depth | head -1`;
    const pipe = ioncore(['-c', command], { command: 'sh', hasChildren: true });
    await pipe.until('stderr', /Ctrl-C ends it/);
    const publisher = programs(['publish', 'sensor.depth', 'ship7', '-', '--json'], {
      env: { IONCORE_SYSNAME: sysname, IONCORE_BROKER: vhost.url },
    });
    let exit: unknown;
    void pipe.exited(60_000).then((code) => {
      exit = code;
    });
    // It learns that its reader has gone when it writes.
    for (let number = 1; exit === undefined && number < 1_000; number += 1) {
      publisher.write(`${number}\n`);
      await publisher.until('stdout', new RegExp(`"line":${number},`));
    }
    expect(exit).toBe(0);
    expect(pipe.stdout).toMatch(/^\S+ sensor\.depth ship7 1\n$/);
    expect(pipe.stderr.split('\n')).toHaveLength(2);
  });

  test('a log is replayed from its beginning, and from a place in it', async () => {
    const lines = Array.from({ length: 200 }, (_, at) => `${at}\n`).join('');
    const publisher = ioncore(['publish', 'sensor.log', 'ship7', '-', '--qos', 'replay'], { input: lines });
    await publisher.succeeded();
    expect(publisher.stdout).toBe('confirmed 200\n');
    const all = await run('tail', 'sensor.log', '--from', 'first', '--limit', '200', '--json');
    const events = all.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ content }) => content)).toEqual(Array.from({ length: 200 }, (_, at) => at));
    const { offset, index } = events[150].position;
    const rest = await run('tail', 'sensor.log', '--from', `${offset}:${index}`, '--limit', '2');
    expect(rest.stdout).toMatch(/^\S+ sensor\.log ship7 150\n\S+ sensor\.log ship7 151\n$/);
    expect([all.exit, rest.exit]).toEqual([0, 0]);
  });

  test('a durable subscription keeps what is published while nobody tails it, and gives the rest to the next', async () => {
    const first = await tail('sensor.*', '--durable', 'keeper');
    first.signal('SIGINT');
    await first.exited();
    for (const number of [1, 2, 3]) {
      const { stdout } = await run(
        'publish',
        'sensor.depth',
        'ship7',
        `${number}`,
        '--qos',
        'durable',
        '--json',
      );
      expect(JSON.parse(stdout)).toEqual({ type: 'sensor.depth', origin: 'ship7', outcome: 'confirmed' });
    }
    const one = await run('tail', 'sensor.*', '--durable', 'keeper', '--limit', '1');
    expect(one.stdout).toMatch(/^\S+ sensor\.depth ship7 1\n$/);
    const others = await run('tail', 'sensor.*', '--durable', 'keeper', '--limit', '2');
    expect(others.stdout).toMatch(
      / ship7 2( \(redelivered\))?\n\S+ sensor\.depth ship7 3( \(redelivered\))?\n$/,
    );
    const conflict = await run('tail', 'other.*', '--durable', 'keeper');
    expect([conflict.exit, conflict.stdout]).toEqual([1, '']);
    expect(conflict.stderr).toMatch(
      /^ioncore: Conflict: the durable subscription 'keeper' exists for other events/,
    );
  });

  test('a tail tells that the connection is lost and back, and goes on', async () => {
    if (vhost.ctl === undefined || vhost.vhost === undefined) return;
    const shown = await tail('sensor.depth');
    await vhost.ctl('close_all_connections', '-q', '--vhost', vhost.vhost, 'maintenance');
    await shown.until('stderr', /ioncore: connected to the broker again\n/);
    await run('publish', 'sensor.depth', 'ship7', '1');
    await shown.until('stdout', / ship7 1\n/);
    expect(
      shown.stderr.match(/connection to the broker lost \(.*maintenance.*\); trying again\n/g),
    ).toHaveLength(1);
    expect(shown.stderr.match(/\n/g)).toHaveLength(3);
  });

  test('what cannot be is told with a remedy, and fails', async () => {
    const unroutable = await run('publish', 'sensor.depth', 'ship7', '1', '--qos', 'durable');
    expect([unroutable.exit, unroutable.stdout]).toEqual([1, 'unroutable\n']);
    expect(unroutable.stderr).toMatch(/^ioncore: unroutable: no durable subscription takes it.*\n$/);
    const noLog = await run('tail', 'sensor.never', '--from', 'first');
    expect([noLog.exit, noLog.stdout]).toEqual([1, '']);
    expect(noLog.stderr).toMatch(/^ioncore: NotFound: there is no log of events of type 'sensor\.never'.*\n/);
    const noJson = await run('publish', 'sensor.depth', 'ship7', 'hello');
    expect([noJson.exit, noJson.stdout]).toEqual([64, '']);
    expect(noJson.stderr).toMatch(/^ioncore: the content cannot be used: .*not JSON.*a text is quoted.*\n$/);
    const nobody = await run('tail', '#', '--broker', 'amqp://127.0.0.1:1');
    expect([nobody.exit, nobody.stdout]).toEqual([1, '']);
    expect(nobody.stderr).toMatch(/^ioncore: BrokerUnreachable: /);
  });
});

describe('a command that looks into a system', () => {
  let container: Container;
  beforeEach(async () => {
    container = new Container({ sysname, broker: vhost.url, id: `shore${counter}` });
    await container.start();
    // What a system has that has heard of events and of dead letters.
    await container.events.subscribe('sensor.#', () => undefined, { durable: 'recorder' });
    await container.events.publish('sensor.depth', 'ship7', 1);
    await container.events.deadLetters.list();
  });
  afterEach(() => container.stop());

  test('leaves nothing behind', async () => {
    const before = await Promise.all([listed('queues'), listed('exchanges'), listed('bindings')]);
    const shown = await tail('sensor.#');
    expect(await run('publish', 'sensor.depth', 'ship7', '1')).toMatchObject({ exit: 0 });
    expect(await run('publish', 'sensor.depth', 'ship7', '1', '--qos', 'durable')).toMatchObject({ exit: 0 });
    expect(await run('dead', 'list')).toEqual({ exit: 0, stdout: 'no dead letters\n', stderr: '' });
    await shown.until('stdout', /\n.*\n/);
    shown.signal('SIGTERM');
    await shown.exited();
    const after = await Promise.all([listed('queues'), listed('exchanges'), listed('bindings')]);
    expect(after).toEqual(before);
  });

  test('is no member that anybody hears of', async () => {
    const heard: string[] = [];
    await container.events.subscribe('system.#', (_content, { type, publisher }) => {
      if (!publisher.startsWith(`${container.id}.`)) heard.push(type);
    });
    await run('publish', 'sensor.depth', 'ship7', '1');
    // What came before it has come.
    await run('publish', 'system.end', 'test', '1');
    await eventually(() => heard.includes('system.end'));
    expect(heard).toEqual(['system.end']);
  });
});

describe('ioncore dead', () => {
  let container: Container;
  let isFailing: boolean;
  let handled: unknown[];
  beforeEach(async () => {
    isFailing = true;
    handled = [];
    container = new Container({ sysname, broker: vhost.url });
    await container.start();
    const handler = (content: unknown): void => {
      if (isFailing) throw new Error('out of ink');
      handled.push(content);
    };
    await container.events.subscribe('sensor.*', handler, { durable: 'recorder', attempts: 1 });
    for (const [type, content] of [
      ['sensor.depth', 1],
      ['sensor.wind', 2],
      ['sensor.depth', 3],
    ] as const) {
      await container.events.publish(type, 'ship7', content, { qos: 'durable' });
    }
    await eventually(async () => (await container.events.deadLetters.list()).length === 3);
  });
  afterEach(() => container.stop());

  test('list and show tell what nobody could handle', async () => {
    const table = await run('dead', 'list');
    expect(table.exit).toBe(0);
    expect(table.stdout.split('\n')[0]).toMatch(
      /^ID +DIED AT +REASON +ATTEMPTS +ADDRESS +OP +ORIGIN +ERROR$/,
    );
    expect(
      table.stdout.match(/ attempts +1 +~durable~recorder +sensor\.\w+ +ship7 +.*out of ink\n/g),
    ).toHaveLength(3);
    const letters = JSON.parse((await run('dead', 'list', '--json', '--op', 'sensor.wind')).stdout);
    expect(letters).toMatchObject([{ op: 'sensor.wind', origin: 'ship7', content: 2, reason: 'attempts' }]);
    const { id } = letters[0];
    expect((await run('dead', 'show', id)).stdout).toMatch(new RegExp(`^id +${id}\\n[^]*\\ncontent +2\\n$`));
    expect(JSON.parse((await run('dead', 'show', id, '--json')).stdout)).toEqual(letters[0]);
    const nobody = await run('dead', 'show', 'nope');
    expect([nobody.exit, nobody.stdout]).toEqual([1, '']);
    expect(nobody.stderr).toMatch(/^ioncore: NotFound: there is no dead letter 'nope'/);
  });

  test('replay sends one, those of a filter, or all', async () => {
    isFailing = false;
    const [letter] = await container.events.deadLetters.list({ op: 'sensor.wind' });
    expect(await run('dead', 'replay', letter?.id ?? '')).toEqual({
      exit: 0,
      stdout: '1 replayed\n',
      stderr: '',
    });
    await eventually(() => handled.length === 1);
    expect(handled).toEqual([2]);
    expect((await run('dead', 'replay', '--address', 'somebody', '--json')).stdout).toBe(
      '{\n  "replayed": 0\n}\n',
    );
    expect((await run('dead', 'replay')).exit).toBe(64);
    expect(await run('dead', 'replay', '--all')).toMatchObject({ exit: 0, stdout: '2 replayed\n' });
    await eventually(() => handled.length === 3);
    expect(await container.events.deadLetters.list()).toEqual([]);
  });

  test('drop forgets', async () => {
    expect(await run('dead', 'drop', '--op', 'sensor.depth')).toMatchObject({
      exit: 0,
      stdout: '2 dropped\n',
    });
    expect((await container.events.deadLetters.list()).map(({ op }) => op)).toEqual(['sensor.wind']);
    expect((await run('dead', 'drop')).exit).toBe(64);
    expect(await run('dead', 'drop', '--all')).toMatchObject({ exit: 0, stdout: '1 dropped\n' });
    expect(await run('dead', 'list')).toMatchObject({ exit: 0, stdout: 'no dead letters\n' });
    expect(handled).toEqual([]);
  });
});
