import { BadRequestError } from '../errors/index.ts';

/** What is wrong with bytes that arrived. */
export type UndecodableReason =
  | 'empty'
  /** The whole, or a name, conversation or operation of over 255 bytes. */
  | 'too-large'
  /** A declared length or count is more than the bytes that are left. */
  | 'truncated'
  | 'trailing-bytes'
  | 'too-deep'
  | 'too-many-values'
  | 'wrong-version'
  /** Not the type that stands in this place, or a type that v1 does not know. */
  | 'wrong-type'
  /** NaN, infinite, or an integer of magnitude 2^53 or more. */
  | 'bad-number'
  | 'bad-date'
  | 'bad-utf8'
  /** A map key that is no string, or is `__proto__`. */
  | 'bad-key'
  | 'bad-json'
  /** JSON: the text of a `$bytes` member is not base64. */
  | 'bad-bytes'
  /** JSON: neither a `type` property nor an `op` header. */
  | 'no-operation'
  /** Said by the exchange: neither a frame nor JSON; a frame of another system; a `reply_to` that is not the sender's to give. */
  | 'content-type'
  | 'foreign-system'
  | 'reply-to'
  /** Said by the exchange: JSON that this container may not answer; a JSON answer that does not say to what. */
  | 'unanswerable'
  | 'no-correlation'
  /** Said by the exchange: an event whose type does not begin its routing key. */
  | 'topic';

/** Bytes from the broker that are not a message. Nothing of them has been delivered; the same bytes will fail again. */
export class UndecodableError extends BadRequestError {
  readonly reason: UndecodableReason;

  constructor(reason: UndecodableReason, message: string) {
    super(message, { details: { reason } });
    this.reason = reason;
  }
}
