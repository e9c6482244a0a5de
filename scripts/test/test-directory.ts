import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepRabbitNode } from '../../test/support/rabbit-node.ts';

/**
 * The directory in which a run's RabbitMQ nodes live, those that tests start themselves included. Whatever a crashed test left
 * there is ended and removed with it.
 */
export class TestDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TestDirectory> {
    return new TestDirectory(await mkdtemp(join(tmpdir(), 'ioncore-test-')));
  }

  async dispose(): Promise<void> {
    for (const name of await readdir(this.path)) await sweepRabbitNode(join(this.path, name));
    await rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
