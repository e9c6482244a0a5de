import { AsyncLocalStorage } from 'node:async_hooks';
import type { ProcessId } from '../exchange/index.ts';

/** A process, as far as code that runs in its name is concerned. */
export interface ScopeOwner {
  readonly id: ProcessId;
  /** Whether such errors are told apart at all in its container. */
  readonly attributesStrayErrors: boolean;
  /** An error that nobody handled has come out of such code. */
  strayError(error: unknown): void;
}

/** In whose name code runs: that of a process in one of its hooks, or of a message that it handles. */
export interface Scope {
  readonly owner: ScopeOwner;
}

/**
 * The scope of whatever runs. One for all containers of a Node process: whoever hears of a stray error must be able to tell that it belongs to
 * another one. It holds nothing itself; each chain of callbacks carries its own.
 */
export const scopes: AsyncLocalStorage<Scope> = new AsyncLocalStorage();

/** Runs `fn` in that name. Its own name stands in stacks: what is above it there is in that scope, whoever is below. */
export function runInProcessScope<Result>(scope: Scope, fn: () => Result): Result {
  const domain: unknown = Reflect.get(process, 'domain');
  if (!isDomain(domain)) return scopes.run(scope, fn);
  // Node's prompt evaluates in a domain, which would go along from message to message, take errors of processes and cut their stacks.
  domain.exit();
  try {
    return scopes.run(scope, fn);
  } finally {
    domain.enter();
  }
}

/** What `process.domain` is while code of a domain runs; Node's types do not know it. */
function isDomain(value: unknown): value is { enter(): void; exit(): void } {
  return typeof value === 'object' && value !== null && 'enter' in value && 'exit' in value;
}
