import protobuf from 'protobufjs/light.js';
import type { FieldPresence } from './proto-file.ts';

/** What it means for a field not to be set. */
export function presenceOf(field: protobuf.Field): FieldPresence {
  if (field.map) return 'map';
  if (field.repeated) return 'repeated';
  if (field.required) return 'required';
  return field.hasPresence || field.resolvedType instanceof protobuf.Type ? 'explicit' : 'implicit';
}
