import { Container, type ContainerOptions, type ShutdownReport } from '../index.ts';
import { turns } from './eventually.ts';
import type { FakeEnv } from './fake-env.ts';

/** So much fake time is given to a container that stops; its own limit is 10 s. */
const stoppingMs = 60_000;
const stepMs = 100;

/** A container that ends with the block that it stands in. */
export class TestContainer extends Container implements AsyncDisposable {
  readonly #fake: FakeEnv | undefined;

  constructor(options: ContainerOptions = {}) {
    super(options);
    const { env } = options;
    this.#fake = env !== undefined && isFake(env) ? env : undefined;
  }

  /** As {@link Container#stop}; on a fake clock time passes until it has stopped, so that a clock that stands still holds nothing up. */
  override async stop(): Promise<ShutdownReport> {
    const stopping = super.stop();
    if (this.#fake !== undefined) await passUntil(stopping, this.#fake);
    return stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a container for a test: on a broker of its own in this process, silent, on real time, and, unless `options` say otherwise, alone in its
 * system. Several that meet: {@link TestSystem}.
 *
 * @example
 * test('measure is deeper at the stern', async () => {
 *   await using container = await startTestContainer();
 *   await container.processes.spawn(DepthService);
 *   assert.equal(await container.client(Depth).measure({ at: 'stern' }), 14);
 * });
 */
export async function startTestContainer(options: ContainerOptions = {}): Promise<TestContainer> {
  const container = new TestContainer(options);
  await container.start();
  return container;
}

function isFake(env: NonNullable<ContainerOptions['env']>): env is FakeEnv {
  return 'advance' in env;
}

async function passUntil(work: Promise<unknown>, env: FakeEnv): Promise<void> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  await turns();
  for (let passedMs = 0; !isDone && passedMs < stoppingMs; passedMs += stepMs) await env.advance(stepMs);
}
