/**
 * The class whose member begins at that line (from 1), by the indentation that formatters keep: the line that opens what is around it is the class's. Undefined
 * for whatever is no direct member of a class with a name.
 */
export function classOfMember(lines: readonly string[], line: number): string | undefined {
  const own = indentationOf(lines[line - 1] ?? '');
  for (const text of lines.slice(0, line - 1).reverse()) {
    // `> extends Base {` and `{` end a head of several lines.
    if (text.trim() === '' || indentationOf(text) >= own || /^\s*[{}()[\]<>]/.test(text)) continue;
    return classOn(text);
  }
  return undefined;
}

/** The name of the class that begins on this line. */
export function classOn(text: string): string | undefined {
  return /\bclass\s+(?!extends\b)([\w$]+)/.exec(text)?.[1];
}

function indentationOf(text: string): number {
  return text.length - text.trimStart().length;
}
