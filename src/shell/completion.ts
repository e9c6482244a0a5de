import { type CallAtCursor, lineAtCursor, literalOf } from './call-at-cursor.ts';
import type { ArgumentKind, HelperDoc } from './helper-doc.ts';
import type { OperationInfo } from './services.ts';

/** Somebody to whom messages can be sent. */
export interface ReceiverFacts {
  readonly name: string;
  /** Undefined where it is not known: a service of another container. */
  readonly operations: readonly OperationInfo[] | undefined;
}

/** What is known when TAB is pressed. */
export interface CompletionFacts {
  /** Documented names: `ps`, `config.explain`. */
  readonly helpers: readonly HelperDoc[];
  /** This container's id, for receivers that are given as numbers. */
  readonly container: string;
  readonly services: readonly ReceiverFacts[];
  readonly processes: readonly ReceiverFacts[];
  readonly apps: readonly string[];
  readonly runningApps: readonly string[];
  readonly configPaths: readonly string[];
  readonly logPaths: readonly string[];
  readonly logLevels: readonly string[];
}

/** What TAB does. */
export type Completion =
  /** Offers texts for `completing`, the end of the line; with `andOthers` also what Node's own completion finds. */
  | {
      readonly type: 'candidates';
      readonly candidates: readonly string[];
      readonly completing: string;
      readonly andOthers: boolean;
    }
  /** Shows a line and leaves the typed one as it is. */
  | { readonly type: 'hint'; readonly text: string }
  /** Leaves it to Node's own completion: variables, members. */
  | { readonly type: 'others' };

const others: Completion = Object.freeze({ type: 'others' });

/** What TAB does with the cursor at `cursor` of `line`. */
export function completionsFor(line: string, cursor: number, facts: CompletionFacts): Completion {
  const typed = line.slice(0, cursor);
  const { string, calls } = lineAtCursor(typed);
  const helper = (call: CallAtCursor) => facts.helpers.find(({ name }) => name === call.callee);
  const call = calls.find((one) => helper(one) !== undefined);
  const doc = call && helper(call);
  if (call === undefined || doc === undefined) {
    return string === undefined ? completeHelper(typed, facts) : others;
  }
  const kind = doc.completes?.[call.before.length];
  if (string === undefined && /[\p{ID_Start}$_][\p{ID_Continue}$.]*$/u.test(typed)) {
    return completeHelper(typed, facts);
  }
  if (kind !== undefined && kind !== 'content') {
    const offered = offersFor(kind, call, facts);
    const completion =
      string === undefined
        ? offerQuoted(call, offered)
        : offerInside(string.quote, string.text, call, offered);
    if (completion !== undefined) return completion;
  }
  return { type: 'hint', text: (kind === 'content' && contentHint(call, facts)) || doc.signature };
}

/** The name at the end of the line, if it is none of a member. */
function completeHelper(typed: string, { helpers }: CompletionFacts): Completion {
  const completing = /(?<![\p{ID_Continue}$.])(?:[\p{ID_Start}$_][\p{ID_Continue}$]*)?$/u.exec(typed)?.[0];
  if (completing === undefined) return others;
  // A line that is empty so far gets our own names: Node's would be hundreds.
  const isEmpty = typed.trim() === '';
  if (completing === '' && !isEmpty) return others;
  const names = new Set(
    helpers.map(({ name, signature }) => {
      const [object, member] = name.split('.');
      return member !== undefined ? `${object}.` : signature.includes('(') ? `${name}(` : name;
    }),
  );
  const candidates = [...names].filter((name) => name.startsWith(completing)).sort();
  return candidates.length === 0
    ? others
    : { type: 'candidates', candidates, completing, andOthers: !isEmpty };
}

function offersFor(kind: ArgumentKind, call: CallAtCursor, facts: CompletionFacts): readonly string[] {
  switch (kind) {
    case 'receiver':
      return [...facts.services, ...facts.processes].map(({ name }) => name);
    case 'process':
      return facts.processes.map(({ name }) => name);
    case 'operation':
      return receiverIn(call, facts)?.operations?.map(({ name }) => name) ?? [];
    case 'app':
      return facts.apps;
    case 'running app':
      return facts.runningApps;
    case 'config path':
      return facts.configPaths;
    case 'log path':
      return facts.logPaths;
    case 'log level':
      return facts.logLevels;
    case 'topic':
      return [...facts.helpers, ...facts.services].map(({ name }) => name);
    case 'content':
      return [];
  }
}

/** For an argument of which nothing is typed: the offers as texts, quotes included. */
function offerQuoted(call: CallAtCursor, offered: readonly string[]): Completion | undefined {
  if (call.current !== '' || offered.length === 0) return undefined;
  const candidates = offered.map((text) => `'${text}'`);
  return { type: 'candidates', candidates, completing: '', andOthers: false };
}

/** For an argument that is an open string: the offers that begin as it does; a single one closes it. */
function offerInside(
  quote: string,
  text: string,
  call: CallAtCursor,
  offered: readonly string[],
): Completion | undefined {
  if (call.current !== quote + text) return undefined;
  const matching = offered.filter((one) => one.startsWith(text));
  if (matching.length === 0) return undefined;
  const candidates = matching.length === 1 ? matching.map((one) => one + quote) : matching;
  return { type: 'candidates', candidates, completing: text, andOthers: false };
}

/** `content: {at: string} → number`; undefined where the receiver or its operation is not known. */
function contentHint(call: CallAtCursor, facts: CompletionFacts): string | undefined {
  const receiver = receiverIn(call, facts);
  const operation = receiver?.operations?.find(({ name }) => name === literalOf(call.before[1] ?? ''));
  if (receiver === undefined || operation === undefined) return undefined;
  const { name, content, result } = operation;
  if (content === undefined) return `content: whatever ${name} of ${receiver.name} takes; it has no contract`;
  return `content: ${content} → ${result ?? 'unknown'}`;
}

/** Who is named by the first argument. */
function receiverIn(call: CallAtCursor, facts: CompletionFacts): ReceiverFacts | undefined {
  const given = literalOf(call.before[0] ?? '');
  const wanted = typeof given === 'number' ? `${facts.container}.${given}` : given;
  return [...facts.services, ...facts.processes].find(({ name }) => name === wanted);
}
