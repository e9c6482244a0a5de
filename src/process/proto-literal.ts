/** Columns of a line in the generated text. */
const lineWidth = 110;

/** `value` as it is written in TypeScript: small objects on a line, larger ones with a member on each. */
export function literal(value: object, indent = '', room = lineWidth): string {
  const entries: [string, unknown][] = Object.entries(value);
  const line = inline(value);
  if (entries.length === 0 || (isSmall(entries) && line.length <= room)) return line;
  const inner = `${indent}  `;
  const members = entries.map(([key, member]) => {
    const head = `${inner}${memberName(key)}: `;
    const text = isMap(member) ? literal(member, inner, lineWidth - head.length - 1) : inline(member);
    return `${head}${text},\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isMap(value)) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${memberName(key)}: ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a member is named in TypeScript. */
export function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A field of a message, an rpc, or a list of names: no map of many. */
function isSmall(entries: readonly (readonly [string, unknown])[]): boolean {
  const names = entries.map(([key]) => key);
  return (
    (names.includes('type') && names.includes('id')) || names.includes('oneof') || names.includes('content')
  );
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
