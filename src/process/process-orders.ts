import { UnavailableError } from '../errors/index.ts';
import type { Arrival } from '../exchange/index.ts';
import type { LifecycleState } from '../lifecycle/index.ts';
import { answerAtEnd, type Watched } from './answer-at-end.ts';
import type { Contract } from './contract.ts';
import { contractDescription } from './contract-description.ts';
import type { ExitReason } from './exit-reason.ts';
import { exitText } from './exit-text.ts';

/** A process that messages may order to do something. */
export interface OrderedProcess extends Watched {
  readonly state: LifecycleState;
  /** What it serves, if it is typed. */
  readonly contract: Contract | undefined;
  /** It is ending: nothing is begun any more. */
  readonly takesNothing: boolean;
  readonly stopped: Promise<ExitReason>;
  activate(): Promise<unknown>;
  exit(reason: ExitReason): Promise<ExitReason>;
}

/**
 * Carries out at once what concerns the process itself: `terminate`, `activate`, `monitor` and `contract`. None of them waits in the mailbox, which may be
 * stuck. False for any other message, and for what a process that is ending does no more: that is not taken. Never throws.
 */
export function isObeyed(ordered: OrderedProcess, arrival: Arrival): boolean {
  switch (arrival.message.op) {
    case 'terminate':
      void answerWhen(ordered, arrival, ordered.exit('normal'));
      return true;
    case 'monitor':
      if (!arrival.wantsReply) return false;
      answerAtEnd(arrival, ordered);
      return true;
    case 'contract':
      return !ordered.takesNothing && isTold(ordered, arrival);
    case 'activate':
      if (ordered.takesNothing) return false;
      void answerWhen(ordered, arrival, activated(ordered));
      return true;
    default:
      return false;
  }
}

/** Who asks for a contract is about to join, and waits for no handler. */
function isTold({ contract, responder, id }: OrderedProcess, arrival: Arrival): boolean {
  if (contract === undefined) return false;
  if (arrival.wantsReply) responder.reply(arrival, id, contractDescription(contract));
  arrival.settle();
  return true;
}

/** A hook may never end, but its process does. */
function activated(ordered: OrderedProcess): Promise<unknown> {
  if (ordered.state === 'ACTIVE') return Promise.resolve();
  const ended = ordered.stopped.then((reason) => {
    throw new UnavailableError(`process ${ordered.id} has ended: ${exitText(reason)}`);
  });
  return Promise.race([ordered.activate(), ended]);
}

/** Answers an order when it is carried out. Never rejects. */
async function answerWhen(
  { responder, id }: OrderedProcess,
  arrival: Arrival,
  done: Promise<unknown>,
): Promise<void> {
  try {
    await done;
    if (arrival.wantsReply) responder.reply(arrival, id, null);
  } catch (error) {
    if (arrival.wantsReply) responder.replyError(arrival, id, error);
  } finally {
    arrival.settle();
  }
}
