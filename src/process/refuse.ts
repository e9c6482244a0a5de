import { type ContainerError, DeadlockError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import { answerError } from './answer.ts';
import { wasGivenBefore } from './redelivery.ts';
import type { WorkHost } from './work-host.ts';

/** How often work is handed back to a queue whose every instance here waits for it, before that is called a deadlock. */
const maxHandBacks = 5;

/** A message that is not begun here: its caller is told why, and it is done with. */
export function refuse(host: WorkHost, arrival: Arrival, error: ContainerError): void {
  answerError(host, arrival, error, wasGivenBefore(arrival));
  arrival.settle();
}

/** The request came to a process that waits for it. Another instance may be free; the caller's container has found that there are some. */
export function refuseRing(host: WorkHost, arrival: Arrival): void {
  const { message } = arrival;
  if (arrival.fromSharedQueue && message.attempt <= maxHandBacks) {
    message.attempt += 1;
    host.passOn(arrival);
    return;
  }
  const path = message.callPath.map((step) => step.process);
  const text = `process ${host.id} waits for what this request is a part of`;
  refuse(host, arrival, new DeadlockError(text, { details: { path, executed: 'no' } }));
}
