import { makeMessage } from '../codec/index.ts';
import { Arrival, type ProcessId } from '../exchange/index.ts';
import type { Process } from './process.ts';
import { signalOperation } from './system-operations.ts';

/** What the container tells a process itself: the content of a system message that never leaves the container. */
export class Signal {
  /** Calls the hook that it is for. */
  readonly deliver: (process: Process) => unknown;

  constructor(deliver: (process: Process) => unknown) {
    this.deliver = deliver;
  }
}

/** The message that brings a process a signal. */
export function signalArrival(signal: Signal, receiver: ProcessId): Arrival {
  const message = makeMessage({
    performative: 'none',
    sender: receiver,
    receiver,
    op: signalOperation,
    content: signal,
  });
  return new Arrival(message, ownFacts);
}

const ownFacts = Object.freeze({
  local: true,
  origin: '',
  deadlineAt: Number.POSITIVE_INFINITY,
  redelivered: false,
  replyRoute: undefined,
  ticket: undefined,
});
