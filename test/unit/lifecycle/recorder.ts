import { LifecycleObject } from '../../../src/lifecycle/index.ts';

/** A hook of a lifecycle object. */
export type Hook =
  | 'onInitialize'
  | 'onActivate'
  | 'onDeactivate'
  | 'onTerminate'
  | 'onTerminateActive'
  | 'onError'
  | 'onHookError';

/** What a hook shall do: return something, perhaps a promise of it, or throw. */
export type Behaviour = (...args: readonly unknown[]) => unknown;

type Anything = unknown[];

/** A lifecycle object that writes down each call of its hooks and behaves as it is told. */
export class Recorder extends LifecycleObject<Anything, Anything, Anything, Anything> {
  readonly calls: [hook: Hook, ...args: unknown[]][] = [];
  readonly behaviours: Partial<Record<Hook, Behaviour>>;

  constructor(behaviours: Partial<Record<Hook, Behaviour>> = {}) {
    super();
    this.behaviours = behaviours;
  }

  /** The names of the hooks that were called. */
  get hooks(): readonly Hook[] {
    return this.calls.map(([hook]) => hook);
  }

  protected override onInitialize(...args: Anything): unknown {
    return this.#called('onInitialize', args);
  }

  protected override onActivate(...args: Anything): unknown {
    return this.#called('onActivate', args);
  }

  protected override onDeactivate(...args: Anything): unknown {
    return this.#called('onDeactivate', args);
  }

  protected override onTerminate(...args: Anything): unknown {
    return this.#called('onTerminate', args);
  }

  protected override onTerminateActive(...args: Anything): unknown {
    this.calls.push(['onTerminateActive', ...args]);
    return this.behaviours.onTerminateActive?.(...args) ?? super.onTerminateActive(...args);
  }

  protected override onError(...args: [cause?: unknown]): unknown {
    return this.#called('onError', args);
  }

  protected override onHookError(error: unknown): void {
    this.#called('onHookError', [error]);
  }

  #called(hook: Hook, args: readonly unknown[]): unknown {
    this.calls.push([hook, ...args]);
    return this.behaviours[hook]?.(...args);
  }
}
