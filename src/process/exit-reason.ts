/**
 * Why a process ended, as data.
 *
 * * `normal`: it had done its work.
 * * `shutdown`, `{shutdown}`: it was asked to end, or ended in order and says more.
 * * `killed`: it did not end in time, or was to end at once.
 * * `noconnection`, `noproc`: whoever watches it cannot reach it, or there is no such process.
 * * `{error}`: anything else.
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'killed'
  | 'noconnection'
  | 'noproc'
  | { readonly shutdown: unknown }
  | { readonly error: unknown };

/** Whether a process that ends so has ended in order: `normal`, `shutdown` and `{shutdown}`. Everything else is abnormal. */
export function isOrderlyExit(reason: ExitReason): boolean {
  return reason === 'normal' || reason === 'shutdown' || isShutdownExit(reason);
}

/** Whether the reason is `{shutdown}`, the form that says more. */
export function isShutdownExit(reason: ExitReason): reason is { readonly shutdown: unknown } {
  return typeof reason === 'object' && 'shutdown' in reason;
}
