export { type Interceptor, InterceptorChain, type Invocation } from './interceptor-chain.ts';
