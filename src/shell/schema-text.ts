/** Longer descriptions are cut: they stand in one line of a terminal. */
const maxLength = 160;

/**
 * A schema in words, as TypeScript would write the type: `{at: string, depth?: number}`, `string[]`, `'up' | 'down'`. What it cannot say
 * (ranges, patterns) is left out; what it does not know is `unknown`.
 */
export function describeSchema(schema: unknown): string {
  const text = describe(schema);
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}

function describe(schema: unknown): string {
  if (!isRecord(schema)) return 'unknown';
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(literal).join(' | ');
  if (Array.isArray(schema.anyOf)) return unique(schema.anyOf.map(describe)).join(' | ');
  if (Array.isArray(schema.allOf)) return unique(schema.allOf.map(describe)).join(' & ');
  switch (schema.type) {
    case 'object':
      return describeObject(schema);
    case 'array':
      return describeArray(schema);
    case 'integer':
      return 'integer';
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return describeOther(schema);
  }
}

function describeObject(schema: Readonly<Record<string, unknown>>): string {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const members = isRecord(schema.properties)
    ? Object.entries(schema.properties).map(
        ([name, member]) => `${name}${required.includes(name) ? '' : '?'}: ${describe(member)}`,
      )
    : [];
  if (members.length > 0) return `{${members.join(', ')}}`;
  const [others] = isRecord(schema.patternProperties) ? Object.values(schema.patternProperties) : [];
  return others === undefined ? '{}' : `{[name]: ${describe(others)}}`;
}

function describeArray({ items }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(items)) return `[${items.map(describe).join(', ')}]`;
  const item = describe(items);
  return item.includes(' ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

/** Bytes and moments carry a marker of their own (`Bytes()`, `Timestamp()`): JSON Schema has neither. */
function describeOther(schema: Readonly<Record<string, unknown>>): string {
  if ('$bytes' in schema) return 'Uint8Array';
  return '$date' in schema ? 'Date' : 'unknown';
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
