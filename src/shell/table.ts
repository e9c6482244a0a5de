/** Rows as text in columns: a head in capitals, then a line per row, each cell as wide as its column needs. */
export function renderTable(rows: readonly object[], columns: readonly string[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(Reflect.get(row, column))));
  const heads = columns.map(headOf);
  const widths = heads.map((head, at) => Math.max(head.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heads), ...cells.map(line)].join('\n');
}

/** Facts as lines of name and value, the values beneath each other. */
export function renderList(facts: readonly (readonly [name: string, value: unknown])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`.trimEnd()).join('\n');
}

/** `routingKey` is ROUTING KEY. */
function headOf(column: string): string {
  return column.replaceAll(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return Array.isArray(value) ? value.join(' ') : String(value);
}
