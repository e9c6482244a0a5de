import { type AppStart, defineService, type Handlers, operation, ServiceProcess, Type } from '../index.ts';

/** What the hello service promises. */
export const Hello = defineService({
  name: 'hello',
  version: '1.0.0',
  operations: {
    hello: operation({ content: Type.String(), result: Type.String(), idempotent: true }),
  },
});

/** Greets whoever calls. The argument `greeting` of the app replaces the words. */
export class HelloService extends ServiceProcess.for(Hello) implements Handlers<typeof Hello> {
  async op_hello(text: string): Promise<string> {
    return `${String(this.args.greeting ?? 'Hello there,')} ${text}`;
  }
}

/** Starts one instance; its id is the app's root. */
export const start: AppStart = async (container, _startType, _app, args) => {
  return [await container.spawn(HelloService, { name: 'hello', args }), []];
};
