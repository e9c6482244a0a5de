import { types } from 'node:util';
import type { Static, TNull } from 'typebox';
import type { ContentCodec, OperationCodec } from '../codec/index.ts';
import { BadRequestError, ContainerError, RemoteError } from '../errors/index.ts';
import type { CallOptions, SendOptions, StreamOptions } from '../interact/index.ts';
import type { Contract } from './contract.ts';
import { makeDeclaredError } from './declared-error.ts';
import type { Operation } from './operation.ts';
import type { Given } from './proto-types.ts';
import { failureText } from './validation-failure.ts';
import { ContentValidator, failureDetails } from './validator.ts';

/** A method per operation of contract `C`. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: ClientMethod<C['operations'][K]>;
};

/** Calls one operation; where the content is null it may be left out. A streaming one is called when its first part is asked for. */
export type ClientMethod<O extends Operation> = O['content'] extends TNull
  ? (content?: null, options?: ClientOptions<O>) => ClientAnswer<O>
  : (content: Given<O, 'content'>, options?: ClientOptions<O>) => ClientAnswer<O>;

/** How one operation is called. */
export type ClientOptions<O extends Operation> = O['reply'] extends 'stream' ? StreamOptions : CallOptions;

/** What a client's method returns. */
export type ClientAnswer<O extends Operation> = O['reply'] extends 'stream'
  ? AsyncIterable<Static<O['result']>>
  : Promise<Static<O['result']>>;

/** Whoever can make calls. */
export interface Caller {
  /** Resolves with the result. */
  call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown>;
  /** The parts of a streaming operation's answer, in their order. Nothing is sent before the first is asked for. */
  stream(receiver: string, op: string, content: unknown, options?: StreamOptions): AsyncIterable<unknown>;
}

/**
 * A client of `contract`'s service that calls through `caller`. Content and result are checked here too: a caller learns of its own
 * mistake without a journey, and never gets a result that its types deny. An error that the operation declares comes as its class of
 * `contract.errors`; one whose data is not what was declared stays the RemoteError that it came as.
 */
export function makeClient<C extends Contract>(contract: C, caller: Caller): Client<C>;
export function makeClient(contract: Contract, caller: Caller): Readonly<Record<string, unknown>> {
  const methods = Object.entries(contract.operations).map(([op, operation]) => {
    const method = new OperationCaller(contract, op, operation, caller);
    return [op, operation.reply === 'stream' ? method.stream : method.call] as const;
  });
  return Object.freeze(Object.fromEntries(methods));
}

/** One operation, as its client calls it. */
class OperationCaller {
  readonly #contract: Contract;
  readonly #op: string;
  readonly #caller: Caller;
  readonly #codec: OperationCodec | undefined;
  readonly #validator: ContentValidator;
  readonly #result: ContentValidator;
  readonly #errors: ReadonlyMap<string, ContentValidator>;
  readonly #defaults: CallOptions & StreamOptions;

  constructor(contract: Contract, op: string, operation: Operation, caller: Caller) {
    this.#contract = contract;
    this.#op = op;
    this.#caller = caller;
    this.#codec = operation.codec;
    this.#validator = new ContentValidator(operation.content);
    this.#result = new ContentValidator(operation.result);
    this.#errors = new Map(
      Object.entries(operation.errors).map(([code, data]) => [code, new ContentValidator(data)]),
    );
    this.#defaults = {
      idempotent: operation.idempotent,
      ...(operation.timeoutMs !== undefined && { timeoutMs: operation.timeoutMs }),
      ...(contract.wire !== undefined && { wire: contract.wire }),
    };
  }

  readonly call = async (given: unknown, options?: CallOptions): Promise<unknown> => {
    const loading = this.#codec?.content.ready();
    if (loading !== undefined) await loading;
    const content = this.#content(given);
    try {
      return this.#answer(
        await this.#caller.call(this.#contract.address, this.#op, content, this.#options(options)),
      );
    } catch (error) {
      throw this.#typed(error);
    }
  };

  readonly stream = (given: unknown, options?: StreamOptions): AsyncIterable<unknown> =>
    this.#parts(given, options);

  async *#parts(given: unknown, options?: StreamOptions): AsyncGenerator<unknown, void> {
    await this.#codec?.content.ready();
    const content = this.#content(given);
    const parts = this.#caller.stream(this.#contract.address, this.#op, content, this.#options(options));
    try {
      for await (const part of parts) yield this.#answer(part);
    } catch (error) {
      throw this.#typed(error);
    }
  }

  /** The content as it travels. @throws BadRequestError for what the contract does not allow */
  #content(given: unknown): unknown {
    const content = given ?? null;
    if (this.#codec !== undefined) return this.#codec.content.encode(content, 'content').bytes;
    if (!this.#validator.check(content)) this.#validator.fail(content, 'content');
    return content;
  }

  /** With the headers that tell how the content is encoded, if it is. */
  #options<O extends SendOptions>(given: O | undefined): O | CallOptions {
    if (this.#codec !== undefined) {
      const headers = { ...given?.headers, ...this.#codec.content.headers };
      return { ...this.#defaults, ...given, headers };
    }
    return given === undefined ? this.#defaults : { ...this.#defaults, ...given };
  }

  #answer(answer: unknown): unknown {
    if (this.#codec !== undefined) return this.#decoded(answer, this.#codec.result);
    if (this.#result.check(answer)) return answer;
    const failure = this.#result.explain(answer, 'result');
    throw this.#outside(failureText(failure), failureDetails(failure));
  }

  /** Bytes can only be an encoded answer; a peer that does not encode answers plainly. */
  #decoded(answer: unknown, codec: ContentCodec): unknown {
    try {
      return codec.receive(answer, types.isUint8Array(answer) ? codec.headers : undefined, 'result');
    } catch (error) {
      throw error instanceof BadRequestError ? this.#outside(error.message, error.details ?? {}) : error;
    }
  }

  #outside(why: string, details: Readonly<Record<string, unknown>>): ContainerError {
    const what = `${this.#contract.name}.${this.#op} answered what its contract does not allow`;
    return new ContainerError('Internal', `${what}: ${why}`, { details });
  }

  /** The declared error that a failure stands for; any other failure as it is. */
  #typed(error: unknown): unknown {
    if (!(error instanceof RemoteError)) return error;
    const data = error.details ?? {};
    const errorClass = this.#contract.errors[error.code];
    if (errorClass === undefined || this.#errors.get(error.code)?.check(data) !== true) return error;
    const { cause, remoteStack } = error;
    return makeDeclaredError(errorClass, data, error.message, {
      ...(cause !== undefined && { cause }),
      ...(remoteStack !== undefined && { remoteStack }),
    });
  }
}
