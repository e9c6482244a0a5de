/**
 * Operations that every process answers (ION's built-in ones, and `contract`, which only typed ones do). `terminate`, `activate` and
 * `sys_procexit` are orders and taken only from the same container; `ping` and `contract` from anybody.
 */
const names: ReadonlySet<string> = new Set(['ping', 'contract', 'activate', 'terminate', 'sys_procexit']);

/** Whether the container itself answers `op`. */
export function isSystemOperation(op: string): boolean {
  return names.has(op);
}

/** Whether `op` is taken only from the same container. */
export function isOrder(op: string): boolean {
  return names.has(op) && op !== 'ping' && op !== 'contract';
}

/** The system operations that run in the process's turn; the others act on its lifecycle at once. */
export const systemHandlers: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['ping', () => ({ pong: 'pong' })],
  ['sys_procexit', () => null],
]);
