import { inspect } from 'node:util';
import { BadRequestError } from '../../errors/index.ts';
import type { DeadLetter, DeadLetterFilter } from '../../exchange/index.ts';
import { visible } from '../../util/index.ts';
import { defineHelper } from '../helper.ts';
import { checkOptionNames, requireText } from '../helper-arguments.ts';
import type { HelperDoc } from '../helper-doc.ts';
import { renderList } from '../table.ts';

const filterNames: readonly (keyof DeadLetterFilter)[] = ['id', 'address', 'op', 'reason'];
const filterText =
  'filter: { address, op, reason }, all that is given must fit. address: a service or the name of a durable subscription; op: an operation, of an event its type; reason: ' +
  "'attempts' (it failed as often as may be), 'unacceptable' (nobody could have handled it), 'undeliverable' (its queue was gone when it was to be tried again) or 'undecodable'";

const members: readonly HelperDoc[] = [
  {
    name: 'dead.list',
    signature: 'dead.list(filter?)',
    summary: 'The dead letters of the system: what nobody could handle, the oldest first',
    details: `${filterText}. Gives an array of { id, diedAt, reason, attempts, address, op, origin, error, container, sender, content, headers }, of at most 1000.`,
    examples: ['dead.list()', "dead.list({ op: 'sensor.depth' }).then((all) => all.length)"],
  },
  {
    name: 'dead.show',
    signature: 'dead.show(id)',
    summary: 'One dead letter with its content',
    examples: ["dead.show('4fd1c0a2e9b3d857')"],
  },
  {
    name: 'dead.replay',
    signature: 'dead.replay(which)',
    summary: 'Sends dead letters again to whom they were for; gives how many',
    details: `which: an id or a filter; {} means all. ${filterText}. They are first attempts again, marked as resent.`,
    examples: ["dead.replay('4fd1c0a2e9b3d857')", "dead.replay({ address: 'recorder' })", 'dead.replay({})'],
  },
  {
    name: 'dead.drop',
    signature: 'dead.drop(which)',
    summary: 'Forgets dead letters for good; gives how many',
    details: `which: an id or a filter; {} means all. ${filterText}.`,
    examples: ["dead.drop('4fd1c0a2e9b3d857')", "dead.drop({ reason: 'undecodable' })", 'dead.drop({})'],
  },
];

export const dead = defineHelper({
  name: 'dead',
  signature: 'dead',
  summary: 'What nobody could handle: dead.list, dead.show, dead.replay, dead.drop',
  examples: ['dead.list()'],
  members,
  bind: ({ container, printer }) =>
    Object.freeze({
      list: async (filter: DeadLetterFilter = {}): Promise<readonly DeadLetter[]> => {
        checkFilter(filter, 'dead.list(filter?)');
        const letters = await container.events.deadLetters.list(filter);
        return printer.view(letters, () =>
          printer.show(printer.table(letters.map(rowOf), columns, footer(letters))),
        );
      },
      show: async (id: string): Promise<DeadLetter> => {
        const letter = await container.events.deadLetters.show(requireText(id, 'an id', 'dead.show(id)'));
        return printer.view(letter, () => inWords(letter));
      },
      replay: async (which: string | DeadLetterFilter): Promise<number> =>
        container.events.deadLetters.replay(checkWhich(which, 'dead.replay(which)')),
      drop: async (which: string | DeadLetterFilter): Promise<number> =>
        container.events.deadLetters.drop(checkWhich(which, 'dead.drop(which)')),
    }),
});

/** An id or a filter. Whoever leaves it out does not mean all. */
function checkWhich(which: string | DeadLetterFilter, signature: string): string | DeadLetterFilter {
  if (which === undefined) {
    throw new BadRequestError(
      `${signature}: expected an id, or a filter such as { op: 'sensor.depth' }; {} means all`,
    );
  }
  if (typeof which === 'string') return requireText(which, 'an id', signature);
  checkFilter(which, signature);
  return which;
}

/** A name that is misspelt, or a value that is missing, would make it mean more than it says. */
function checkFilter(filter: DeadLetterFilter, signature: string): void {
  checkOptionNames(filter, filterNames, signature);
  for (const [name, value] of Object.entries(filter)) requireText(value, `a text for ${name}`, signature);
}

const columns = ['id', 'diedAt', 'reason', 'attempts', 'address', 'op', 'origin', 'error'] as const;

function rowOf({ id, diedAt, reason, attempts, address, op, origin, error }: DeadLetter) {
  return {
    id,
    diedAt: momentOf(diedAt),
    reason,
    attempts,
    address: visible(address),
    op: visible(op),
    origin: origin === undefined ? undefined : visible(origin),
    error: visible(`${error.code}: ${error.message.slice(0, 80)}`),
  };
}

function footer(letters: readonly DeadLetter[]): string {
  return `Dead letters: ${letters.length}`;
}

function inWords(letter: DeadLetter): string {
  const { id, diedAt, reason, attempts, error, address, op, origin, sender, container, headers, content } =
    letter;
  return renderList([
    ['id', id],
    ['died at', momentOf(diedAt)],
    ['reason', reason],
    ['attempts', attempts],
    ['error', visible(`${error.code}: ${error.message}`)],
    ['address', visible(address)],
    [origin === undefined ? 'operation' : 'type', visible(op)],
    ...(origin === undefined ? [] : [['origin', visible(origin)] as const]),
    ['sender', visible(sender)],
    ['given up by', visible(container)],
    ['headers', inspect(headers)],
    ['content', inspect(content, { depth: 6 })],
  ]);
}

/** Of what cannot be read nobody knows when it died. */
function momentOf(at: Date): string | undefined {
  return Number.isNaN(at.getTime()) || at.getTime() === 0 ? undefined : at.toISOString();
}
