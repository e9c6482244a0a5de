import { type GroupGoal, LifecycleGroup, type LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Clock } from '../util/index.ts';

/** The lifecycle objects of one process. They go ahead of its hooks and end after them, so that hooks and operations find them working. */
export class OwnObjects {
  readonly #logger: Logger;
  #goal: GroupGoal = 'INIT';
  /** Made when the process registers its first object: most have none. */
  #group: LifecycleGroup | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws IllegalStateError for an object that has ended */
  add(object: LifecycleObject): void {
    const group = this.#made();
    group.assertTakes(object);
    void group.add(object);
  }

  /** Resolves when the object is where the process is. */
  register(object: LifecycleObject): Promise<void> {
    return this.#made().add(object);
  }

  async advance(goal: Exclude<GroupGoal, 'TERMINATED'>): Promise<void> {
    this.#goal = goal;
    await this.#group?.advance(goal);
  }

  /** Resolves when every object is where it should be. */
  async settled(): Promise<void> {
    await this.#group?.settled();
  }

  /** Resolves when all have ended, and after `withinMs` at the latest. */
  async terminate(clock: Clock, withinMs: number): Promise<void> {
    this.#goal = 'TERMINATED';
    await this.#group?.terminate(clock, withinMs);
  }

  #made(): LifecycleGroup {
    this.#group ??= new LifecycleGroup(this.#goal, (object, error) =>
      this.#logger.error('a lifecycle object failed', { object: object.constructor.name, error }),
    );
    return this.#group;
  }
}
