import { inspect } from 'node:util';
import { BadRequestError } from '../../errors/index.ts';
import type { ReplayFrom, SubscribeOptions, Subscription } from '../../interact/index.ts';
import { type EventType, isEventType, type ReceivedEvent } from '../../process/index.ts';
import { visible } from '../../util/index.ts';
import { defineHelper } from '../helper.ts';
import { checkOptionNames, requireText } from '../helper-arguments.ts';
import type { Shell } from '../shell.ts';

/** What `tail` takes besides the type. */
export interface TailOptions {
  /** A pattern; default all. */
  readonly origin?: string;
  /** Reads the log of one type; default: what comes, live. */
  readonly from?: ReplayFrom;
  /** It ends after so many. Default never. */
  readonly limit?: number;
}

/** What `tail` has shown when it ends. */
export interface TailEnd {
  readonly events: number;
}

const signature = 'tail(pattern, options?)';
const optionNames: readonly (keyof TailOptions)[] = ['origin', 'from', 'limit'];

export const tail = defineHelper({
  name: 'tail',
  signature,
  summary: 'Shows events as they come, until Ctrl-C',
  details:
    "pattern: a type such as 'sensor.depth', 'sensor.*' (one word) or '#' (all), or what defineEvent() gave. options: { origin, from, limit }; origin: a pattern such as " +
    "'ship7.#'; from: replays the log of one type from 'first', 'last', 'next', a Date, an offset or { offset, index }; limit: ends after so many, as a script needs it. Gives { events }. " +
    'Begun in an assignment (const t = tail(…)) it shows events above the line that is typed, until subscriptions().at(-1).cancel().',
  examples: [
    "tail('sensor.#')",
    "tail('sensor.depth', { origin: 'ship7.#', limit: 10 })",
    "tail('sensor.log', { from: 'first' })",
  ],
  bind:
    (shell) =>
    async (pattern: EventType | string, options: TailOptions = {}): Promise<TailEnd> => {
      checkOptionNames(options, optionNames, signature);
      const { limit } = options;
      if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
        throw new BadRequestError(`${signature}: limit is a whole number above 0, not ${String(limit)}`);
      }
      return { events: await show(shell, pattern, options) };
    },
});

/** Resolves with how many were shown when the limit is reached, or the line is given up. */
async function show(
  { container, signal, write }: Shell,
  pattern: EventType | string,
  { origin, from, limit }: TailOptions,
): Promise<number> {
  let events = 0;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal?.addEventListener('abort', end, { once: true });
  const type = isEventType(pattern)
    ? pattern.type
    : requireText(pattern, "a pattern of event types such as 'sensor.*'", signature);
  const replay: SubscribeOptions = from === undefined ? {} : { replay: { from } };
  const subscribed: Promise<Subscription> = container.events.subscribe(
    origin === undefined ? type : { type, origin },
    async (content, event) => {
      // The first may come before whoever subscribed knows that he has.
      const subscription = await subscribed;
      if (signal?.aborted === true) return;
      write(eventLine(content, event));
      events += 1;
      if (events !== limit) return;
      // Before it returns, so that no other is begun.
      void subscription.cancel().catch(() => undefined);
      end();
    },
    replay,
  );
  const subscription = await subscribed;
  await ended;
  await subscription.cancel();
  return events;
}

/** When it was published, type, origin, content; and what tells that it may have come before. */
function eventLine(content: unknown, event: ReceivedEvent): string {
  const { publishedAt, type, origin, redelivered, resent } = event;
  const time = Number.isNaN(publishedAt.getTime()) ? '-' : publishedAt.toISOString();
  const shown = inspect(content, { depth: 6, breakLength: Number.POSITIVE_INFINITY, compact: true });
  const marks = [...(redelivered ? ['redelivered'] : []), ...(resent ? ['resent'] : [])];
  const mark = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
  return `${time} ${visible(type)} ${visible(origin)} ${visible(shown)}${mark}`;
}
