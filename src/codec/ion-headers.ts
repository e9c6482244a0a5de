import { convSeqOf, type Headers, type Message, protocolOf, replyToOf, statusOf } from './message.ts';

/** Where the value of one ION header lives in v1. */
export interface IonHeader {
  /**
   * `position`: one of the envelope's own. `derived`: not sent, follows from the rest. `extension`: sent in the extension map when it is
   * not the default. `frame`: once per frame.
   */
  readonly carried: 'position' | 'derived' | 'extension' | 'frame';
  /** Member of {@link Message} behind it; absent where there is none. */
  readonly field?: keyof Message;
  /** What holds where nothing is sent. */
  readonly default: string;
}

/**
 * ION's header names and what became of them. Names that are not listed are extensions and pass through untouched; ION's `expiry` is
 * replaced by the budget, its `content` is the content.
 */
export const ionHeaderTable = {
  sender: { carried: 'position', field: 'sender', default: 'the frame’s container' },
  receiver: { carried: 'position', field: 'receiver', default: 'the receiving container' },
  op: { carried: 'position', field: 'op', default: '`result` for an answer, else empty' },
  performative: { carried: 'position', field: 'performative', default: '`none`' },
  'conv-id': { carried: 'position', field: 'conversationId', default: 'empty: no conversation' },
  'reply-to': { carried: 'extension', default: 'the sender' },
  protocol: { carried: 'extension', default: '`rpc` inside a conversation, else `none`' },
  'conv-seq': { carried: 'extension', default: '1; 2 for an answer' },
  'user-id': { carried: 'extension', default: '`ANONYMOUS`' },
  'sender-name': { carried: 'extension', default: 'absent' },
  quiet: { carried: 'extension', default: 'absent' },
  encoding: { carried: 'extension', default: 'absent' },
  language: { carried: 'extension', default: 'absent' },
  format: { carried: 'extension', default: 'absent' },
  ontology: { carried: 'extension', default: 'absent' },
  signature: { carried: 'extension', default: 'absent' },
  signer: { carried: 'extension', default: 'absent' },
  status: { carried: 'derived', default: '`ERROR` for `failure` and `refuse`, else `OK`' },
  ts: { carried: 'frame', default: '(always sent)' },
} as const satisfies Record<string, IonHeader>;

/** The acting user of a message that names none. */
export const anonymousUser = 'ANONYMOUS';

/**
 * A message's headers by their ION names, as handlers and logs show them: the extensions, the defaults of those that are absent, and what
 * positions carry. An extension of the name of a position does not hide the real value. `ts` is the frame's and not among them.
 */
export function ionHeaders(message: Message): Headers {
  return {
    'user-id': anonymousUser,
    ...message.headers,
    'reply-to': replyToOf(message),
    protocol: protocolOf(message),
    'conv-seq': convSeqOf(message),
    sender: message.sender,
    receiver: message.receiver,
    op: message.op,
    performative: message.performative,
    'conv-id': message.conversationId,
    status: statusOf(message),
  };
}
