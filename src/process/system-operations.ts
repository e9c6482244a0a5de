/** What the container tells a process: a `Signal`, which no message can be made to hold. */
export const signalOperation = 'sys_signal';

/**
 * Operations that every process answers (ION's built-in ones, and `contract`, which only typed ones do). `terminate`, `activate`,
 * `sys_procexit` and `sys_signal` are orders and taken only from the same container; `ping`, `contract` and `monitor` from anybody.
 */
const names: ReadonlySet<string> = new Set([
  'ping',
  'contract',
  'monitor',
  'activate',
  'terminate',
  'sys_procexit',
  signalOperation,
]);
const fromAnybody: ReadonlySet<string> = new Set(['ping', 'contract', 'monitor']);

/** Whether the container itself answers `op`. */
export function isSystemOperation(op: string): boolean {
  return names.has(op);
}

/** Whether `op` is taken only from the same container. */
export function isOrder(op: string): boolean {
  return names.has(op) && !fromAnybody.has(op);
}
