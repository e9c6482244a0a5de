import { types } from 'node:util';
import { BadRequestError, IllegalStateError } from '../../errors/index.ts';
import { type ContentCodec, EncodedContent } from '../encoded-content.ts';
import type { Headers } from '../message.ts';
import type { ProtoNamespace } from './descriptor.ts';
import type { MessageTypes } from './message-types.ts';

/** The value of the header `encoding` for protobuf; `format` is then the message type's full name. */
export const protobufEncoding = 'protobuf';

/** The message types of one `.proto`; what encodes them is loaded when it is first needed. */
export class ProtobufTypes {
  readonly #namespace: ProtoNamespace;
  #loaded: MessageTypes | undefined;
  #loading: Promise<void> | undefined;

  constructor(namespace: ProtoNamespace) {
    this.#namespace = namespace;
  }

  /** Undefined when it is loaded. */
  ready(): Promise<void> | undefined {
    if (this.#loaded !== undefined) return undefined;
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** @throws IllegalStateError before it is {@link ready} */
  get loaded(): MessageTypes {
    if (this.#loaded === undefined)
      throw new IllegalStateError('protobuf is not loaded; await ready() first');
    return this.#loaded;
  }

  /** What turns contents of message type `name` (full) into bytes and back. */
  content(name: string): ContentCodec {
    return new ProtobufContent(this, name);
  }

  async #load(): Promise<void> {
    const { MessageTypes } = await import('./message-types.ts');
    this.#loaded = new MessageTypes(this.#namespace);
  }
}

class ProtobufContent implements ContentCodec {
  readonly headers: Headers;
  readonly #types: ProtobufTypes;
  readonly #name: string;

  constructor(protobufTypes: ProtobufTypes, name: string) {
    this.#types = protobufTypes;
    this.#name = name;
    this.headers = Object.freeze({ encoding: protobufEncoding, format: name });
  }

  ready(): Promise<void> | undefined {
    return this.#types.ready();
  }

  encode(value: unknown, what: string): EncodedContent {
    return new EncodedContent(this.#types.loaded.encode(this.#name, value, what), this.headers);
  }

  receive(content: unknown, headers: Headers | undefined, what: string): unknown {
    const { encoding, format = this.#name } = headers ?? {};
    if (encoding === undefined) return this.#again(content, what, false);
    if (encoding !== protobufEncoding || !types.isUint8Array(content)) {
      const expected = `${this.#name} as bytes with encoding '${protobufEncoding}', or as a plain object without`;
      const found = `${types.isUint8Array(content) ? 'bytes' : 'a plain value'} with encoding '${String(encoding)}'`;
      throw misfit(what, expected, found);
    }
    if (format !== this.#name) throw misfit(what, this.#name, `format '${String(format)}'`);
    return this.#types.loaded.decode(this.#name, content, what, false);
  }

  plain(value: unknown, what: string): unknown {
    return this.#again(value, what, true);
  }

  #again(value: unknown, what: string, isPlain: boolean): unknown {
    const bytes = this.#types.loaded.encode(this.#name, value, what);
    return this.#types.loaded.decode(this.#name, bytes, what, isPlain);
  }
}

function misfit(path: string, expected: string, found: string): BadRequestError {
  return new BadRequestError(`${path}: expected ${expected}, found ${found}`, {
    details: { path, expected, found },
  });
}
