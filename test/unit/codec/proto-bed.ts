import { type ContentCodec, ProtobufTypes, readProto } from '../../../src/codec/index.ts';

/** The content codec of message `type` of package `t`, written in proto3 unless `text` says otherwise. */
export async function protoContent(text: string, type: string): Promise<ContentCodec> {
  const [, head = 'syntax = "proto3";', body = ''] =
    /^\s*((?:syntax|edition) = "\w+";)?(.*)$/s.exec(text) ?? [];
  const whole = `${head} package t; ${body}\nservice All { rpc One (${type}) returns (${type}); }`;
  const { namespace } = await readProto('t.proto', (path) => (path === 't.proto' ? whole : undefined));
  const types = new ProtobufTypes(namespace);
  await types.ready();
  return types.content(type.includes('.') ? type : `t.${type}`);
}

/** What a receiver gets of what a sender gives. */
export function roundTrip(codec: ContentCodec, value: unknown): unknown {
  const { bytes, headers } = codec.encode(value, 'content');
  return codec.receive(bytes, headers, 'content');
}

/** What a receiver gets of these bytes. */
export function received(codec: ContentCodec, ...bytes: readonly number[]): unknown {
  return codec.receive(Uint8Array.from(bytes), codec.headers, 'content');
}
