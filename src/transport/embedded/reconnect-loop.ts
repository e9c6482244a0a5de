import { IllegalStateError, messageOf, UnavailableError } from '../../errors/index.ts';
import type { Logger } from '../../logging/index.ts';
import { Backoff, type BackoffOptions, type Env, type Timer } from '../../util/index.ts';
import type { TransportStatus } from '../status.ts';

const URL = 'embedded:';

/** Makes one connection of `epoch` with everything on it; throws what prevents that. */
export type Establish = (epoch: number, isFirst: boolean) => void;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Keeps one transport connected: its status, its epochs, and the attempts in between, with back-off. */
export class ReconnectLoop {
  readonly #env: Env;
  readonly #logger: Logger | undefined;
  readonly #establish: Establish;
  readonly #backoff: Backoff;
  readonly #listeners = new Set<(status: TransportStatus) => void>();
  readonly #unreported: TransportStatus[] = [];
  #reporting = false;
  #status: TransportStatus = { type: 'idle' };
  #epoch = 0;
  #retryTimer: Timer | undefined;
  #waiters: Waiter[] = [];

  constructor(env: Env, logger: Logger | undefined, backoff: BackoffOptions, establish: Establish) {
    this.#env = env;
    this.#logger = logger;
    this.#establish = establish;
    this.#backoff = new Backoff(backoff, env.random.fork('transport backoff'));
  }

  get status(): TransportStatus {
    return this.#status;
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves once connected. The first attempt of all may fail, later ones are repeated until {@link close}. */
  connected(): Promise<void> {
    const { type } = this.#status;
    if (type === 'closed') return Promise.reject(new IllegalStateError('The transport is closed'));
    if (type === 'connected') return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (type === 'idle') this.#attempt(1);
    });
  }

  /** The connection of the present epoch is gone. */
  lost(cause: Error): void {
    this.#logger?.warn('Lost the embedded broker', { epoch: this.#epoch, cause: cause.message });
    this.#retry(cause, 1);
  }

  /** Ends it: status `closed`, and no listener is called again. */
  close(): void {
    this.#retryTimer?.cancel();
    this.#settle({ type: 'closed' }, new UnavailableError('The transport was closed'));
    this.#listeners.clear();
  }

  #attempt(attempt: number): void {
    this.#set({ type: 'connecting', url: URL, attempt });
    this.#env.scheduler.soon(() => {
      if (this.#status.type !== 'connecting') return;
      const isFirst = this.#epoch === 0;
      try {
        this.#establish(this.#epoch + 1, isFirst);
      } catch (error) {
        if (isFirst) this.#settle({ type: 'idle' }, error);
        else this.#retry(error instanceof Error ? error : new Error(messageOf(error)), attempt + 1);
        return;
      }
      this.#epoch++;
      this.#backoff.reset();
      this.#settle({ type: 'connected', url: URL, epoch: this.#epoch }, undefined);
    });
  }

  #retry(cause: Error, attempt: number): void {
    const retryInMs = this.#backoff.next();
    this.#retryTimer = this.#env.clock.timer(retryInMs, () => this.#attempt(attempt));
    this.#set({ type: 'disconnected', epoch: this.#epoch, cause, retryInMs });
  }

  /** Changes the status and answers everybody who waits for a connection. */
  #settle(status: TransportStatus, error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#set(status);
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve();
      else waiter.reject(error);
    }
  }

  /** A listener may cause the next change: it is reported after everybody has heard of this one. */
  #set(status: TransportStatus): void {
    this.#status = status;
    this.#unreported.push(status);
    if (this.#reporting) return;
    this.#reporting = true;
    for (let next = this.#unreported.shift(); next !== undefined; next = this.#unreported.shift()) {
      for (const listener of [...this.#listeners]) this.#report(listener, next);
    }
    this.#reporting = false;
  }

  #report(listener: (status: TransportStatus) => void, status: TransportStatus): void {
    try {
      listener(status);
    } catch (error) {
      this.#logger?.error('A status listener failed', { status: status.type, error });
    }
  }
}
