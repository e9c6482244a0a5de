import type { Process } from './process.ts';
import { Signal } from './signal.ts';
import { signalOperation } from './system-operations.ts';

type SystemHandler = (this: Process, content: unknown) => unknown;

/** The system operations that run in the process's turn; the others act on its lifecycle at once. */
export const systemHandlers: ReadonlyMap<string, SystemHandler> = new Map<string, SystemHandler>([
  ['ping', () => ({ pong: 'pong' })],
  ['sys_procexit', () => null],
  [
    signalOperation,
    function deliver(content) {
      return content instanceof Signal ? content.deliver(this) : null;
    },
  ],
]);
