import type { LifecycleGroup } from '../lifecycle/index.ts';
import { isThenable } from '../util/index.ts';
import type { Contract } from './contract.ts';
import { loadingCodecs } from './operation-table.ts';
import { Process } from './process.ts';

/** The process that begins. */
export interface BeginningProcess {
  readonly process: Process;
  readonly contract: Contract | undefined;
  /** Operations of its contract encode and decode by themselves, and must be able to. */
  readonly hasCodecs: boolean;
  /** The name that it shares, if it is a service. */
  readonly serviceName: string | undefined;
  readonly hasEnded: boolean;
  /** `onInit` has come to its end. */
  isInitialized: boolean;
  /** Those that walk with it; undefined until it registers the first one. */
  readonly ownObjects: LifecycleGroup | undefined;
  /** Runs code of the author in its name. */
  inScope<Result>(fn: () => Result): Result;
  declareNames(): void | Promise<void>;
  openNames(): void | Promise<void>;
}

// Functions, and no object for each process as its end has: spawning is frequent, and most processes have nothing to wait for but their hooks, which need not
// wait either. Then there is no promise.

/** The `initialize` of its lifecycle: its objects, its names on the bus, `onInit`. */
export function initializeProcess(begun: BeginningProcess): void | Promise<void> {
  if (begun.hasCodecs || begun.serviceName !== undefined || begun.ownObjects !== undefined)
    return initializeInSteps(begun);
  const running = callOnInit(begun);
  if (isThenable(running) || begun.ownObjects !== undefined) return initializedAfter(begun, running);
  begun.isInitialized = true;
  return undefined;
}

/** The `activate` of its lifecycle: its objects, `onActivate`, and its names are open to whoever calls. */
export function activateProcess(begun: BeginningProcess): void | Promise<void> {
  if (begun.serviceName !== undefined || begun.ownObjects !== undefined) return activateInSteps(begun);
  const running = callOnActivate(begun);
  return isThenable(running) || begun.ownObjects !== undefined ? openAfter(begun, running) : undefined;
}

async function initializeInSteps(begun: BeginningProcess): Promise<void> {
  const objects = begun.ownObjects;
  if (begun.hasCodecs) await loadingCodecs(begun.contract);
  if (objects !== undefined && !begun.hasEnded) await begun.inScope(() => objects.advance('READY'));
  if (!begun.hasEnded) await begun.declareNames();
  // Killed meanwhile: no hook of it is called any more.
  if (!begun.hasEnded) await initializedAfter(begun, callOnInit(begun));
}

async function initializedAfter(begun: BeginningProcess, running: void | PromiseLike<void>): Promise<void> {
  await running;
  begun.isInitialized = true;
  await begun.ownObjects?.settled();
}

async function activateInSteps(begun: BeginningProcess): Promise<void> {
  const objects = begun.ownObjects;
  if (objects !== undefined) await begun.inScope(() => objects.advance('ACTIVE'));
  await openAfter(begun, callOnActivate(begun));
}

async function openAfter(begun: BeginningProcess, running: void | PromiseLike<void>): Promise<void> {
  await running;
  await begun.ownObjects?.settled();
  if (!begun.hasEnded) await begun.openNames();
}

// A hook that the class does not have is not called: it needs no scope either.

function callOnInit(begun: BeginningProcess): void | Promise<void> {
  const { process } = begun;
  if (process.onInit === Process.prototype.onInit) return undefined;
  return begun.inScope(() => process.onInit());
}

function callOnActivate(begun: BeginningProcess): void | Promise<void> {
  const { process } = begun;
  if (process.onActivate === Process.prototype.onActivate) return undefined;
  return begun.inScope(() => process.onActivate());
}
