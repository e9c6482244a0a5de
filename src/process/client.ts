import type { Static, TNull } from 'typebox';
import type { CallOptions } from '../interact/index.ts';
import type { Contract, Operation } from './contract.ts';
import { ContentValidator } from './validator.ts';

/** A method per operation of contract `C`. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: ClientMethod<C['operations'][K]>;
};

/** Calls one operation; where the content is null it may be left out. */
export type ClientMethod<O extends Operation> = O['content'] extends TNull
  ? (content?: null, options?: CallOptions) => Promise<Static<O['result']>>
  : (content: Static<O['content']>, options?: CallOptions) => Promise<Static<O['result']>>;

/** Whoever can make a call. */
export interface Caller {
  call(receiver: string, op: string, content: unknown, options?: CallOptions): Promise<unknown>;
}

/**
 * A client of `contract`'s service that calls through `caller`. Content and result are checked here too: a caller learns of its own
 * mistake without a journey, and never gets a result that its types deny.
 */
export function makeClient<C extends Contract>(contract: C, caller: Caller): Client<C>;
export function makeClient(contract: Contract, caller: Caller): Readonly<Record<string, unknown>> {
  const entries = Object.entries(contract.operations).map(([op, operation]) => {
    const content = new ContentValidator(operation.content);
    const result = new ContentValidator(operation.result);
    const defaults: CallOptions = {
      idempotent: operation.idempotent,
      ...(operation.timeoutMs !== undefined && { timeoutMs: operation.timeoutMs }),
    };
    const method = async (given: unknown, options?: CallOptions): Promise<unknown> => {
      const sent = given ?? null;
      if (!content.check(sent)) content.fail(sent, 'content');
      const answer = await caller.call(
        contract.address,
        op,
        sent,
        options ? { ...defaults, ...options } : defaults,
      );
      if (!result.check(answer)) result.fail(answer, `result of ${contract.name}.${op}`);
      return answer;
    };
    return [op, method] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}
