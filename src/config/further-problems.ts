import type { FileProblem } from './file-problems.ts';

/**
 * What is wrong with files besides the first problem, which is the message of their error: `file:line:column: message` each, as its
 * `details` have it. Details of other errors give none.
 */
export function furtherProblems(details: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const { file, problems } = details;
  if (!Array.isArray(problems)) return [];
  return problems
    .filter(isProblem)
    .slice(1)
    .map(({ file: own = String(file), line, column, message }) => `${own}:${line}:${column}: ${message}`);
}

/** Details are portable values, which anybody may have written. */
function isProblem(value: unknown): value is FileProblem & { readonly file?: string } {
  const isMap = typeof value === 'object' && value !== null;
  return isMap && 'line' in value && 'column' in value && 'message' in value;
}
