/// <reference lib="es2024.string" />
import { types } from 'node:util';

/** What went wrong, as text, whatever was thrown. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    return isError(thrown) ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that has no text was thrown';
  }
}

/** Errors of other realms count as well: those of the prompt's context, and of Node itself where tests have their own. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Room for the note that text was cut. */
const noteLength = 40;

/** `text` in at most `maxLength` UTF-16 units, with a note where it was cut, and without lone surrogates, which cannot travel. */
export function boundedText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  const kept = maxLength - noteLength;
  return `${text.slice(0, kept).toWellFormed()}… (${text.length - kept} more characters)`;
}
