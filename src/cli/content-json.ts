import { Codec, type CodecLimits, type Portable } from '../codec/index.ts';
import { visible } from '../util/index.ts';

/** Contents in the portable JSON of the wire protocol (§7): bytes are `{"$bytes": …}`, moments `{"$date": …}`. */
export class ContentJson {
  readonly #codec: Codec;
  readonly #shown: Codec;

  constructor(limits: CodecLimits) {
    this.#codec = new Codec(limits);
    // As JSON a content may be longer than it came, and what cannot be read is shown too.
    const unbounded = Number.MAX_SAFE_INTEGER;
    this.#shown = new Codec({ ...limits, maxFrameBytes: unbounded, maxEnvelopeBytes: unbounded });
  }

  /** A text of more bytes is refused. */
  get maxBytes(): number {
    return this.#codec.limits.maxFrameBytes;
  }

  /** The content that a JSON text stands for. @throws UndecodableError */
  read(text: Uint8Array): Portable {
    return this.#codec.decodeJsonContent(text);
  }

  /** A content as JSON in one line, which does nothing to a terminal. */
  text(content: unknown): string {
    return visible(Buffer.from(this.#shown.encodeJson(content)).toString());
  }

  /** A content as what `JSON.parse` makes of its JSON. */
  value(content: unknown): unknown {
    return JSON.parse(this.text(content));
  }
}
