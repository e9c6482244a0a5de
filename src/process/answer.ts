import type { Arrival } from '../exchange/index.ts';
import type { WorkHost } from './work-host.ts';

/** Answers a request with a result; does nothing if it has an answer, or wants none. */
export function answer(host: WorkHost, arrival: Arrival, content: unknown): void {
  if (!arrival.wantsReply || arrival.answered) return;
  arrival.answered = true;
  host.responder.reply(arrival, host.id, content);
}

/** As {@link answer}, with an error. `hasRun`: somebody may have begun it, so that nobody is told that nothing ran. */
export function answerError(host: WorkHost, arrival: Arrival, error: unknown, hasRun: boolean = false): void {
  if (!arrival.wantsReply || arrival.answered) return;
  arrival.answered = true;
  host.responder.replyError(arrival, host.id, error, hasRun);
}
