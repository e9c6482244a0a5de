import { inspect } from 'node:util';
import { ContainerError, catalogue, isErrorCode, messageOf } from '../errors/index.ts';

/** How results and errors appear at the prompt and in the output of a script. */
export class ResultPrinter {
  readonly #colours: boolean;
  readonly #tables = new WeakMap<object, readonly string[]>();

  /** `colours`: only where a terminal reads. */
  constructor(colours: boolean) {
    this.#colours = colours;
  }

  /** Marks rows to be printed as a table of these columns; as a value they stay an array. */
  table<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row & string)[]): readonly Row[] {
    this.#tables.set(rows, columns);
    return rows;
  }

  /** A result as text: tables for rows, texts as they are, everything else as Node shows it. */
  show(value: unknown): string {
    if (typeof value === 'string') return value;
    return this.inspect(value);
  }

  /** As {@link show}, but texts are quoted, as at a prompt. */
  inspect(value: unknown): string {
    if (value instanceof ContainerError) return this.error(value);
    const columns = typeof value === 'object' && value !== null ? this.#tables.get(value) : undefined;
    if (columns !== undefined && Array.isArray(value)) return renderTable(value, columns);
    return inspect(value, { colors: this.#colours, depth: 6 });
  }

  /** An error as code, message and remedy; what our code did not foresee also with its first lines of stack. */
  error(thrown: unknown): string {
    if (thrown instanceof ContainerError) {
      const remedy = isErrorCode(thrown.code) ? `\n  ${catalogue[thrown.code].remedy}` : '';
      return `${thrown.code}: ${thrown.message}${remedy}`;
    }
    // Errors of the prompt's own context are not instances of our Error.
    if (typeof thrown === 'object' && thrown !== null && 'name' in thrown && 'message' in thrown) {
      return `${String(thrown.name)}: ${String(thrown.message)}`;
    }
    return messageOf(thrown);
  }
}

function renderTable(rows: readonly object[], columns: readonly string[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(Reflect.get(row, column))));
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.toUpperCase())), ...cells.map(line)].join('\n');
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
