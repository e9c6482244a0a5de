import { Container, defineService, operation, ServiceProcess, Type } from '../../../dist/index.js';
import { answerTo } from '../shared/messages.mjs';

const Message = Type.Object({ number: Type.Integer(), text: Type.String() });

/** What is called: content and results are checked at both ends. */
export const Echo = defineService({
  name: 'echo',
  version: '1.0.0',
  operations: { echo: operation({ content: Message, result: Message }) },
});

export class EchoService extends ServiceProcess.for(Echo) {
  /** @param {import('../shared/messages.mjs').Message} message */
  op_echo(message) {
    return answerTo(message);
  }
}

/** A container with default settings. @param {string} broker @param {string} sysname */
export async function started(broker, sysname) {
  const container = new Container({ broker, sysname });
  await container.start();
  return container;
}
