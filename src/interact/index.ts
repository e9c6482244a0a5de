export { rpcConfig } from './config.ts';
export {
  ConversationManager,
  type ConversationParts,
  type ConversationStats,
} from './conversation-manager.ts';
export { type CallOptions, defaultTimeoutMs, type SendOptions } from './options.ts';
