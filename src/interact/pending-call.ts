import type { Message } from '../codec/index.ts';
import type { JsonReplyRoute, Outgoing } from '../exchange/index.ts';
import { WheelEntry } from '../util/index.ts';

/** Who is told when a pending call's time has come. */
export interface PendingCallOwner {
  onCallTimer(call: PendingCall): void;
}

/** A call that has been sent and not answered: message on its way out, deadline on the wheel, and promise, in one object. */
export class PendingCall extends WheelEntry implements Outgoing {
  readonly message: Message;
  readonly replyRoute: JsonReplyRoute | undefined = undefined;
  remote = false;
  confirmed: Promise<void> | undefined = undefined;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly idempotent: boolean;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: Error) => void;
  answerer: string | undefined = undefined;
  service = '';
  /** It has waited so long that the broker is asked whether the service has an instance. */
  overdue = false;
  readonly #owner: PendingCallOwner;

  constructor(
    owner: PendingCallOwner,
    message: Message,
    startedAt: number,
    idempotent: boolean,
    resolve: (reply: Message) => void,
    reject: (error: Error) => void,
  ) {
    super();
    this.#owner = owner;
    this.message = message;
    this.startedAt = startedAt;
    this.deadlineAt = startedAt + message.budgetMs;
    this.idempotent = idempotent;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** For errors: `hello.greet`. */
  get target(): string {
    return `${this.message.receiver}.${this.message.op}`;
  }

  override onTimer(): void {
    this.#owner.onCallTimer(this);
  }
}
