import type { Arrival } from '../exchange/index.ts';
import type { Cause } from '../interact/index.ts';
import type { Logger } from '../logging/index.ts';
import type { EventDelivery } from './event-delivery.ts';
import { HostedProcess } from './hosted-process.ts';
import type { Process } from './process.ts';
import { type Signal, signalArrival } from './signal.ts';
import type { WorkHost } from './work-host.ts';
import { WorkLoop } from './work-loop.ts';

/**
 * A process and its messages: those that wait, those that it handles, and how many it would begin. There is no {@link WorkLoop} before the first comes. Its
 * life, which says when it takes any, is its {@link ProcessCell}'s.
 */
export abstract class WorkingProcess<Cell> extends HostedProcess<Cell> implements WorkHost {
  abstract readonly process: Process;
  #work: WorkLoop | undefined;

  abstract get hasEnded(): boolean;
  /** It is ending: nothing is begun any more. */
  abstract get takesNothing(): boolean;
  abstract strayError(error: unknown): void;

  get isOpen(): boolean {
    return this.state === 'ACTIVE' && !this.takesNothing;
  }
  /** Undefined if it never was sent anything. */
  get work(): WorkLoop | undefined {
    return this.#work;
  }
  /** The message in whose handling this is asked. */
  get current(): Cause | undefined {
    return this.#work?.current;
  }
  get logger(): Logger {
    const conversation = this.#work?.current?.message.conversationId ?? '';
    return conversation === '' ? this.plainLogger : this.plainLogger.child({ conversation });
  }

  /** Messages waiting and being handled. */
  get load(): number {
    return this.#work?.load ?? 0;
  }
  /** Whether a message that came now would be begun at once. */
  get isFree(): boolean {
    return this.places > 0;
  }
  /** How many messages that came now would be begun at once. */
  get places(): number {
    return this.#work?.places ?? (this.isOpen ? this.kind.concurrency : 0);
  }
  get handled(): number {
    return this.#work?.handled ?? 0;
  }
  /** One-way messages that found the mailbox full. */
  get dropped(): number {
    return this.#work?.dropped ?? 0;
  }
  instances(): number {
    if (this.serviceName === undefined) return 1;
    const count = this.host.instances(this.serviceName);
    // One that ends is none of them any more.
    return this.takesNothing && count > 0 ? count + 1 : count;
  }

  /** Delivers a signal in the process's turn, before messages that wait; one that is ending takes none. */
  post(signal: Signal): void {
    if (!this.takesNothing) this.loop().take(signalArrival(signal, this.id));
  }

  /** Has an event handled in the process's turn; one that is ending gives it back. */
  acceptEvent(delivery: EventDelivery): void {
    if (this.takesNothing || this.hasEnded) delivery.giveBack();
    else this.loop().takeEvent(delivery);
  }

  /** Takes out what waits and came from its service's queue. */
  takeShared(): readonly Arrival[] {
    return this.#work?.takeShared() ?? [];
  }

  /** A caller has given a request up; false if it is not here. */
  cancel(conversationId: string, origin: string, reason: unknown): boolean {
    return this.#work?.cancel(conversationId, origin, reason) === true;
  }

  /** The reader of a stream takes so many more parts; false if that stream is not here. */
  grant(conversationId: string, origin: string, parts: number): boolean {
    return this.#work?.grant(conversationId, origin, parts) === true;
  }

  /** Made when the first message comes. Not `#loop`: a class with private methods costs each of its objects a slot. */
  protected loop(): WorkLoop {
    this.#work ??= new WorkLoop(this, this.kind);
    return this.#work;
  }
}
