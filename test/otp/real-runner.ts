import { Container } from '../../src/index.ts';
import { type FakeEnv, fakeEnv } from '../../src/testing/index.ts';
import { NestedRun } from './nested-run.ts';
import type { NestedScenario } from './nested-scenario.ts';
import { RealRun } from './real-run.ts';
import type { Scenario } from './scenario.ts';

/** Runs scenarios on real processes, one after the other in one container on a clock that is moved. */
export class RealRunner {
  #place: Promise<{ readonly container: Container; readonly env: FakeEnv }>;
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#place = makePlace();
  }

  /** The trace of a scenario on one supervisor. Never rejects. */
  run(scenario: Scenario): Promise<readonly string[]> {
    return this.#next((container, env) => new RealRun(container, env, scenario));
  }

  /** The trace of a scenario on a tree of supervisors. Never rejects. */
  runNested(scenario: NestedScenario): Promise<readonly string[]> {
    return this.#next((container, env) => new NestedRun(container, env, scenario));
  }

  async stop(): Promise<void> {
    await this.#last;
    await (await this.#place).container.stop();
  }

  #next(make: MakeRun): Promise<readonly string[]> {
    const trace = this.#last.then(() => this.#run(make));
    this.#last = trace;
    return trace;
  }

  async #run(make: MakeRun): Promise<readonly string[]> {
    const { container, env } = await this.#place;
    const trace = await make(container, env).run();
    // What is left must not be in the way of the next.
    if (container.state !== 'ACTIVE' || container.processes.size > 0) this.#place = makePlace();
    return trace;
  }
}

type MakeRun = (container: Container, env: FakeEnv) => { run(): Promise<readonly string[]> };

async function makePlace() {
  const env = fakeEnv();
  const container = new Container({ id: 'shore', env });
  await container.start();
  return { container, env };
}
