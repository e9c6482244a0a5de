import type { Performative } from '../codec/index.ts';

/** The conversation types that a request can open: ION's `rpc`, FIPA's request (SC00026H), and `stream` for answers in parts. */
export type Protocol = 'rpc' | 'request' | 'stream';

/** Where a conversation stands at its initiator. */
export type ConversationState =
  | 'REQUESTED'
  | 'AGREED'
  | 'DONE'
  | 'FAILED'
  | 'REFUSED'
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'UNEXPECTED';

/** What moves it on: what the participant says, the deadline, and the initiator's own change of mind. */
export type ConversationEvent = Performative | 'timeout' | 'abort';

type Row = Partial<Record<ConversationEvent, ConversationState>>;
type Table = Partial<Record<ConversationState, Row>>;

const giveUp: Row = { timeout: 'TIMEOUT', abort: 'CANCELLED' };
/** Parts may come only after the participant has agreed; each keeps the conversation open. */
const inParts: Table = {
  REQUESTED: { agree: 'AGREED', refuse: 'REFUSED', failure: 'FAILED', ...giveUp },
  AGREED: { inform_progress: 'AGREED', inform_result: 'DONE', failure: 'FAILED', ...giveUp },
};

/**
 * ION's state tables with their gaps closed: a timeout is a transition, `failure` may follow `request` directly, REFUSED is final, and
 * what a table does not name ends the conversation.
 */
export const protocolTables: Readonly<Record<Protocol, Table>> = {
  rpc: { REQUESTED: { inform_result: 'DONE', failure: 'FAILED', refuse: 'REFUSED', ...giveUp } },
  request: inParts,
  stream: inParts,
};

/** The state after `event`; `UNEXPECTED` for what the protocol does not allow there. */
export function nextState(
  protocol: Protocol,
  state: ConversationState,
  event: ConversationEvent,
): ConversationState {
  return protocolTables[protocol][state]?.[event] ?? 'UNEXPECTED';
}

/** Whether a conversation in that state is over. */
export function isFinal(state: ConversationState): boolean {
  return state !== 'REQUESTED' && state !== 'AGREED';
}

/** Whether `text` names a protocol. */
export function isProtocol(text: unknown): text is Protocol {
  return text === 'rpc' || text === 'request' || text === 'stream';
}
