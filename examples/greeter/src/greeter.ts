import { defineService, type Handlers, operation, ServiceProcess, Type } from 'ioncore';

/** What the service promises. Callers import it too, and both ends are held to it. */
export const Greeter = defineService({
  name: 'greeter',
  version: '0.1.0',
  operations: {
    greet: operation({
      content: Type.Object({ name: Type.String() }),
      result: Type.String(),
      idempotent: true,
    }),
  },
});

/** Keeps the promise: one method `op_…` for each operation. `args` are those of the `.app` file. */
export class GreeterService extends ServiceProcess.for(Greeter) implements Handlers<typeof Greeter> {
  async op_greet({ name }: { name: string }): Promise<string> {
    return `${String(this.args.greeting ?? 'Hello,')} ${name}`;
  }
}
