export { type ChainParts, InterceptorChain, type WayIn } from './interceptor-chain.ts';
export { InterceptorSystem, type InterceptorSystemParts, resolveInterceptors } from './interceptor-system.ts';
export type {
  Interceptor,
  InterceptorContext,
  InterceptorFactory,
  InterceptorSpec,
  Invocation,
  TakenMessage,
  WalkPath,
} from './invocation.ts';
export { type LoadModule, loadInterceptors } from './load-stack.ts';
export { RefusedReply, type Stop } from './refusals.ts';
export type { NamedInterceptor } from './walk.ts';
