import type { DeadLetter } from '../exchange/index.ts';
import { visible } from '../util/index.ts';
import type { ContentJson } from './content-json.ts';
import { textTable } from './text-table.ts';

/** An error is cut to so many characters in a table. */
const errorWidth = 80;

/** Dead letters as a table; `limit`: how many there can be in it. */
export function deadLetterList(letters: readonly DeadLetter[], limit: number): string {
  if (letters.length === 0) return 'no dead letters\n';
  const rows = letters.map(({ id, diedAt, reason, attempts, address, op, origin, error }) =>
    [
      id,
      moment(diedAt),
      reason,
      String(attempts),
      address,
      op,
      origin ?? '-',
      cut(`${error.code}: ${error.message}`),
    ].map((text) => visible(text === '' ? '-' : text)),
  );
  const table = textTable(['ID', 'DIED AT', 'REASON', 'ATTEMPTS', 'ADDRESS', 'OP', 'ORIGIN', 'ERROR'], rows);
  return letters.length < limit ? table : `${table}(the oldest ${limit}; there may be more: --limit)\n`;
}

/** One dead letter with everything that is known of it. */
export function deadLetterText(letter: DeadLetter, content: ContentJson): string {
  const { id, diedAt, reason, attempts, address, op, origin, sender, container, error, headers } = letter;
  const facts = [
    ['id', id],
    ['died at', moment(diedAt)],
    ['reason', reason],
    ['attempts', String(attempts)],
    ['error', `${error.code}: ${error.message}`],
    ['address', address],
    [origin === undefined ? 'operation' : 'type', op],
    ...(origin === undefined ? [] : [['origin', origin] as const]),
    ['sender', sender],
    ['given up by', container],
    ...(Object.keys(headers).length > 0 ? [['headers', content.text(headers)] as const] : []),
    ['content', content.text(letter.content)],
  ] as const;
  return facts.map(([name, text]) => `${name.padEnd(11)}  ${visible(text === '' ? '-' : text)}\n`).join('');
}

/** A dead letter as a JSON value; content and headers in portable JSON. */
export function deadLetterJson(letter: DeadLetter, content: ContentJson): unknown {
  return {
    ...letter,
    origin: letter.origin ?? null,
    content: content.value(letter.content),
    headers: content.value(letter.headers),
  };
}

/** Of what cannot be read nobody knows when it died. */
function moment(at: Date): string {
  return Number.isNaN(at.getTime()) || at.getTime() === 0 ? '-' : at.toISOString();
}

function cut(text: string): string {
  return text.length > errorWidth ? `${text.slice(0, errorWidth - 1)}…` : text;
}
