import { defineService, type Handlers, operation, ServiceProcess, Type } from '../index.ts';
import { Hello } from './hello.ts';

/** What the guide service promises. */
export const Guide = defineService({
  name: 'guide',
  version: '1.0.0',
  operations: {
    welcome: operation({ content: Type.String(), result: Type.String(), idempotent: true }),
  },
});

/** Welcomes whoever calls, in the words of the hello service. The argument `place` says where to. */
export class GuideService extends ServiceProcess.for(Guide) implements Handlers<typeof Guide> {
  readonly #hello = this.client(Hello);

  async op_welcome(name: string): Promise<string> {
    return `${await this.#hello.hello(name)}, welcome to ${String(this.args.place ?? 'the ship')}`;
  }
}
