import type { ExitReason, ProcessClass, ProcessContext } from '../../../src/process/index.ts';
import { Process } from '../../../src/process/index.ts';
import { Supervisor, type SupervisorDeclaration, supervisor } from '../../../src/supervisor/index.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { makeProcesses } from '../process/bed.ts';

/** How the processes of one name behave; all is optional. */
export interface Behaviour {
  /** Called in `onInit` number `attempt` from 1. */
  start?(name: string, attempt: number): void | Promise<void>;
  /** Called in `onTerminate`. */
  stop?(name: string): void | Promise<void>;
}

/** Real processes on a fake clock, and what happened to them, in order: `start a`, `stop a`. */
export class World {
  readonly bed: Awaited<ReturnType<typeof makeProcesses>>;
  readonly story: string[] = [];
  /** The living processes by name. */
  readonly live = new Map<string, Process[]>();
  /** How many of one name lived at the same time, at most. */
  most = 0;
  readonly Child: ProcessClass;
  behaviour: Behaviour = {};
  readonly #attempts = new Map<string, number>();

  private constructor(bed: Awaited<ReturnType<typeof makeProcesses>>) {
    this.bed = bed;
    const world = this;
    this.Child = class Child extends Process {
      override async onInit(): Promise<void> {
        const attempt = (world.#attempts.get(this.name) ?? 0) + 1;
        world.#attempts.set(this.name, attempt);
        world.story.push(`start ${this.name}`);
        await world.behaviour.start?.(this.name, attempt);
      }
      override onActivate(): void {
        const all = [...(world.live.get(this.name) ?? []), this];
        world.most = Math.max(world.most, all.length);
        world.live.set(this.name, all);
        void this.stopped.then(() => world.#gone(this));
      }
      override async onTerminate(reason: ExitReason): Promise<void> {
        world.story.push(`stop ${this.name}`);
        if (reason === 'shutdown') await world.behaviour.stop?.(this.name);
      }
    };
  }

  static async make(): Promise<World> {
    return new World(await makeProcesses());
  }

  get processes() {
    return this.bed.processes;
  }
  get env() {
    return this.bed.env;
  }

  /** Spawns a supervisor, by default one without back-off that bears much. */
  async supervise(declaration: SupervisorDeclaration): Promise<Supervisor> {
    return this.spawn(supervisor({ restartDelay: false, intensity: 100, ...declaration }));
  }

  async spawn(processClass: ProcessClass<Supervisor>, name: string = 'top'): Promise<Supervisor> {
    const spawned = this.processes.get(await this.processes.spawn(processClass, { name }));
    if (!(spawned instanceof Supervisor)) throw new Error('no supervisor');
    return spawned;
  }

  /** The process of that name. */
  child(name: string): Process {
    const child = this.live.get(name)?.at(-1);
    if (child === undefined) throw new Error(`no ${name} lives`);
    return child;
  }

  /** Makes the process of that name end by itself, and lets come of it what comes at once. */
  async exit(name: string, reason: ExitReason = crash): Promise<void> {
    this.child(name).exit(reason);
    await turns(3);
  }

  /** What follows in the story while `act` runs. */
  async during(act: () => unknown): Promise<readonly string[]> {
    const from = this.story.length;
    await act();
    return this.story.slice(from);
  }

  /** The names of the processes that live, in the order of spawning. */
  names(): readonly string[] {
    return this.processes.list().map(({ name }) => name);
  }

  #gone(child: Process): void {
    const left = (this.live.get(child.name) ?? []).filter((one) => one !== child);
    if (left.length === 0) this.live.delete(child.name);
    else this.live.set(child.name, left);
  }
}

export const crash = { error: new Error('crash') } as const;

/** A supervisor that is none of a declaration. */
export function supervisorOf(
  init: () => SupervisorDeclaration | Promise<SupervisorDeclaration>,
): new (
  context: ProcessContext,
) => Supervisor {
  return class Custom extends Supervisor {
    protected override init() {
      return init();
    }
  };
}
