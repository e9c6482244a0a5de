import type { ReceivedEvent } from '../process/index.ts';
import { visible } from '../util/index.ts';

/** What is shown of an event. */
export type ShownEvent = Pick<
  ReceivedEvent,
  'type' | 'origin' | 'publishedAt' | 'publisher' | 'redelivered' | 'attempt' | 'resent' | 'position'
>;

/** How the parts of a line look on a terminal with colours: time, type, origin, marks. */
const colours = { time: '90', type: '36', origin: '32', marks: '33' } as const;

/**
 * An event as a line for people: when it was published (UTC), type, origin, content, and in brackets what tells that it may have come before. Ends with a line
 * feed. `content` is its JSON.
 */
export function eventLine(event: ShownEvent, content: string, hasColours: boolean): string {
  const { type, origin } = event;
  const paint = (part: keyof typeof colours, text: string): string =>
    hasColours ? `\u001b[${colours[part]}m${text}\u001b[0m` : text;
  const marks = marksOf(event);
  const parts = [
    paint('time', publishedAt(event) ?? '-'),
    paint('type', visible(type)),
    // What holds a blank could be taken for the content.
    paint('origin', /\s|^$/.test(origin) ? visible(JSON.stringify(origin)) : visible(origin)),
    content,
    ...(marks.length > 0 ? [paint('marks', `(${marks.join(', ')})`)] : []),
  ];
  return `${parts.join(' ')}\n`;
}

/** An event as one JSON object in one line; ends with a line feed. `content` is its JSON. */
export function eventJson(event: ShownEvent, content: string): string {
  const { type, origin, publisher, redelivered, attempt, resent, position } = event;
  const head = JSON.stringify({ type, origin, publishedAt: publishedAt(event) ?? null, publisher });
  const tail = JSON.stringify({ redelivered, attempt, resent, position: position ?? null });
  return `${visible(head).slice(0, -1)},"content":${content},${tail.slice(1)}\n`;
}

/** Undefined for one that no calendar knows: anybody may have published it. */
function publishedAt({ publishedAt: at }: ShownEvent): string | undefined {
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function marksOf({ redelivered, attempt, resent }: ShownEvent): readonly string[] {
  return [
    ...(redelivered ? ['redelivered'] : []),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(resent ? ['resent'] : []),
  ];
}
