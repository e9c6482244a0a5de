import { AsyncLocalStorage } from 'node:async_hooks';
import { Process, type ProcessClass } from '../../src/process/index.ts';
import type { ChildSpawner, ChildSpec } from '../../src/supervisor/index.ts';
import { turns } from '../../src/testing/index.ts';
import type { ScenarioChild, ScenarioReason, ScenarioStart } from './scenario.ts';
import { reasons } from './trace-words.ts';

/** What the children of a scenario ask of whoever runs it. */
export interface Stage {
  /** A start has begun: resolves with how it goes, when everything has arrived that arrives meanwhile. */
  begin(id: string): Promise<{ readonly attempt: number; readonly result: ScenarioStart['result'] }>;
  /** That start has succeeded. */
  started(id: string, attempt: number, child: RealChild): void;
  /** Whether it ends because its supervisor wants it to. */
  isToldToEnd(child: RealChild): boolean;
  /** Ends a process at once. */
  kill(child: RealChild): void;
}

/** A child of a scenario. */
export interface RealChild extends Process {
  /** Ends by itself; resolves when it has ended. */
  die(reason: ScenarioReason): Promise<void>;
}

/** The spec of a child whose starts and end go as the scenario says. `isClass`: by spawning a class, which cannot be ignored. */
export function realSpec(
  stage: Stage,
  { onShutdown, startedBy, ...spec }: ScenarioChild,
  isClass: boolean,
): ChildSpec {
  const processClass = childClass(stage, onShutdown === 'ignore');
  const start = functionStart(stage, processClass, spec.id);
  return {
    ...spec,
    // The clock stands still while it waits for a child that does not end.
    shutdown: onShutdown === 'ignore' ? 0 : spec.shutdown,
    ...(isClass && startedBy === 'class'
      ? { start: processClass, options: { args: { id: spec.id } } }
      : { start }),
  };
}

function childClass(stage: Stage, isStubborn: boolean): ProcessClass {
  return class Child extends Process implements RealChild {
    readonly #inMyName = AsyncLocalStorage.snapshot();
    #failsLater = false;

    override async onInit(): Promise<void> {
      const id = String(this.args.id);
      if (typeof this.args.attempt === 'number') {
        stage.started(id, this.args.attempt, this);
        return;
      }
      const { attempt, result } = await stage.begin(id);
      if (result === 'ok') stage.started(id, attempt, this);
      else if (attempt % 3 === 0) throw new Error('scripted');
      else if (attempt % 3 === 1) this.#failsLater = true;
      else this.exit('normal');
    }

    override onActivate(): void {
      if (this.#failsLater) throw new Error('scripted');
    }

    override async onTerminate(): Promise<void> {
      // Not at once, so that what was answered before is heard before.
      await turns(1);
      if (isStubborn && stage.isToldToEnd(this)) await new Promise(() => undefined);
    }

    async die(reason: ScenarioReason): Promise<void> {
      const { stopped } = this;
      if (reason === 'killed') stage.kill(this);
      // Every tenth process.
      else if (reason === 'crash' && this.id.endsWith('3')) this.#throwInTimer();
      else this.exit(reasons[reason]);
      await stopped;
    }

    #throwInTimer(): void {
      this.#inMyName(() =>
        setImmediate(() => {
          throw new Error('crash');
        }),
      );
    }
  };
}

/** What fails in it leaves something behind: a process that it has spawned. */
function functionStart(stage: Stage, processClass: ProcessClass, ownId: string) {
  return async (spawner: ChildSpawner, [dynamicId]: readonly unknown[]) => {
    const id = typeof dynamicId === 'string' ? dynamicId : ownId;
    const { attempt, result } = await stage.begin(id);
    if (result === 'ok') return spawner.spawnChild(processClass, { name: id, args: { id, attempt } });
    if (attempt % 2 === 0) await spawner.spawnChild(Leftover);
    if (result === 'fail') throw new Error('scripted');
    return undefined;
  };
}

class Leftover extends Process {}
