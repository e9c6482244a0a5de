import type { PendingCall } from './pending-call.ts';

/** Calls to shared names that have waited longer than usual, by service: whether anybody serves it is worth asking the broker. */
export class OverdueCalls {
  readonly #byService = new Map<string, Set<PendingCall>>();

  /** Whether calls to `service` are in doubt. */
  has(service: string): boolean {
    return this.#byService.has(service);
  }

  /** Those that wait for `service`. */
  of(service: string): readonly PendingCall[] {
    return [...(this.#byService.get(service) ?? [])];
  }

  add(call: PendingCall): void {
    call.overdue = true;
    const waiting = this.#byService.get(call.service);
    if (waiting === undefined) this.#byService.set(call.service, new Set([call]));
    else waiting.add(call);
  }

  remove(call: PendingCall): void {
    if (!call.overdue) return;
    call.overdue = false;
    const waiting = this.#byService.get(call.service);
    waiting?.delete(call);
    if (waiting?.size === 0) this.#byService.delete(call.service);
  }
}
