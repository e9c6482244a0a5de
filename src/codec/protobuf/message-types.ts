import protobuf from 'protobufjs/light.js';
import { BadRequestError, IllegalStateError, messageOf } from '../../errors/index.ts';
import type { ProtoNamespace } from './descriptor.ts';
import { Fault, Walk } from './fault.ts';
import type { FieldKind } from './field-kinds.ts';
import { contentKind, MessageShape } from './message-shape.ts';
import { scanWire } from './scan-wire.ts';

/** The message types of one `.proto`, ready to encode and decode. Loads protobufjs, so it is imported only when it is needed. */
export class MessageTypes {
  readonly #root: protobuf.Root;
  readonly #shapes = new Map<protobuf.Type, MessageShape>();
  readonly #contents = new Map<string, { readonly type: protobuf.Type; readonly kind: FieldKind }>();

  constructor(namespace: ProtoNamespace) {
    this.#root = protobuf.Root.fromJSON(namespace);
    this.#root.resolveAll();
  }

  /**
   * The bytes of a message of type `name`, its unknown fields included.
   *
   * @throws BadRequestError naming the place, what is due and what was found
   */
  encode(name: string, value: unknown, what: string): Uint8Array {
    const { type, kind } = this.#content(name);
    const raw = checked(what, name, () => kind.write(value, new Walk(false), 0));
    // Without a writer given, the bytes would be a Buffer.
    return type.encode(isObject(raw) ? raw : {}, new protobuf.Writer()).finish();
  }

  /**
   * The message in `bytes`. `isPlain`: portable, for a peer without protobuf. It shares no memory with `bytes`.
   *
   * @throws BadRequestError, whatever the bytes are
   */
  decode(name: string, bytes: Uint8Array, what: string, isPlain: boolean): unknown {
    const { type, kind } = this.#content(name);
    return checked(what, name, () => {
      scanWire(type, bytes);
      const reader = new protobuf.Reader(bytes);
      reader.discardUnknown = false;
      return kind.read(type.decode(reader), new Walk(isPlain), 0);
    });
  }

  #content(name: string): { readonly type: protobuf.Type; readonly kind: FieldKind } {
    let content = this.#contents.get(name);
    if (content === undefined) {
      const type: unknown = this.#root.lookup(`.${name}`);
      if (!(type instanceof protobuf.Type)) throw new IllegalStateError(`there is no message type '${name}'`);
      content = { type, kind: contentKind(this.#shape(type)) };
      this.#contents.set(name, content);
    }
    return content;
  }

  #shape(type: protobuf.Type): MessageShape {
    let shape = this.#shapes.get(type);
    if (shape === undefined) {
      shape = new MessageShape(type, (inner) => this.#shape(inner));
      this.#shapes.set(type, shape);
    }
    return shape;
  }
}

function checked<T>(what: string, name: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown.toError(what);
    throw new BadRequestError(`${what}: not a ${name}: ${messageOf(thrown)}`, {
      details: { path: what, expected: name },
      cause: thrown,
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
