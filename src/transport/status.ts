/**
 * What a transport is doing. The order of a life: `idle` → `connecting` → `connected` → (`disconnected` → `connecting`
 * → …) → `closed`. A first `connect()` that fails on every address goes back to `idle`. Every status after a first connection
 * names the epoch that ended or began.
 */
export type TransportStatus =
  | { readonly type: 'idle' }
  /** An attempt is running; `attempt` counts from 1 since the last connection, `url` has no password. */
  | { readonly type: 'connecting'; readonly url: string; readonly attempt: number }
  /** Topology and consumers are in place. */
  | { readonly type: 'connected'; readonly url: string; readonly epoch: number }
  /** The broker stops taking messages (memory or disk alarm); `publish` still accepts them. */
  | { readonly type: 'blocked'; readonly url: string; readonly epoch: number; readonly reason: string }
  /** The connection of `epoch` is gone (0: there was none yet); the next attempt starts in `retryInMs`. */
  | {
      readonly type: 'disconnected';
      readonly epoch: number;
      readonly cause: Error;
      readonly retryInMs: number;
    }
  | { readonly type: 'closed' };
