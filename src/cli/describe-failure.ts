import { furtherProblems } from '../config/index.ts';
import { ContainerError, messageOf } from '../errors/index.ts';
import { redactUrls } from '../logging/index.ts';

/**
 * An error and its causes, each on its line, but for those whose words stand above already; what else is wrong with a file that was refused
 * follows, a line for each problem. Passwords in URLs are hidden: causes come from
 * libraries too, which quote what they were given.
 */
export function describeCauses(error: unknown): string {
  const lines: string[] = [];
  let at = error;
  for (let depth = 0; at !== undefined && depth < 8; depth += 1) {
    const message = inOneLine(messageOf(at));
    if (!lines.some((line) => line.includes(message))) {
      const also = at instanceof ContainerError ? furtherProblems(at.details).map(inOneLine) : [];
      const first = at instanceof ContainerError ? `${at.code}: ${message}` : message;
      lines.push([first, ...also].join('\n  and '));
    }
    at = at instanceof Error ? at.cause : undefined;
  }
  return redactUrls(lines.join('\n  because '));
}

/** The message of an error in one line, as usage errors are told; passwords in URLs are hidden. */
export function describeInOneLine(error: Error): string {
  return redactUrls(inOneLine(error.message));
}

function inOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
