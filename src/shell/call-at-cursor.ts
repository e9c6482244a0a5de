/** The call of a name that the cursor stands in, as far as it is typed. */
export interface CallAtCursor {
  /** `rpc_send`, `config.explain`. */
  readonly callee: string;
  /** The source of the arguments before the one at the cursor. */
  readonly before: readonly string[];
  /** The source of the argument at the cursor, up to it, without space in front. */
  readonly current: string;
}

/** What is typed up to the cursor, taken apart. */
export interface LineAtCursor {
  /** The text of the string that is open at the cursor and how it is quoted; undefined outside of strings. */
  readonly string: { readonly quote: string; readonly text: string } | undefined;
  /** The calls that are open at the cursor, the innermost first. */
  readonly calls: readonly CallAtCursor[];
}

interface Opened {
  readonly bracket: string;
  /** The name before a `(`; '' for other brackets. */
  readonly callee: string;
  readonly before: string[];
  argumentAt: number;
}

const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const nameBefore = /([\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*)\s*$/u;

/**
 * Takes a line apart up to the cursor: strings, brackets and arguments. It does not parse JavaScript: regular expressions and what stands
 * inside template strings are read as text, which at worst offers nothing.
 */
export function lineAtCursor(line: string): LineAtCursor {
  const open: Opened[] = [];
  let string: { quote: string; from: number } | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (string !== undefined) {
      if (character === '\\') at += 1;
      else if (character === string.quote) string = undefined;
    } else if (character === "'" || character === '"' || character === '`') {
      string = { quote: character, from: at + 1 };
    } else if (character === '(' || character === '[' || character === '{') {
      const callee = character === '(' ? (nameBefore.exec(line.slice(0, at))?.[1] ?? '') : '';
      open.push({ bracket: character, callee, before: [], argumentAt: at + 1 });
    } else if (character in closers) {
      if (open.at(-1)?.bracket === closers[character]) open.pop();
    } else if (character === ',') {
      const innermost = open.at(-1);
      if (innermost !== undefined) {
        innermost.before.push(line.slice(innermost.argumentAt, at).trim());
        innermost.argumentAt = at + 1;
      }
    } else if (character === '/' && line.charAt(at + 1) === '/') {
      const end = line.indexOf('\n', at);
      if (end === -1) return { string: undefined, calls: [] };
      at = end;
    }
  }
  return {
    string: string && { quote: string.quote, text: line.slice(string.from) },
    calls: open
      .map((opened) => ({
        callee: opened.callee,
        before: opened.before,
        current: line.slice(opened.argumentAt).trimStart(),
      }))
      .filter(({ callee }) => callee !== '')
      .reverse(),
  };
}

/** The value of a source that is one string or whole number and nothing else. */
export function literalOf(source: string): string | number | undefined {
  if (/^\d+$/.test(source)) return Number(source);
  return /^(['"`])((?:(?!\1)[^\\])*)\1$/.exec(source)?.[2];
}
