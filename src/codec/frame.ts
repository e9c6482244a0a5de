import { ContainerError } from '../errors/index.ts';
import { put64 } from './big-endian.ts';
import { fromPositions, NamesOf, short, writeEnvelope } from './envelope.ts';
import { type CodecLimits, frameOverheadBytes, maxFrameEnvelopes } from './limits.ts';
import type { Message } from './message.ts';
import type { Portable } from './portable.ts';
import { tooLarge } from './portable-fault.ts';
import { PortableReader } from './portable-reader.ts';
import { PortableWriter } from './portable-writer.ts';
import { Scanner } from './scan.ts';
import { UndecodableError } from './undecodable-error.ts';

/** The AMQP content type of a frame. The number changes when an old reader could misread a new frame. */
export const frameContentType = 'application/vnd.ioncore.v1+msgpack';

const version = 1;

/** What the envelopes of a frame share. */
export interface FrameHeader {
  /** Who sends the frame, and where answers go. */
  readonly container: string;
  readonly sysname: string;
  /** The sender's wall clock, whole milliseconds since 1970. */
  readonly sentAt: number;
  /** Its sender had sent it before and does not know what became of that, so it may come twice. Default false. */
  readonly resent?: boolean;
  /** Its sender wants to know how long the one-way messages in it keep an instance of their service from others. Default false. */
  readonly tellWork?: boolean;
}

/** A frame that arrived. */
export interface Frame {
  readonly header: FrameHeader;
  /** In the order in which they were sent; at least one. */
  readonly messages: readonly Message[];
}

/**
 * Writes and reads frames for one container. Neither a value that cannot be sent nor a broken frame leaves anything behind for the next
 * call.
 *
 * @internal
 */
export class FrameCodec {
  readonly #limits: CodecLimits;
  readonly #scanner: Scanner;
  readonly #writer: PortableWriter;
  readonly #reader = new PortableReader();
  #isWriting = false;
  #start = { container: '', sysname: '', bytes: new Uint8Array(0) };

  constructor(limits: CodecLimits) {
    this.#limits = limits;
    this.#scanner = new Scanner(limits);
    this.#writer = new PortableWriter(limits);
  }

  encodeEnvelope(message: Message, ownContainer: string, targetContainer: string | undefined): Uint8Array {
    // A getter or a proxy in the content may send messages itself.
    const writer = this.#isWriting ? new PortableWriter(this.#limits) : this.#writer;
    const before = this.#isWriting;
    this.#isWriting = true;
    try {
      writeEnvelope(writer, message, ownContainer, targetContainer);
    } finally {
      this.#isWriting = before;
    }
    if (writer.length > this.#limits.maxEnvelopeBytes) throw tooLarge('content', this.#limits);
    return writer.end();
  }

  encodeFrame(header: FrameHeader, envelopes: readonly Uint8Array[]): Uint8Array {
    const start = this.#startOf(header);
    const marks = marksOf(header);
    let total = start.length + 8 + marks.length;
    for (const envelope of envelopes) total += envelope.length;
    this.#checkBounds(envelopes.length, total);
    if (!(header.sentAt >= 0 && header.sentAt <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`sentAt of a frame must be milliseconds since 1970, got ${header.sentAt}`);
    }
    const count = envelopes.length + 2;
    const prefix = count < 16 ? 1 : 3;
    const frame = allocate(prefix + total);
    if (prefix === 1) frame[0] = 0x90 + count;
    else {
      frame[0] = 0xdc;
      frame[1] = count >>> 8;
      frame[2] = count;
    }
    frame.set(start, prefix);
    if (marks.length > 0) frame[prefix + 1] = 0x93 + marks.length;
    let position = prefix + start.length;
    position = put64(frame, position, header.sentAt);
    for (const mark of marks) frame[position++] = mark;
    for (const envelope of envelopes) {
      frame.set(envelope, position);
      position += envelope.length;
    }
    return frame;
  }

  decodeFrame(bytes: Uint8Array, receivingContainer: string): Frame {
    if (bytes.length === 0) throw new UndecodableError('empty', 'a frame of no bytes');
    if (bytes.length > this.#limits.maxFrameBytes) {
      throw new UndecodableError(
        'too-large',
        `a frame of ${bytes.length} bytes; maxFrameBytes is ${this.#limits.maxFrameBytes}`,
      );
    }
    checkCount(bytes);
    // Before the scan: another version may use types that this one does not know.
    checkVersion(bytes);
    this.#scanner.check(bytes);
    const frame = this.#reader.read(bytes);
    if (!Array.isArray(frame)) throw new UndecodableError('wrong-type', 'a frame must be an array');
    const items: readonly Portable[] = frame;
    if (items[0] !== version) throw wrongVersion(items[0]);
    if (items.length < 3) throw new UndecodableError('wrong-type', 'a frame must hold an envelope');
    const header = headerOf(items[1] ?? null);
    const senders = new NamesOf(header.container);
    const receivers = new NamesOf(receivingContainer);
    const messages: Message[] = [];
    for (let index = 2; index < items.length; index++) {
      messages.push(fromPositions(items[index] ?? null, senders, receivers));
    }
    return { header, messages };
  }

  /** Everything of a frame up to the moment; the same for all frames of a container. */
  #startOf({ container, sysname }: FrameHeader): Uint8Array {
    if (this.#start.container !== container || this.#start.sysname !== sysname) {
      const writer = new PortableWriter(this.#limits);
      writer.begin();
      writer.number(version);
      writer.shortArray(3);
      writer.string(container);
      writer.string(sysname);
      this.#start = { container, sysname, bytes: Uint8Array.of(...writer.end(), 0xcf) };
    }
    return this.#start.bytes;
  }

  /** A lone envelope of any allowed size fits; several must also be read under the receiver's count of values. */
  #checkBounds(envelopes: number, total: number): void {
    const { maxFrameBytes, maxValues } = this.#limits;
    if (envelopes === 0) throw new RangeError('a frame must hold an envelope');
    if (envelopes > maxFrameEnvelopes) {
      throw new RangeError(`a frame must hold at most ${maxFrameEnvelopes} envelopes, got ${envelopes}`);
    }
    const bound =
      envelopes === 1 ? maxFrameBytes : Math.min(maxFrameBytes, Math.max(maxValues, frameOverheadBytes));
    if (total + 5 > bound) {
      throw new ContainerError(
        'TooLarge',
        `a frame of ${envelopes} envelopes and ${total} bytes; at most ${bound}`,
      );
    }
  }
}

const noMarks: readonly number[] = [];

/** What stands in a header after the moment. */
function marksOf({ resent, tellWork }: FrameHeader): readonly number[] {
  if (tellWork === true) return [resent === true ? 0xc3 : 0xc2, 0xc3];
  return resent === true ? [0xc3] : noMarks;
}

/** From Node's pool: a `Uint8Array` of its own memory costs seven times as much above 64 bytes. */
function allocate(length: number): Uint8Array {
  return Buffer.allocUnsafe(length);
}

/** How many envelopes there are stands in the first bytes, so nothing has to be read for it. */
function checkCount(bytes: Uint8Array): void {
  const lead = bytes[0] ?? 0;
  // Those of the shortest form have fifteen items at most.
  if (lead !== 0xdc && lead !== 0xdd) return;
  const sizeBytes = lead === 0xdc ? 2 : 4;
  let items = 0;
  for (let index = 1; index <= sizeBytes; index++) items = items * 256 + (bytes[index] ?? 0);
  if (items - 2 <= maxFrameEnvelopes) return;
  throw new UndecodableError(
    'too-large',
    `a frame of ${items - 2} envelopes; at most ${maxFrameEnvelopes} are read`,
  );
}

function checkVersion(bytes: Uint8Array): void {
  const lead = bytes[0] ?? 0;
  const position = lead === 0xdc ? 3 : lead === 0xdd ? 5 : 1;
  const found = bytes[position] ?? version;
  if ((lead & 0xf0) !== 0x90 && position === 1) return;
  if (found < 0x80 && found !== version) {
    throw wrongVersion(found);
  }
}

function wrongVersion(found: Portable | undefined): UndecodableError {
  return typeof found === 'number'
    ? new UndecodableError(
        'wrong-version',
        `a frame of version ${found}; this container reads version ${version}`,
      )
    : new UndecodableError('wrong-type', 'a frame must begin with the number of its version');
}

function headerOf(value: Portable): FrameHeader {
  if (!Array.isArray(value))
    throw new UndecodableError('wrong-type', 'the header of a frame must be an array');
  const [container, sysname, sentAt, resent, tellWork]: readonly Portable[] = value;
  if (typeof container !== 'string' || typeof sysname !== 'string' || typeof sentAt !== 'number') {
    throw new UndecodableError(
      'wrong-type',
      'the header of a frame must begin with container, sysname, sent-at',
    );
  }
  if (container === '' || sysname === '' || !Number.isSafeInteger(sentAt) || sentAt < 0) {
    throw new UndecodableError(
      'wrong-type',
      'the header of a frame must name container, sysname and a moment',
    );
  }
  return {
    container: short('container of a frame', container),
    sysname: short('sysname of a frame', sysname),
    sentAt,
    ...(resent === true && { resent }),
    ...(tellWork === true && { tellWork }),
  };
}
