import type { Headers } from './message.ts';

/**
 * A content that is bytes in a form of its own, with the headers (ION's `encoding`, `format`) that tell the receiver so. Given as an answer
 * it becomes the content and headers of the message.
 */
export class EncodedContent {
  readonly bytes: Uint8Array;
  readonly headers: Headers;

  constructor(bytes: Uint8Array, headers: Headers) {
    this.bytes = bytes;
    this.headers = headers;
  }
}

/** Turns the content of one kind of message into bytes and back. */
export interface ContentCodec {
  /** The headers of a message with such content. */
  readonly headers: Headers;
  /** Undefined when the other members can be used now; else resolves when they can. */
  ready(): Promise<void> | undefined;
  /**
   * The bytes of `value`, with their headers. `what` names the value in errors, here and below.
   *
   * @throws BadRequestError for a value that does not fit
   */
  encode(value: unknown, what: string): EncodedContent;
  /**
   * The value of a content that came in: of bytes whose headers say so, or of a plain value, which is checked and completed as if it had
   * been bytes.
   *
   * @throws BadRequestError for what is neither
   */
  receive(content: unknown, headers: Headers | undefined, what: string): unknown;
  /**
   * `value` as a peer that does not know the encoding gets it: portable, and completed like a received one.
   *
   * @throws BadRequestError for a value that does not fit
   */
  plain(value: unknown, what: string): unknown;
}

/** The codecs of an operation that does not send its values as they are. */
export interface OperationCodec {
  readonly content: ContentCodec;
  readonly result: ContentCodec;
}
