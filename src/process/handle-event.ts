import { isThenable } from '../util/index.ts';
import type { EventDelivery } from './event-delivery.ts';
import { EventHandling } from './received-event.ts';
import type { WorkTurn } from './work-turn.ts';

/** One event through its handler; without a promise where that makes none, since there may be a great many. Never throws. */
export function handleEvent(turn: WorkTurn, delivery: EventDelivery): void {
  const { operation, message } = delivery;
  const handling = new EventHandling(delivery, turn, turn.now());
  turn.begin(handling, undefined);
  try {
    const content = operation.accept(message.content);
    handling.hasBegun = true;
    handling.traced = turn.host.tracing.tracer?.handling(message);
    const handled = turn.within(handling, () => operation.handle(content, handling));
    if (isThenable(handled)) {
      handled.then(
        () => turn.end(handling, undefined),
        (error: unknown) => failed(turn, handling, error),
      );
      return;
    }
  } catch (error) {
    failed(turn, handling, error);
    return;
  }
  turn.end(handling, undefined);
}

function failed(turn: WorkTurn, handling: EventHandling, error: unknown): void {
  handling.traced?.end(error);
  handling.arrival.fail(error, !handling.hasBegun);
  turn.end(handling, undefined);
}
