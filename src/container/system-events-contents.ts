import type { AppChange, LivingApp } from '../app/index.ts';
import type { Message } from '../codec/index.ts';
import { placeOf, toWireError } from '../errors/index.ts';
import { type DeadLetterFacts, eventOrigin } from '../exchange/index.ts';
import {
  type CrashReport,
  type EventContent,
  type ExitReason,
  isShutdownExit,
  type LivingProcess,
  type ProcessLife,
} from '../process/index.ts';
import { cutText, describeValue } from '../util/index.ts';
import type {
  ApplicationStarted,
  ApplicationStopped,
  MessageDead,
  ProcessCrashed,
  ProcessEnded,
  ProcessStarted,
  SupervisorGaveUp,
} from './system-events-catalogue.ts';

/*
 * What happens in a container, as the contents of its system events: small, and portable whatever names and errors hold.
 */

const maxWordLength = 255;
const maxTextLength = 1_000;
/** So many messages of those that a process was handling. */
const maxHandling = 16;

export function errorContent(thrown: unknown): EventContent<typeof ProcessCrashed>['error'] & object {
  const { code, message } = toWireError(thrown);
  const place = placeOf(thrown);
  return {
    code: word(code),
    message: cutText(message, maxTextLength),
    ...(place !== undefined && { place: cutText(place, maxTextLength) }),
  };
}

export function startedContent(process: LivingProcess): EventContent<typeof ProcessStarted> {
  const { localName } = process;
  return { ...processContent(process), ...(localName !== undefined && { localName: word(localName) }) };
}

export function endedContent(
  life: Extract<ProcessLife, { type: 'ended' }>,
): EventContent<typeof ProcessEnded> {
  const { reason, ageMs, handled } = life;
  return { ...processContent(life), ...reasonContent(reason), ageMs, handled };
}

export function crashContent(report: CrashReport): EventContent<typeof ProcessCrashed> {
  const { reason, handling, starting, overdue, ageMs, handled } = report;
  return {
    ...processContent(report),
    ...reasonContent(reason),
    handling: handling.slice(0, maxHandling).map(({ op, sender, conversation, ageMs: sinceMs }) => ({
      op: word(op),
      sender: word(sender),
      conversation: word(conversation),
      ageMs: sinceMs,
    })),
    starting,
    overdue,
    ageMs,
    handled,
    ...childContent(report.child),
  };
}

export function givenUpContent(
  process: LivingProcess,
  child: string,
  restarts: number,
): EventContent<typeof SupervisorGaveUp> {
  return { ...processContent(process), child: word(child), restarts };
}

export function appContent({
  name,
  instance,
  version,
  startType,
}: LivingApp): EventContent<typeof ApplicationStarted> {
  return {
    name: word(name),
    instance: word(instance),
    startType,
    ...(version !== undefined && { version: word(version) }),
  };
}

export function appEndContent(
  change: Extract<AppChange, { type: 'stopped' }>,
): EventContent<typeof ApplicationStopped> {
  const { reason } = change;
  return {
    ...appContent(change),
    byItself: reason !== undefined,
    ...(reason !== undefined && reasonContent(reason)),
  };
}

export function deathContent(facts: DeadLetterFacts, message: Message): EventContent<typeof MessageDead> {
  const { id, reason, attempts, error, address } = facts;
  const { code, message: text } = error;
  return {
    id,
    reason,
    attempts,
    error: { code: word(code), message: cutText(text, maxTextLength) },
    address: word(address),
    op: word(message.op),
    sender: word(message.sender),
    ...(isEvent(message) && { origin: word(eventOrigin(message)) }),
  };
}

/** Whether it is an event, and not a message to a service. */
export function isEvent({ receiver }: Message): boolean {
  return receiver.startsWith('~');
}

/** Names that are changed; few enough, as they stand in a file. */
export function names(all: readonly string[]): string[] {
  return all.map(word);
}

/** A name, or what else is one word. */
export function word(text: string): string {
  return cutText(text, maxWordLength);
}

function processContent(process: Omit<LivingProcess, 'localName' | 'id'>) {
  const { name, processClass, service, parent } = process;
  return {
    name: word(name),
    processClass: word(processClass),
    ...(service !== undefined && { service }),
    ...(parent !== undefined && { parent }),
  };
}

function reasonContent(reason: ExitReason) {
  if (typeof reason === 'string') return { reason };
  if (!isShutdownExit(reason)) return { reason: 'error', error: errorContent(reason.error) };
  const { shutdown } = reason;
  const detail = typeof shutdown === 'string' ? cutText(shutdown, maxTextLength) : describeValue(shutdown);
  return { reason: 'shutdown', detail };
}

/** A supervisor's own words; of whatever else keeps children nothing is known. */
function childContent(child: CrashReport['child']) {
  if (child === undefined) return undefined;
  const { id, restart, restarts, nextDelayMs } = child;
  if (typeof id !== 'string' || typeof restart !== 'string' || typeof restarts !== 'number') return undefined;
  return {
    child: {
      id: word(id),
      restart,
      restarts,
      ...(typeof nextDelayMs === 'number' && { nextDelayMs: Math.max(0, nextDelayMs) }),
    },
  };
}
