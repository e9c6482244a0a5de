import { ContainerError, NoReceiverError } from '../errors/index.ts';
import { type ProcessId, parseProcessId, processId } from '../exchange/index.ts';
import type { Clock, Timer } from '../util/index.ts';
import type { ExitReason } from './exit-reason.ts';
import { scopes } from './scope.ts';
import type { Conversations } from './seams.ts';
import { fromWireExitReason } from './wire-exit-reason.ts';

/** How long one request to be told of an end stands, before the other container is asked again. */
const windowMs = 60_000;
/** How often a container is looked for of which processes are watched. */
const probeEveryMs = 2_000;
const probeTimeoutMs = 30_000;

/** What {@link RemoteMonitors} work with. */
export interface RemoteMonitorsParts {
  readonly container: string;
  readonly env: { readonly clock: Clock };
  readonly conversations: Pick<Conversations, 'ask'>;
}

interface Watch {
  readonly id: string;
  readonly watcher: ProcessId;
  readonly tell: (reason: ExitReason) => void;
}

/** A container of which processes are watched. */
interface WatchedContainer {
  readonly watches: Set<Watch>;
  timer: Timer | undefined;
}

/**
 * Watches processes of other containers: a request that the other container answers when the process has ended, asked again when its time is over.
 * Whether the container is there at all the broker tells: what is sent to one that is gone comes back. A container that is there and answers nothing
 * may be busy, so its processes count as alive; when the connection to the broker breaks, all are `noconnection`.
 */
export class RemoteMonitors {
  readonly #parts: RemoteMonitorsParts;
  readonly #containers = new Map<string, WatchedContainer>();

  constructor(parts: RemoteMonitorsParts) {
    this.#parts = parts;
  }

  /** `tell` is called once, with the reason, unless the watch is ended before with what this gives. */
  watch(id: string, watcher: ProcessId, tell: (reason: ExitReason) => void): () => void {
    // What goes on for as long as somebody is watched is nobody's, and must not keep the message alive in whose handling it began.
    return scopes.exit(() => this.#watch(id, watcher, tell));
  }

  #watch(id: string, watcher: ProcessId, tell: (reason: ExitReason) => void): () => void {
    const container = parseProcessId(id)?.container ?? id;
    let watched = this.#containers.get(container);
    if (watched === undefined) {
      watched = { watches: new Set(), timer: undefined };
      this.#containers.set(container, watched);
      this.#probeLater(container, watched);
    }
    const watch: Watch = { id, watcher, tell };
    watched.watches.add(watch);
    void this.#ask(container, watch);
    return () => this.#take(container, watch);
  }

  /** Ends all watches; nobody is told. */
  close(): void {
    for (const { timer } of this.#containers.values()) timer?.cancel();
    this.#containers.clear();
  }

  async #ask(container: string, watch: Watch): Promise<void> {
    const { conversations } = this.#parts;
    while (this.#containers.get(container)?.watches.has(watch) === true) {
      try {
        const content = await conversations.ask(watch.watcher, watch.id, 'monitor', null, {
          timeoutMs: windowMs,
        });
        if (content !== null) this.#end(container, watch, fromWireExitReason(content));
      } catch (error) {
        if (codeOf(error) === 'Timeout') continue;
        this.#end(container, watch, isAbsent(error) ? 'noconnection' : reasonOf(error));
      }
    }
  }

  #end(container: string, watch: Watch, reason: ExitReason): void {
    if (this.#take(container, watch)) watch.tell(reason);
  }

  /** Gives whether it was there. */
  #take(container: string, watch: Watch): boolean {
    const watched = this.#containers.get(container);
    if (watched?.watches.delete(watch) !== true) return false;
    if (watched.watches.size === 0) {
      watched.timer?.cancel();
      this.#containers.delete(container);
    }
    return true;
  }

  #probeLater(container: string, watched: WatchedContainer): void {
    watched.timer = this.#parts.env.clock.timer(probeEveryMs, () => {
      void this.#probe(container, watched);
    });
  }

  async #probe(container: string, watched: WatchedContainer): Promise<void> {
    const { conversations } = this.#parts;
    const [self, other] = [processId(this.#parts.container, 0), processId(container, 0)];
    try {
      // No process has the number 0, so a container that is there refuses.
      await conversations.ask(self, other, 'ping', null, { timeoutMs: probeTimeoutMs });
    } catch (error) {
      if (isAbsent(error) || codeOf(error) === 'Unavailable') {
        for (const watch of [...watched.watches]) this.#end(container, watch, 'noconnection');
      }
    }
    if (this.#containers.get(container) === watched) this.#probeLater(container, watched);
  }
}

/** Whether the broker found no such container. */
function isAbsent(error: unknown): boolean {
  return error instanceof NoReceiverError && error.details?.reason === 'no container';
}

/** Why a request to be told ended without an answer of the process. */
function reasonOf(error: unknown): ExitReason {
  return error instanceof NoReceiverError ? 'noproc' : 'noconnection';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ContainerError ? error.code : undefined;
}
