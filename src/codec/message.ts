import type { Portable } from './portable.ts';

/**
 * The speech acts of ION (after FIPA), at the number that stands for each on the wire. `none` is a one-way send; `credit` is ours and
 * grants parts of a stream.
 */
export const performatives = [
  'none',
  'request',
  'agree',
  'refuse',
  'inform_result',
  'inform_progress',
  'failure',
  'cancel',
  'credit',
] as const;

export type Performative = (typeof performatives)[number];

/** ION's `status`: whether a message reports success. */
export type MessageStatus = 'OK' | 'ERROR';

/** Extension headers by name; they cross the wire as given. */
export type Headers = Readonly<Record<string, Portable>>;

/** One process that is waiting, in the middle of handling a message, for what it calls. */
export interface PathStep {
  readonly process: string;
  /** The shared name it serves; '' if none. */
  readonly service: string;
  /** Instances of that service in its container; 0 if the process is the last one and its container takes nothing from the queue any more. */
  readonly instances: number;
  /** Whether it takes nothing before its handler has ended: it handles one message at a time and is not reentrant. */
  readonly isBlocked: boolean;
}

/** The way a request has come: the steps from the first caller to whoever sends it. Frozen, since a receiver next door gets the very same. */
export type CallPath = readonly PathStep[];

/** Deeper rings than this are not looked for: a call that has come so far is not sent on (`Deadlock`). */
export const maxPathSteps = 64;

/** The path of a message that is sent from outside any handler, or for whose answer nobody waits. */
export const noPath: CallPath = Object.freeze([]);

/** What a {@link Message} is made of; what is left out has the default that the member names. */
export interface MessageFields {
  readonly performative: Performative;
  /** The name as addressed: a service, `<container>.<n>`, or a container. */
  readonly receiver: string;
  /** The full id of the sending process, `<container>.<n>`, or its container. `''` is a stranger (JSON). */
  readonly sender: string;
  /** Default `''`: none. */
  readonly conversationId?: string;
  /** Default: see {@link defaultOp}. */
  readonly op?: string;
  /** Whatever the sender gave; that it is portable is checked when it is encoded or copied. Default null. */
  readonly content?: unknown;
  /** What is left of the caller's time when the message leaves, in milliseconds. Default 0: no limit. */
  readonly budgetMs?: number;
  /** Which attempt to deliver this is. Default 1. */
  readonly attempt?: number;
  /** Default none. */
  readonly headers?: Headers | undefined;
  /** Of an answer: how long the request kept an instance from others, microseconds. Default 0: unknown. */
  readonly workUs?: number;
  /** Default {@link noPath}. */
  readonly callPath?: CallPath;
}

/**
 * One message on its walk through the container. Interceptors may change it until it is encoded or copied; a receiver owns the one it
 * gets. Every message has all members in the same order, which keeps access to them fast.
 */
export class Message {
  performative: Performative;
  conversationId: string;
  sender: string;
  receiver: string;
  op: string;
  /** Portable in every message that came in. */
  content: unknown;
  budgetMs: number;
  attempt: number;
  headers: Headers | undefined;
  workUs: number;
  callPath: CallPath;

  constructor(fields: MessageFields) {
    this.performative = fields.performative;
    this.conversationId = fields.conversationId ?? '';
    this.sender = fields.sender;
    this.receiver = fields.receiver;
    this.op = fields.op ?? defaultOp(fields.performative);
    this.content = fields.content ?? null;
    this.budgetMs = fields.budgetMs ?? 0;
    this.attempt = fields.attempt ?? 1;
    this.headers = fields.headers;
    this.workUs = fields.workUs ?? 0;
    this.callPath = fields.callPath ?? noPath;
  }
}

/** A message of the given fields and defaults. */
export function makeMessage(fields: MessageFields): Message {
  return new Message(fields);
}

/** Whether a performative answers a request. */
export function isReply(performative: Performative): boolean {
  switch (performative) {
    case 'none':
    case 'request':
    case 'cancel':
    case 'credit':
      return false;
    default:
      return true;
  }
}

/** The operation of a message that names none: `result` for answers, as in ION, else `''`. */
export function defaultOp(performative: Performative): string {
  return isReply(performative) ? 'result' : '';
}

/** `ERROR` for `failure` and `refuse`, else `OK`. */
export function statusOf(message: Message): MessageStatus {
  return message.performative === 'failure' || message.performative === 'refuse' ? 'ERROR' : 'OK';
}

/** The extension `conv-seq`; without it 2 for an answer, else 1. */
export function convSeqOf(message: Message): number {
  const given = extension(message, 'conv-seq');
  if (typeof given === 'number') return given;
  return isReply(message.performative) ? 2 : 1;
}

/** The extension `protocol`; without it `rpc` inside a conversation, else `none`. */
export function protocolOf(message: Message): string {
  const given = extension(message, 'protocol');
  if (typeof given === 'string') return given;
  return message.conversationId === '' ? 'none' : 'rpc';
}

/** The extension `reply-to`; without it the sender. */
export function replyToOf(message: Message): string {
  const given = extension(message, 'reply-to');
  return typeof given === 'string' ? given : message.sender;
}

/** One extension header, or undefined; members that every object inherits do not count. */
export function extension(message: Message, name: string): Portable | undefined {
  const { headers } = message;
  return headers !== undefined && Object.hasOwn(headers, name) ? headers[name] : undefined;
}
