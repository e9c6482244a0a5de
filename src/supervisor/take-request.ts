import { type Child, makeChild } from './child.ts';
import type { ResolvedChildSpec } from './child-spec.ts';
import { countChildren, describeChildren } from './describe.ts';
import type {
  ChildRequestType,
  ChildTarget,
  RefusedBecause,
  SupervisorReply,
  SupervisorRequest,
} from './events.ts';
import { afterTerminating, delayRestart, restartNow } from './restart-child.ts';
import { startChildren } from './start-children.ts';
import { terminateChildren } from './terminate-children.ts';
import type { Turn } from './turn.ts';

/** Does what was asked, or refuses it; an answer that has to wait comes with the end of the operation. */
export function takeRequest(turn: Turn, request: SupervisorRequest): void {
  const reply = answer(turn, request);
  if (reply !== undefined) turn.reply(request.from, reply);
}

function answer(turn: Turn, request: SupervisorRequest): SupervisorReply | undefined {
  const { state } = turn;
  switch (request.type) {
    case 'startChild':
      return startWithId(turn, request.from, request.spec);
    case 'startDynamicChild':
      if (state.template === undefined) return refused('invalid_child_spec');
      return startNew(turn, request.from, state.template, request.args);
    case 'whichChildren':
      return { type: 'children', children: describeChildren(state, turn.moment.now).toReversed() };
    case 'countChildren':
      return { type: 'counts', counts: countChildren(state, turn.moment.isAlive) };
    default:
      return answerAboutChild(turn, request.type, request.from, request.child);
  }
}

function startWithId(turn: Turn, from: number, spec: ResolvedChildSpec): SupervisorReply | undefined {
  const { children, template } = turn.state;
  if (template !== undefined) return refused('simple_one_for_one');
  const present = children.byId(spec.id);
  if (present === undefined) return startNew(turn, from, spec, []);
  const { pid, status } = present;
  return status.type === 'running' && pid !== undefined
    ? { type: 'refused', because: 'already_started', pid }
    : refused('already_present');
}

function startNew(turn: Turn, to: number, spec: ResolvedChildSpec, args: readonly unknown[]): undefined {
  const key = turn.state.nextKey;
  turn.set({ nextKey: key + 1, children: turn.state.children.with(makeChild(key, spec, args)) });
  startChildren(turn, [key], { type: 'answer', to, isNew: true });
}

function answerAboutChild(
  turn: Turn,
  type: ChildRequestType,
  from: number,
  target: ChildTarget,
): SupervisorReply | undefined {
  const isDynamic = turn.state.template !== undefined;
  if (isDynamic && ('id' in target || type === 'deleteChild' || type === 'restartChild')) {
    return refused('simple_one_for_one');
  }
  const child = find(turn, target);
  if (child === undefined) {
    // To terminate what is gone already is granted, as in OTP, where there are no ids by which to tell.
    const isGone = isDynamic && type === 'terminateChild' && 'pid' in target;
    return isGone && !turn.moment.isAlive(target.pid) ? { type: 'done' } : refused('not_found');
  }
  const { key, status } = child;
  switch (type) {
    case 'terminateChild': {
      const next = terminateChildren(turn, [key], { type: 'answer', to: from });
      if (next !== undefined) afterTerminating(turn, next);
      return undefined;
    }
    case 'deleteChild':
      if (status.type !== 'stopped') return refused(hindrance(child));
      turn.remove(key);
      return { type: 'done' };
    case 'restartChild':
      if (status.type !== 'stopped') return refused(hindrance(child));
      startChildren(turn, [key], { type: 'answer', to: from, isNew: false });
      return undefined;
    default:
      return answerAboutDelay(turn, type, child);
  }
}

/** Pause, resume, restart now: of a child that is delayed or paused. To pause a paused one or resume a delayed one changes nothing. */
function answerAboutDelay(
  turn: Turn,
  type: 'pauseChild' | 'resumeChild' | 'restartChildNow',
  child: Child,
): SupervisorReply {
  const { key, status } = child;
  if (status.type !== 'delayed' && status.type !== 'paused') return refused('not_delayed');
  if (type === 'restartChildNow') {
    restartNow(turn, child);
  } else if (type === 'pauseChild' && status.type === 'delayed') {
    const remainingMs = Math.max(0, status.dueAt - turn.moment.now);
    turn.act({ type: 'cancelDelay', timer: status.timer });
    turn.change(key, { status: { type: 'paused', remainingMs } });
  } else if (type === 'resumeChild' && status.type === 'paused') {
    delayRestart(turn, key, status.remainingMs);
  }
  return { type: 'done' };
}

function find(turn: Turn, target: ChildTarget): Child | undefined {
  const { children, template } = turn.state;
  if ('id' in target) return children.byId(target.id);
  return template === undefined ? undefined : children.byPid(target.pid);
}

/** Why a child that is not stopped can be neither deleted nor started by hand. */
function hindrance({ status }: Child): RefusedBecause {
  return status.type === 'running' ? 'running' : 'restarting';
}

function refused(because: RefusedBecause): SupervisorReply {
  return { type: 'refused', because };
}
