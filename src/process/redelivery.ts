import { extension } from '../codec/index.ts';
import { type Arrival, parseProcessId } from '../exchange/index.ts';

/** The extension header of work that was given to somebody before it was handed back: the broker's own mark does not survive that. */
const resentHeader = 'resent';

/** The container that asked: of what was handed back it is not the one that the frame came from. */
export function askerOf({ message, origin }: Arrival): string {
  return parseProcessId(message.sender)?.container ?? origin;
}

/** Whether it belongs to that conversation that was opened in that container. */
export function isInConversation(arrival: Arrival, conversationId: string, asker: string): boolean {
  return arrival.message.conversationId === conversationId && askerOf(arrival) === asker;
}

/** Whether both are one request. JSON peers choose the id of a conversation themselves, so two of them may choose the same. */
export function isSameRequest(one: Arrival, other: Arrival): boolean {
  return (
    isInConversation(other, one.message.conversationId, askerOf(one)) &&
    one.replyRoute?.replyTo === other.replyRoute?.replyTo
  );
}

/** Whether somebody was given this message before, who may have handled it. */
export function wasGivenBefore({ redelivered, message }: Arrival): boolean {
  return redelivered || extension(message, resentHeader) === true;
}

/** Makes what is handed back keep the broker's mark. */
export function keepRedelivered(arrival: Arrival): void {
  if (arrival.redelivered) arrival.message.headers = { ...arrival.message.headers, [resentHeader]: true };
}
