import type { ProcessId } from '../exchange/index.ts';
import { Process, type ProcessClass, type SpawnOptions } from '../process/index.ts';
import type { AppModule } from './app.ts';
import type { AppProcessSpec } from './app-definition.ts';
import { mergeArguments } from './arguments.ts';

/** A process of an app with its class. */
export interface SupervisedProcess {
  readonly spec: AppProcessSpec;
  readonly processClass: ProcessClass;
}

/**
 * The root of an app that is a list of processes. It spawns them in their order before it is READY itself; if one fails, those before it
 * are ended and the start of the app fails. When it ends they end with it, the last first. It is a parent and no more: a process that
 * ends by itself is not started again, and the others stay.
 */
export abstract class AppSupervisor extends Process {
  /** What to spawn, in order. */
  protected abstract readonly children: readonly SupervisedProcess[];

  override async onInit(): Promise<void> {
    for (const { spec, processClass } of this.children) {
      await this.spawnChild(processClass, spawnOptions(spec, this.args));
    }
  }
}

/** An app's module made of its list of processes: `start` spawns an {@link AppSupervisor}, whose id is the app's root. */
export function supervisedModule(instance: string, children: readonly SupervisedProcess[]): AppModule {
  class Supervisor extends AppSupervisor {
    protected override readonly children = children;
  }
  return {
    async start(container, _startType, _app, args): Promise<readonly [ProcessId, readonly unknown[]]> {
      return [await container.spawn(Supervisor, { name: `app-supervisor-${instance}`, args }), []];
    },
  };
}

function spawnOptions(spec: AppProcessSpec, args: Readonly<Record<string, unknown>>): SpawnOptions {
  const { name, serviceName, localName, concurrency } = spec;
  return {
    name,
    args: mergeArguments({ own: spec.args, file: args }),
    ...(serviceName !== undefined && { serviceName }),
    ...(localName !== undefined && { localName }),
    ...(concurrency !== undefined && { concurrency }),
  };
}
