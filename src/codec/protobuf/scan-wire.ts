import protobuf from 'protobufjs/light.js';
import { Fault, maxDepth, maxValues } from './fault.ts';

const lengthDelimited = 2;
const startGroup = 3;
const endGroup = 4;
const fixedBytes: Readonly<Record<string, number>> = {
  double: 8,
  fixed64: 8,
  sfixed64: 8,
  float: 4,
  fixed32: 4,
  sfixed32: 4,
};

/**
 * Looks through the bytes of a message before they are decoded and makes nothing: two bytes can stand for an object with many members,
 * so that what fits a message could fill the memory. It is no check of the format: what is malformed may pass, and fails when it is
 * decoded.
 *
 * @throws Fault for more than {@link maxValues} values, or messages nested deeper than {@link maxDepth}
 * @throws RangeError for bytes that end too early
 */
export function scanWire(type: protobuf.Type, bytes: Uint8Array): void {
  new WireScan(bytes).message(type, bytes.length, 1);
}

class WireScan {
  readonly #reader: protobuf.Reader;
  #left = maxValues;

  constructor(bytes: Uint8Array) {
    this.#reader = new protobuf.Reader(bytes);
  }

  /** `inGroup`: it ends with an end-group tag (proto2), else at `end`. */
  message(type: protobuf.Type | undefined, end: number, depth: number, inGroup = false): void {
    if (depth > maxDepth) throw new Fault(`nested more than ${maxDepth} deep`);
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const wireType = tag & 7;
      this.#count(1);
      if (inGroup && wireType === endGroup) return;
      const field = type?.fieldsById[tag >>> 3]?.resolve();
      if (field !== undefined && wireType === lengthDelimited) this.#delimited(field, depth);
      else if (field?.resolvedType instanceof protobuf.Type && wireType === startGroup)
        this.message(field.resolvedType, end, depth + 1, true);
      else reader.skipType(wireType, 0, tag >>> 3);
    }
  }

  #delimited(field: protobuf.Field, depth: number): void {
    const reader = this.#reader;
    const length = reader.uint32();
    const end = reader.pos + length;
    const { resolvedType } = field;
    if (end > reader.len) throw new RangeError(`a field of ${length} bytes goes beyond the end`);
    if (field.map) this.#entry(resolvedType instanceof protobuf.Type ? resolvedType : undefined, end, depth);
    else if (resolvedType instanceof protobuf.Type) this.message(resolvedType, end, depth + 1);
    else if (field.repeated && field.type !== 'string' && field.type !== 'bytes')
      this.#packed(field.type, end);
    reader.pos = end;
  }

  /** An entry of a map is a message of key (1) and value (2). */
  #entry(values: protobuf.Type | undefined, end: number, depth: number): void {
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (values === undefined || tag !== 0x12) {
        reader.skipType(tag & 7, 0, tag >>> 3);
        continue;
      }
      const length = reader.uint32();
      if (reader.pos + length > end) throw new RangeError(`a field of ${length} bytes goes beyond the end`);
      this.message(values, reader.pos + length, depth + 1);
    }
  }

  #packed(type: string, end: number): void {
    const { buf, pos } = this.#reader;
    const size = fixedBytes[type];
    if (size !== undefined) {
      this.#count(Math.ceil((end - pos) / size));
      return;
    }
    let varints = 0;
    for (let at = pos; at < end; at += 1) if ((buf[at] ?? 0) < 0x80) varints += 1;
    this.#count(varints);
  }

  #count(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw new Fault(`more than ${maxValues} values`);
  }
}
