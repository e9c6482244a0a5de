import { ConfigurationError, IllegalStateError, messageOf } from '../errors/index.ts';
import type { Identity } from '../exchange/index.ts';
import { LifecycleObject } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Env } from '../util/index.ts';
import { asInterceptor } from './as-interceptor.ts';
import { InterceptorChain } from './interceptor-chain.ts';
import type { Interceptor, InterceptorContext, InterceptorSpec } from './invocation.ts';

/** What an {@link InterceptorSystem} works with. */
export interface InterceptorSystemParts {
  readonly identity: Identity;
  readonly env: Env;
  readonly logger: Logger;
  /** Outermost first. */
  readonly specs: readonly InterceptorSpec[];
}

/**
 * The interceptors of a container: made when it is initialised, in order, closed when it ends, in reverse. It is the first of the
 * managers to begin and the last to end, so that whatever walks meets all of them.
 */
export class InterceptorSystem extends LifecycleObject {
  readonly chain: InterceptorChain;
  readonly #parts: InterceptorSystemParts;
  readonly #places: readonly Place[];
  readonly #closers: { readonly logger: Logger; readonly close: () => void | Promise<void> }[] = [];

  constructor(parts: InterceptorSystemParts) {
    super();
    this.#parts = parts;
    this.#places = parts.specs.map((spec) => new Place(spec));
    const { identity, logger } = parts;
    this.chain = new InterceptorChain(this.#places, { container: identity.container, logger });
  }

  /** Their names, outermost first. */
  get names(): readonly string[] {
    return this.#places.map(({ name }) => name);
  }

  protected override async onInitialize(): Promise<void> {
    for (const place of this.#places) await place.fill(this.#context(place.name));
    if (this.#places.length > 0) this.#parts.logger.info('interceptors made', { stack: this.names });
  }

  protected override onTerminate(): Promise<void> {
    return this.#close();
  }

  protected override onError(): Promise<void> {
    return this.#close();
  }

  #context(name: string): InterceptorContext {
    const { identity, env } = this.#parts;
    const logger = this.#parts.logger.room(name);
    return Object.freeze({
      ...identity,
      env,
      logger,
      onStop: (close: () => void | Promise<void>) => void this.#closers.push({ logger, close }),
    });
  }

  async #close(): Promise<void> {
    for (const { logger, close } of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        logger.error('an interceptor could not be closed', { error });
      }
    }
  }
}

/** An interceptor's place in the chain, empty until it is made. */
class Place {
  readonly name: string;
  readonly #spec: InterceptorSpec;
  intercept: Interceptor = () => {
    throw new IllegalStateError(`interceptor '${this.name}' is not made yet`);
  };

  constructor(spec: InterceptorSpec) {
    this.name = spec.name;
    this.#spec = spec;
  }

  /** @throws ConfigurationError */
  async fill(context: InterceptorContext): Promise<void> {
    let made: unknown;
    try {
      made = await this.#spec.make(context);
    } catch (cause) {
      if (cause instanceof ConfigurationError) throw cause;
      throw new ConfigurationError(`interceptor '${this.name}' cannot be made: ${messageOf(cause)}`, {
        cause,
      });
    }
    this.intercept = asInterceptor(made, `interceptor '${this.name}'`);
  }
}

/** Interceptors as a program gives them, with names: a function's own, else its place in the list. */
export function resolveInterceptors(
  given: readonly (Interceptor | InterceptorSpec)[] = [],
): readonly InterceptorSpec[] {
  return Object.freeze(
    given.map((one, index) =>
      typeof one === 'function' ? { name: one.name || `interceptor ${index + 1}`, make: () => one } : one,
    ),
  );
}
