import type { Contract } from './contract.ts';
import { Process, type ProcessContext } from './process.ts';

/** A class of service processes bound to a contract. */
export interface ServiceProcessClass<C extends Contract> {
  new (context: ProcessContext): ServiceProcess;
  readonly prototype: ServiceProcess;
  readonly contract: C;
}

/**
 * A process that, besides its own id, answers to a name that all instances in the system share: each call goes to one of them.
 *
 * @example
 * export class HelloService extends ServiceProcess.for(Hello) implements Handlers<typeof Hello> {
 *   async op_hello(text: string) { return `Hello there, ${text}`; }
 * }
 */
export abstract class ServiceProcess extends Process {
  /**
   * The base class for a service of `contract`: only its operations are served, with content and results checked. Add
   * `implements Handlers<typeof Contract>`, so that a missing handler does not compile; spawning checks it again.
   */
  static for<C extends Contract>(contract: C): ServiceProcessClass<C> {
    return class extends ServiceProcess {
      static readonly contract = contract;
    };
  }
}
