export { Codec } from './codec.ts';
export { codecConfig } from './config.ts';
export { type ContentCodec, EncodedContent, type OperationCodec } from './encoded-content.ts';
export { envelopePositions } from './envelope.ts';
export { type Frame, type FrameHeader, frameContentType } from './frame.ts';
export { anonymousUser, type IonHeader, ionHeaders, ionHeaderTable } from './ion-headers.ts';
export { type JsonMessage, type JsonProperties, jsonContentType } from './json.ts';
export {
  type CodecLimits,
  type CodecLimitsOptions,
  defaultCodecLimits,
  resolveCodecLimits,
} from './limits.ts';
export {
  type CallPath,
  convSeqOf,
  defaultOp,
  extension,
  type Headers,
  isReply,
  Message,
  type MessageFields,
  type MessageStatus,
  makeMessage,
  maxPathSteps,
  noPath,
  type PathStep,
  type Performative,
  performatives,
  protocolOf,
  replyToOf,
  statusOf,
} from './message.ts';
export { copyPortable, type Portable } from './portable.ts';
export {
  emptyType,
  type ProtoFieldDescriptor,
  type ProtoMessageDescriptor,
  type ProtoNamespace,
  type ProtoNested,
  timestampType,
} from './protobuf/descriptor.ts';
export { type MessageInfo, messageInfo } from './protobuf/message-info.ts';
export type {
  ProtoEnumInfo,
  ProtoFieldInfo,
  ProtoFile,
  ProtoMessageInfo,
  ProtoMethodInfo,
  ProtoServiceInfo,
} from './protobuf/proto-file.ts';
export { ProtobufTypes, protobufEncoding } from './protobuf/protobuf-types.ts';
export { readProto } from './protobuf/read-proto.ts';
export { UndecodableError, type UndecodableReason } from './undecodable-error.ts';
