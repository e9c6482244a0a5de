import { ConfigurationError } from '../errors/index.ts';
import type { InterceptorFactory } from './invocation.ts';

/** `log`: one line at level `debug` per message that comes by, without its content. Takes no arguments. */
export const logInterceptor: InterceptorFactory = (args, { logger }) => {
  const [key] = Object.keys(args);
  if (key !== undefined) throw new ConfigurationError(`args: unknown key '${key}'; it takes none`);
  return ({ path, message, origin }, next) => {
    if (logger.enabled('debug')) {
      const { performative, op, sender, receiver, conversationId, attempt } = message;
      logger.debug(path === 'out' ? 'a message goes out' : 'a message comes in', {
        performative,
        op,
        sender: sender || undefined,
        receiver,
        origin,
        conversation: conversationId || undefined,
        attempt: attempt > 1 ? attempt : undefined,
      });
    }
    next();
  };
};
