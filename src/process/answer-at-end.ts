import type { Arrival, ProcessId } from '../exchange/index.ts';
import type { Answers } from '../interact/index.ts';
import type { Clock } from '../util/index.ts';
import type { Bonds } from './bonds.ts';
import type { MonitorId } from './process.ts';
import { toWireExitReason } from './wire-exit-reason.ts';

/** Of a watcher that names no time. */
const maxWatchMs = 120_000;

/** A process that is watched from another container. */
export interface Watched {
  readonly id: ProcessId;
  readonly bonds: Bonds;
  readonly responder: Answers;
  readonly env: { readonly clock: Clock };
  /** Somebody elsewhere was told to ask again, and may do so only when the process has ended. */
  isAskedAgain: boolean;
  nextMonitor(): MonitorId;
}

/**
 * Answers a watcher in another container when the process has ended, with the reason. When half of its time is over it hears `null`: the process
 * lives, ask again.
 */
export function answerAtEnd(arrival: Arrival, watched: Watched): void {
  const { id, bonds, responder, env } = watched;
  const answer = (content: unknown): void => {
    timer.cancel();
    end();
    responder.reply(arrival, id, content);
    arrival.settle();
  };
  const end = bonds.addWatcher(watched.nextMonitor(), (reason) => answer(toWireExitReason(reason)));
  const leftMs = Math.min(arrival.deadlineAt - env.clock.now(), maxWatchMs);
  const timer = env.clock.timer(leftMs / 2, () => {
    watched.isAskedAgain = true;
    answer(null);
  });
}
