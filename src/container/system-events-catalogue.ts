import { defineEvent, Type } from '../process/index.ts';

/*
 * What containers tell of themselves: live events of version 1. Their contents do not change any more: objects are closed, so a subscriber of an older
 * version would refuse a member that it does not know. New facts come as new types, or under a new major version (`system.….v2`). Texts are cut.
 */

const version = '1.0.0';
const text = Type.String();
const optionalText = Type.Optional(text);
const count = Type.Integer({ minimum: 0 });

/** An error: its code, its message and, where it came up in code of an app, the place. */
const error = Type.Object({ code: text, message: text, place: optionalText });

const process = { name: text, processClass: text, service: optionalText, parent: optionalText };

/** Why a process has ended: the word of its `ExitReason`, `shutdown` or `error` for those that say more. */
const reason = { reason: text, detail: optionalText, error: Type.Optional(error) };

const app = { name: text, instance: text, version: optionalText, startType: text };

/** A container is ACTIVE. Origin: its id. */
export const ContainerStarted = defineEvent({
  name: 'system.container.started',
  version,
  content: Type.Object({ hostname: text, osPid: count }),
});

/** A container begins to stop. Origin: its id. */
export const ContainerStopping = defineEvent({
  name: 'system.container.stopping',
  version,
  content: Type.Object({
    /** What went wrong, if that is why. */
    cause: Type.Optional(error),
  }),
});

/** A container has ended its apps and processes, and is about to close its connection. Origin: its id. */
export const ContainerStopped = defineEvent({
  name: 'system.container.stopped',
  version,
  content: Type.Object({
    tookMs: count,
    /** How much work went back to its queue. */
    handedBack: count,
    /** Those that had not ended. */
    processesLeft: count,
    appsLeft: Type.Array(text),
  }),
});

/** A container is connected: its start begins, or, with `again`, a connection that was lost is there again. Origin: its id. */
export const MemberJoined = defineEvent({
  name: 'system.member.joined',
  version,
  content: Type.Object({ again: Type.Boolean() }),
});

/** A container is about to close its connection, having stopped or failed to start. One that is killed says nothing. Origin: its id. */
export const MemberLeft = defineEvent({ name: 'system.member.left', version, content: Type.Object({}) });

/** An app has started. Origin: `<container>.<app>`. */
export const ApplicationStarted = defineEvent({
  name: 'system.app.started',
  version,
  content: Type.Object(app),
});

/** An app could not be started. Origin: `<container>.<app>`. */
export const ApplicationFailed = defineEvent({
  name: 'system.app.failed',
  version,
  content: Type.Object({ ...app, error }),
});

/** An app that had started has ended. Origin: `<container>.<app>`. */
export const ApplicationStopped = defineEvent({
  name: 'system.app.stopped',
  version,
  content: Type.Object({
    ...app,
    /** Its root process has ended untold, for the reason that follows. */
    byItself: Type.Boolean(),
    reason: optionalText,
    detail: optionalText,
    error: Type.Optional(error),
  }),
});

/** A process was spawned. Only published while somebody has subscribed. Origin: its id. */
export const ProcessStarted = defineEvent({
  name: 'system.process.started',
  version,
  content: Type.Object({ ...process, localName: optionalText }),
});

/** A process has ended, in whatever way; also one that could not be started. Only published while somebody has subscribed. Origin: its id. */
export const ProcessEnded = defineEvent({
  name: 'system.process.ended',
  version,
  content: Type.Object({ ...process, ...reason, ageMs: count, handled: count }),
});

/** A process has ended for no orderly reason: what its crash report says. Origin: its id. */
export const ProcessCrashed = defineEvent({
  name: 'system.process.crashed',
  version,
  content: Type.Object({
    ...process,
    ...reason,
    /** What it was handling, the first few. */
    handling: Type.Array(Type.Object({ op: text, sender: text, conversation: text, ageMs: count })),
    /** It ended before it was started. */
    starting: Type.Boolean(),
    /** It was killed since it had not ended in its time. */
    overdue: Type.Boolean(),
    ageMs: count,
    handled: count,
    /** What its supervisor says. */
    child: Type.Optional(
      Type.Object({ id: text, restart: text, restarts: count, nextDelayMs: Type.Optional(count) }),
    ),
  }),
});

/** A supervisor has ended its children and itself, since a child failed more often than it may. Origin: its id. */
export const SupervisorGaveUp = defineEvent({
  name: 'system.supervisor.gave_up',
  version,
  content: Type.Object({ ...process, child: text, restarts: count }),
});

/** A message, or an event of a durable subscription, is among the dead letters; not told of dead letters that are such an event. Origin: the container that gave it up. */
export const MessageDead = defineEvent({
  name: 'system.message.dead',
  version,
  content: Type.Object({
    /** As the dead letters know it. */
    id: text,
    reason: text,
    attempts: count,
    error,
    address: text,
    op: text,
    /** The origin of an event. */
    origin: optionalText,
    sender: text,
  }),
});

/** Something was configured at run time. Values of arguments may be secret, so their names are told. Origin: the container, `<container>.<app>`, or the process. */
export const ConfigChanged = defineEvent({
  name: 'system.config.changed',
  version,
  content: Type.Union([
    /** Without level: the entry was cleared. */
    Type.Object({ what: Type.Literal('log level'), path: text, level: optionalText }),
    Type.Object({ what: Type.Literal('app'), instance: text, args: Type.Array(text) }),
    Type.Object({ what: Type.Literal('process'), name: text, args: Type.Array(text) }),
  ]),
});
