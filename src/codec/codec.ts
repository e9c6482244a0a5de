import { headersOf } from './envelope.ts';
import { type Frame, FrameCodec, type FrameHeader } from './frame.ts';
import {
  decodeJsonContent,
  decodeJsonMessage,
  encodeJson,
  type JsonMessage,
  type JsonProperties,
} from './json.ts';
import { type CodecLimits, defaultCodecLimits } from './limits.ts';
import type { Message } from './message.ts';
import { copyPortable, type Portable, PortableCopier } from './portable.ts';

/**
 * The three ways of a message under one set of limits: copied for a process next door, as frames between containers, as JSON to and from
 * anybody. A portable value arrives the same on each. One per container.
 *
 * @example
 * const envelope = codec.encodeEnvelope(message, 'ship_1', undefined);
 * const bytes = codec.encodeFrame({ container: 'ship_1', sysname: 'fleet', sentAt }, [envelope]);
 * const { header, messages } = codec.decodeFrame(bytes, 'shore_7');
 */
export class Codec {
  readonly limits: CodecLimits;
  readonly #frames: FrameCodec;

  constructor(limits: CodecLimits = defaultCodecLimits) {
    this.limits = limits;
    this.#frames = new FrameCodec(limits);
  }

  /**
   * The copy that a receiver in the same container gets; see {@link copyPortable}. `what` names the value in errors.
   *
   * @throws BadRequestError, ContainerError `TooLarge`
   */
  copy(value: unknown, what?: string): Portable {
    return copyPortable(value, what, this.limits);
  }

  /**
   * Makes the content and headers of a message copies that the receiver in the same container may have; see {@link Codec.copy}.
   *
   * @throws BadRequestError, ContainerError `TooLarge`; then the message is as it was
   */
  isolate(message: Message): void {
    const content = this.copy(message.content, 'content');
    if (message.headers !== undefined) {
      message.headers = headersOf(new PortableCopier(this.limits), message.headers) ?? undefined;
    }
    message.content = content;
  }

  /**
   * The bytes of a message that `ownContainer` sends, as it is now: what the caller does to it later changes nothing.
   *
   * @param targetContainer the container that will read it, to shorten names; undefined if several may (a service's queue)
   * @throws BadRequestError for a value that is not portable, in the same words as {@link Codec.copy}
   * @throws ContainerError `TooLarge` above `maxEnvelopeBytes`
   */
  encodeEnvelope(message: Message, ownContainer: string, targetContainer?: string): Uint8Array {
    return this.#frames.encodeEnvelope(message, ownContainer, targetContainer);
  }

  /**
   * One frame of envelopes that are encoded already, in this order. A lone envelope always fits; several may together hold `maxValues`
   * bytes, so that a receiver's count of values cannot be exceeded.
   *
   * @throws ContainerError `TooLarge`, RangeError for no envelope or a moment that is none
   */
  encodeFrame(header: FrameHeader, envelopes: readonly Uint8Array[]): Uint8Array {
    return this.#frames.encodeFrame(header, envelopes);
  }

  /**
   * Checks and decodes a frame. Names in the messages are absolute; their values share no memory with `bytes`.
   *
   * @throws UndecodableError, whatever the bytes are
   */
  decodeFrame(bytes: Uint8Array, receivingContainer: string): Frame {
    return this.#frames.decodeFrame(bytes, receivingContainer);
  }

  /**
   * A plain JSON message: its operation (property `type`, else header `op`) and content.
   *
   * @throws UndecodableError
   */
  decodeJson(body: Uint8Array, properties: JsonProperties): JsonMessage {
    return decodeJsonMessage(body, properties, this.limits);
  }

  /**
   * The content alone, for answers of JSON peers, which name no operation.
   *
   * @throws UndecodableError
   */
  decodeJsonContent(body: Uint8Array): Portable {
    return decodeJsonContent(body, this.limits);
  }

  /**
   * A content as JSON.
   *
   * @throws BadRequestError, ContainerError `TooLarge` above `maxFrameBytes`
   */
  encodeJson(content: unknown): Uint8Array {
    return encodeJson(content, this.limits);
  }
}
