import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Container, ContainerError } from '../../src/index.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { makeTestVhost, type TestVhost } from '../support/broker.ts';
import { type Program, usePrograms } from '../support/cli.ts';

/** One execution, as its instance wrote it down. */
interface Execution {
  readonly id: string;
  readonly redelivered: boolean;
}

/** What became of a piece of work, as its caller sees it. */
type Outcome = 'answered' | ContainerError;

describe('SIGTERM under load', () => {
  const start = usePrograms();
  let vhost: TestVhost;
  let directory: string;
  let callers: Container;
  let systems = 0;

  beforeAll(async () => {
    vhost = await makeTestVhost('stop-under-load');
  });
  afterAll(() => vhost.dispose());
  beforeEach(async () => {
    systems += 1;
    directory = await mkdtemp(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'mill-'));
    await writeFile(join(directory, 'mill'), '');
    callers = new Container({ sysname: `mill-${process.pid}-${systems}`, broker: vhost.url });
    await callers.start();
  });
  afterEach(async () => {
    await callers.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('loses no request: each is answered or Unavailable, none runs twice; what is sent one way is done', async () => {
    const outcomes = new Map<string, Outcome>();
    const sent = new Set<string>();
    const serving = await Promise.all([server(), server()]);
    const stopped: Program[] = [];
    const load = new Load(callers, outcomes, sent);
    for (let round = 1; round <= 6; round += 1) {
      const next = server();
      await eventually(() => outcomes.size >= round * 350, { withinMs: 20_000 });
      serving.push(await next);
      const leaving = serving.shift();
      leaving?.signal('SIGTERM');
      if (leaving !== undefined) stopped.push(leaving);
    }
    await eventually(() => outcomes.size >= 2_600, { withinMs: 20_000 });
    // As long as somebody serves, nobody even has to try again.
    expect([...outcomes.values()].filter((outcome) => outcome !== 'answered')).toEqual([]);
    // The last ones end under load, too, and together; then nobody is left.
    for (const program of serving) program.signal('SIGTERM');
    await load.stop();
    for (const program of [...stopped, ...serving]) {
      expect(await program.exited()).toBe(0);
      expect(program.stderr).not.toContain('not everything had ended');
    }
    const last = await server();
    await eventually(async () => (await left(sent)) === 0, { withinMs: 20_000 });
    last.signal('SIGTERM');
    expect(await last.exited()).toBe(0);

    const runs = new Map<string, number>();
    for (const { id, redelivered } of await executions()) {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      expect([id, redelivered]).toEqual([id, false]);
    }
    const refused = [...outcomes.values()].filter((outcome) => outcome !== 'answered');
    expect(new Set(refused.map(({ code }) => code))).toEqual(
      new Set(refused.length > 0 ? ['Unavailable'] : []),
    );
    for (const [id, outcome] of outcomes) {
      const ran = runs.get(id) ?? 0;
      if (outcome === 'answered') expect([id, ran]).toEqual([id, 1]);
      else if (outcome.details?.executed === 'no') expect([id, ran]).toEqual([id, 0]);
      else expect([id, ran <= 1]).toEqual([id, true]);
    }
    // Handing back was put to the test.
    expect(stopped.map(({ stderr }) => /handedBack=[1-9]/.test(stderr))).toContain(true);
    expect(outcomes.size).toBeGreaterThan(2_600);
    expect(sent.size).toBeGreaterThan(200);
  }, 120_000);

  /** A container with the mill, ready. */
  async function server(): Promise<Program> {
    const args = ['start', '-n', '-s', callers.sysname, '--broker', vhost.url];
    const program = start([...args, 'test/e2e/fixtures/stopping/mill.app'], {
      env: { MILL_FILE: join(directory, 'mill') },
    });
    await program.until('stderr', / ready /);
    return program;
  }

  async function executions(): Promise<readonly Execution[]> {
    const lines = (await readFile(join(directory, 'mill'), 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => {
      const [id = '', , redelivered] = line.split(' ');
      return { id, redelivered: redelivered === 'true' };
    });
  }

  /** How many of these were not executed. */
  async function left(ids: ReadonlySet<string>): Promise<number> {
    const done = new Set((await executions()).map(({ id }) => id));
    return [...ids].filter((id) => !done.has(id)).length;
  }
});

/** Callers that ask for one piece of work after the other, and now and then send one that nobody answers. */
class Load {
  readonly #container: Container;
  readonly #outcomes: Map<string, Outcome>;
  readonly #sent: Set<string>;
  readonly #callers: Promise<unknown>;
  #isOver = false;

  constructor(container: Container, outcomes: Map<string, Outcome>, sent: Set<string>) {
    this.#container = container;
    this.#outcomes = outcomes;
    this.#sent = sent;
    this.#callers = Promise.all(Array.from({ length: 60 }, (_, number) => this.#call(number)));
  }

  /** No more is asked for; resolves when all have their answers. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#callers;
  }

  async #call(caller: number): Promise<void> {
    for (let number = 0; !this.#isOver; number += 1) {
      const id = `${caller}-${number}`;
      const [service, op] = caller % 6 === 0 ? ['miller', 'order'] : ['mill', 'grind'];
      try {
        await this.#container.rpcSend(service, op, id, { timeoutMs: 10_000 });
        this.#outcomes.set(id, 'answered');
      } catch (error) {
        if (!(error instanceof ContainerError)) throw error;
        this.#outcomes.set(id, error);
      }
      if (number % 10 !== 9) continue;
      await this.#container.send('mill', 'grind', `sent-${id}`);
      this.#sent.add(`sent-${id}`);
    }
  }
}
