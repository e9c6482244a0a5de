import type { SupervisorAction, SupervisorEvent } from './events.ts';
import { afterTerminating, takeDelayOver, takeExit, takeTryAgain } from './restart-child.ts';
import { startChildren, takeStartOutcome } from './start-children.ts';
import type { SupervisorState, Work } from './state.ts';
import { takeRequest } from './take-request.ts';
import { endSupervisor, exitSupervisor, settleTerminated, terminateChildren } from './terminate-children.ts';
import { type Moment, Turn } from './turn.ts';

type Exited = Extract<SupervisorEvent, { readonly type: 'exited' }>;

/** What a supervisor has decided: how it stands now, and what is to be done. */
export interface Decision {
  readonly state: SupervisorState;
  readonly actions: readonly SupervisorAction[];
}

/**
 * Decides what an event means. Pure but for `moment`, and total: it throws in no state and for no event, and what makes no sense changes nothing.
 *
 * A supervisor does one thing at a time. While it starts or ends children, only what that waits for moves it on; every other event waits in
 * the state, in order, and is dealt with when the operation is over. So the executor hands over each event as it comes and queues nothing.
 */
export function decide(state: SupervisorState, event: SupervisorEvent, moment: Moment): Decision {
  const turn = new Turn(state, moment);
  arrive(turn, event);
  while (turn.state.phase === 'active' && turn.state.work === undefined) {
    const { first, rest } = turn.state.waiting;
    if (first === undefined) break;
    turn.set({ waiting: rest });
    take(turn, first);
  }
  return { state: turn.state, actions: turn.actions };
}

function arrive(turn: Turn, event: SupervisorEvent): void {
  const { phase, work, waiting } = turn.state;
  switch (event.type) {
    case 'started':
    case 'ignored':
    case 'startFailed':
      takeStartOutcome(turn, event);
      return;
    case 'begin':
      if (phase !== 'new') return;
      turn.set({ phase: 'active' });
      startChildren(
        turn,
        turn.state.children.list().map((child) => child.key),
        { type: 'begin' },
      );
      return;
    case 'exited':
      if (work === undefined) break;
      if (moveOn(turn, work, event)) return;
      noteEnd(turn, event);
  }
  if (phase === 'ended') {
    if ('from' in event) turn.reply(event.from, { type: 'refused', because: 'noproc' });
  } else {
    turn.set({ waiting: waiting.push(event) });
  }
}

/** Whether the end of this process is what the operation waits for; then it goes on. */
function moveOn(turn: Turn, work: Work, { pid, reason }: Exited): boolean {
  const child = turn.runningAs(pid);
  if (child === undefined) return false;
  if (work.type === 'terminating' && work.keys[work.at] === child.key) {
    settleTerminated(turn, child, reason);
    const next = terminateChildren(turn, work.keys, work.next, work.at + 1);
    if (next !== undefined) afterTerminating(turn, next);
    return true;
  }
  if (work.type !== 'dissolving') return false;
  settleTerminated(turn, child, reason);
  if (turn.state.children.size === 0) exitSupervisor(turn, work.reason);
  return true;
}

/** The news of this end will wait; until its turn comes, whoever would end the child finds it here. */
function noteEnd(turn: Turn, { pid, reason }: Exited): void {
  const child = turn.runningAs(pid);
  if (child !== undefined) turn.change(child.key, { ended: reason });
}

function take(turn: Turn, event: SupervisorEvent): void {
  switch (event.type) {
    case 'exited':
      takeExit(turn, event.pid, event.reason);
      break;
    case 'tryAgain':
      takeTryAgain(turn, event.child);
      break;
    case 'delayOver':
      takeDelayOver(turn, event.child, event.timer);
      break;
    case 'stop':
      endSupervisor(turn, event.reason);
      break;
    case 'begin':
    case 'started':
    case 'ignored':
    case 'startFailed':
      break; // They never wait.
    default:
      takeRequest(turn, event);
  }
}
