import {
  CancelledError,
  ContainerError,
  fromWireError,
  NoReceiverError,
  UnauthorizedError,
  UnavailableError,
} from '../errors/index.ts';
import { type Arrival, type Identity, parseProcessId, processId } from '../exchange/index.ts';
import { isOnPath, maxStreamWindow } from '../interact/index.ts';
import { type Logger, OncePer } from '../logging/index.ts';
import type { CancelledRequests } from './cancelled-requests.ts';
import type { ProcessCell } from './process-cell.ts';
import type { ProcessRegistry } from './process-registry.ts';
import { keepRedelivered, wasGivenBefore } from './redelivery.ts';
import type { Conversations, ServiceExchange } from './seams.ts';
import { isOrder } from './system-operations.ts';
import { toWireExitReason } from './wire-exit-reason.ts';

/** What a {@link ProcessRouter} works with. */
export interface ProcessRouterParts {
  readonly identity: Identity;
  readonly logger: Logger;
  readonly registry: ProcessRegistry;
  readonly conversations: Pick<Conversations, 'responder'>;
  readonly cancelled: CancelledRequests;
  readonly exchange: Pick<ServiceExchange, 'handBack'>;
}

/** Gives each message that came in to the process it is for, or answers for the one that is not there. */
export class ProcessRouter {
  readonly #parts: ProcessRouterParts;
  readonly #logged = new OncePer();

  constructor(parts: ProcessRouterParts) {
    this.#parts = parts;
  }

  /** Takes a message for a process of this container. Never throws. */
  accept(arrival: Arrival): void {
    const { op } = arrival.message;
    if (isOrder(op) && !arrival.local) {
      this.#refuse(arrival, new UnauthorizedError(`'${op}' is taken only from the same container`));
      return;
    }
    if (arrival.wantsReply && this.#parts.cancelled.take(arrival)) {
      arrival.settle();
      return;
    }
    const cell = this.#find(arrival);
    if (cell !== undefined) cell.accept(arrival);
    else this.#nobody(arrival);
  }

  /**
   * A caller has given a request up: it is taken out of the mailbox, or its handler is told. One that is not here may be on its way, so it
   * is remembered. Never throws.
   */
  cancel(arrival: Arrival): void {
    const { message, origin } = arrival;
    arrival.settle();
    // One-way messages have no conversation, so nobody can take one back.
    if (message.conversationId === '') return;
    const cells = this.#all(message.receiver);
    const reason = reasonOf(message.content);
    const isFound = cells.some((cell) => cell.cancel(message.conversationId, origin, reason));
    if (!isFound && cells.length > 0) this.#parts.cancelled.remember(arrival);
  }

  /** The reader of a stream takes more parts. Never throws. */
  grant(arrival: Arrival): void {
    const { message, origin } = arrival;
    const { content: parts } = message;
    arrival.settle();
    if (typeof parts !== 'number' || !Number.isInteger(parts) || parts < 0 || parts > maxStreamWindow) return;
    this.#all(message.receiver).some((cell) => cell.grant(message.conversationId, origin, parts));
  }

  /** Gives work that a process did not begin to another instance: here, or through the broker. Never throws. */
  passOn(arrival: Arrival): void {
    const { message } = arrival;
    const { receiver } = message;
    // Whoever waits for it cannot begin it either.
    const other = this.#group(receiver)?.pickAmong(({ id }) => !arrival.wantsReply || !isOnPath(message, id));
    if (other !== undefined) other.accept(arrival);
    else this.giveBack(arrival);
  }

  /** Gives work that nobody here will begin back to its queue; what has none is refused. Never throws. */
  giveBack(arrival: Arrival): void {
    if (arrival.fromSharedQueue && arrival.replyRoute === undefined) {
      keepRedelivered(arrival);
      this.#parts.exchange.handBack(arrival).catch((error: unknown) => this.#refuse(arrival, error));
      return;
    }
    const executed = wasGivenBefore(arrival) ? 'unknown' : 'no';
    const why = `'${arrival.message.receiver}' ended before it began this`;
    this.#refuse(arrival, new UnavailableError(why, { details: { executed } }));
  }

  /** By process id, by local name, or whoever of the service's instances is next. */
  #find(arrival: Arrival): ProcessCell | undefined {
    const { registry, identity } = this.#parts;
    const { receiver } = arrival.message;
    return (
      registry.byId(receiver) ??
      registry.byLocalName(withoutPrefix(receiver, identity.container)) ??
      this.#pick(arrival)
    );
  }

  #pick({ message, local }: Arrival): ProcessCell | undefined {
    const group = this.#group(message.receiver);
    const cell = group?.pick();
    // Calls from here meet busy instances while the container drains; one that waits for this very call is no choice then.
    if (!local || cell === undefined || cell.isFree) return cell;
    return group?.pickAmong(({ id }) => !isOnPath(message, id)) ?? cell;
  }

  /** Every process that a receiver may mean. */
  #all(receiver: string): readonly ProcessCell[] {
    const { registry, identity } = this.#parts;
    const one = registry.byId(receiver) ?? registry.byLocalName(withoutPrefix(receiver, identity.container));
    return one === undefined ? [...(this.#group(receiver)?.members ?? [])] : [one];
  }

  #group(receiver: string) {
    const { registry, identity } = this.#parts;
    return registry.group(receiver) ?? registry.group(withoutPrefix(receiver, identity.sysname) ?? '');
  }

  #nobody(arrival: Arrival): void {
    const { identity, registry, conversations } = this.#parts;
    const { receiver, op } = arrival.message;
    const id = parseProcessId(receiver);
    if (op === 'terminate' && id?.container === identity.container && registry.hadNumber(id.local)) {
      // It has ended already, which is what was asked for.
      if (arrival.wantsReply) conversations.responder.reply(arrival, processId(identity.container, 0), null);
      arrival.settle();
    } else if (op === 'monitor' && arrival.wantsReply && registry.endOf(receiver) !== undefined) {
      const reason = toWireExitReason(registry.endOf(receiver) ?? 'noproc');
      conversations.responder.reply(arrival, processId(identity.container, 0), reason);
      arrival.settle();
    } else if (arrival.fromSharedQueue) {
      this.passOn(arrival);
    } else {
      this.#refuse(
        arrival,
        new NoReceiverError(`nobody in container ${identity.container} has the name '${receiver}'`, {
          details: { receiver, executed: 'no' },
        }),
      );
    }
  }

  #refuse(arrival: Arrival, error: unknown): void {
    const { identity, conversations, logger } = this.#parts;
    const { op } = arrival.message;
    const code = error instanceof ContainerError ? error.code : 'Internal';
    if (arrival.wantsReply) {
      conversations.responder.replyError(arrival, processId(identity.container, 0), error);
    } else if (this.#logged.first(`${code}/${arrival.origin}/${op}`)) {
      logger.warn('a one-way message was refused; more of its kind are not logged', {
        op,
        origin: arrival.origin,
        error,
      });
    }
    arrival.settle();
  }
}

/** Why a caller gave up, as its container says. */
function reasonOf(content: unknown): CancelledError {
  const { message } = fromWireError(content);
  return new CancelledError(message);
}

/** The rest of a name below `first`; undefined if it is not. */
function withoutPrefix(receiver: string, first: string): string | undefined {
  return receiver.startsWith(`${first}.`) ? receiver.slice(first.length + 1) : undefined;
}
