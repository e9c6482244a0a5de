import { describe, expect, test } from '@jest/globals';
import { LifecycleObject } from '../../../src/lifecycle/index.ts';

/** Hangs in a hook until it is released. */
class Stuck extends LifecycleObject {
  release: () => void = () => undefined;
  override abandon(): void {
    super.abandon();
  }
  protected override onInitialize(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }
}

const endedAtOnce = 'Stuck was ended at once';

describe('LifecycleObject#abandon()', () => {
  test('ends the object in the midst of a hook; what waits rejects at once, the hook’s own event when the hook is done', async () => {
    const stuck = new Stuck();
    const initialized = stuck.initialize();
    const waiting = stuck.activate();
    const reached = stuck.stateReached('ACTIVE');
    stuck.abandon();
    expect(stuck.state).toBe('TERMINATED');
    await expect(waiting).rejects.toThrow(endedAtOnce);
    await expect(reached).rejects.toThrow(/cannot come to ACTIVE/);
    stuck.release();
    await expect(initialized).rejects.toThrow(endedAtOnce);
    expect(stuck.state).toBe('TERMINATED');
  });

  test('events that are raised later settle, although the hook never ends', async () => {
    const stuck = new Stuck();
    stuck.initialize().catch(() => undefined);
    stuck.abandon();
    await expect(stuck.terminate()).rejects.toThrow(endedAtOnce);
    await stuck.fail(new Error('late'));
    expect(stuck.state).toBe('TERMINATED');
  });
});
