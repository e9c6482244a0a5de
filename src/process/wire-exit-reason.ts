import { fromWireError, messageOf, toWireError } from '../errors/index.ts';
import type { ExitReason } from './exit-reason.ts';

type ExitWord = Extract<ExitReason, string>;

const words: Readonly<Record<ExitWord, true>> = {
  normal: true,
  shutdown: true,
  killed: true,
  noconnection: true,
  noproc: true,
};

/** An exit reason as it goes to another container: an error as errors do, what a `{shutdown}` says as text. */
export function toWireExitReason(reason: ExitReason): unknown {
  if (typeof reason === 'string') return reason;
  if ('error' in reason) return { error: toWireError(reason.error) };
  const { shutdown } = reason;
  return { shutdown: typeof shutdown === 'string' ? shutdown : messageOf(shutdown) };
}

/** What another container says, which may be anything; nonsense is an error that says so. */
export function fromWireExitReason(content: unknown): ExitReason {
  if (isExitWord(content)) return content;
  if (typeof content === 'object' && content !== null) {
    if ('error' in content) return { error: fromWireError(content.error) };
    if ('shutdown' in content) return { shutdown: content.shutdown };
  }
  return { error: new Error(`an exit reason that cannot be read: ${messageOf(content)}`) };
}

/** Whether it is one of the reasons that are one word. */
export function isExitWord(content: unknown): content is ExitWord {
  return typeof content === 'string' && Object.hasOwn(words, content);
}
