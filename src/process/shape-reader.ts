import {
  canonicalText,
  isJsonList,
  isJsonMap,
  type JsonSchema,
  type JsonValue,
  refineMarker,
} from './schema-description.ts';
import {
  type ArrayShape,
  anything,
  type Bound,
  nothing,
  type ObjectShape,
  type Shape,
  type UnionShape,
} from './schema-shape.ts';
import { bytesMarker, dateMarker } from './schema-types.ts';

/**
 * Reads a schema whose objects are closed (see `closeObjects`). References become the shapes that they lead to, so the result may be
 * a circle. Keywords that check nothing (titles, defaults, unknown ones) are ignored, as they are when values are checked.
 */
export function readShape(schema: JsonSchema): Shape {
  return new ShapeReader(schema).read(schema, {});
}

type Definitions = Readonly<Record<string, JsonValue>>;

/** Keywords of JSON Schema that decide what is taken, besides those of the six types. */
const otherKeywords = [
  ...['$dynamicRef', '$recursiveRef', '$ref', 'additionalItems', 'additionalProperties', 'allOf', 'anyOf'],
  ...['const', 'contains', 'dependencies', 'dependentRequired', 'dependentSchemas', 'else', 'enum'],
  ...['if', 'maxContains', 'minContains', 'not', 'oneOf', 'propertyNames', 'then', 'unevaluatedItems'],
  'unevaluatedProperties',
];
const stringKeywords = ['minLength', 'maxLength', 'pattern', 'format'];
const numberKeywords = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const arrayKeywords = ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'];
const objectKeywords = [
  ...['properties', 'required', 'additionalProperties', 'patternProperties'],
  ...['minProperties', 'maxProperties'],
];
const keywords: ReadonlySet<string> = new Set([
  ...['type', bytesMarker, dateMarker, refineMarker],
  ...[...otherKeywords, ...stringKeywords, ...numberKeywords, ...arrayKeywords, ...objectKeywords],
]);

class ShapeReader {
  readonly #root: JsonSchema;
  /** What is being read or has been: a reference back leads to the same shape. */
  readonly #known = new Map<JsonValue, Shape>();

  /** TypeBox looks a name up in the whole schema: where two definitions share one, which of them is meant is its secret. */
  readonly #isAmbiguous: boolean;

  constructor(root: JsonSchema) {
    this.#root = root;
    this.#isAmbiguous = !hasUniqueNames(root, new Map());
  }

  read(schema: JsonValue, outer: Definitions): Shape {
    if (schema === true) return anything;
    if (schema === false) return nothing;
    if (!isJsonMap(schema)) return this.#opaque(schema);
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    const own = isJsonMap(schema.$defs) ? schema.$defs : {};
    const shape = this.#readMap(schema, { ...outer, ...own });
    this.#known.set(schema, shape);
    return shape;
  }

  #readMap(schema: JsonSchema, definitions: Definitions): Shape {
    const used = Object.keys(schema).filter((key) => keywords.has(key));
    const only = (...allowed: readonly string[]) => used.every((key) => allowed.includes(key));
    const { type } = schema;
    if (used.length === 0) return anything;
    if (typeof schema[refineMarker] === 'number') {
      const { [refineMarker]: checks, ...rest } = schema;
      return { kind: 'refined', base: this.read(rest, definitions), checks };
    }
    if (only('$ref')) return this.#follow(schema, definitions);
    if (only(bytesMarker)) return readBytes(schema[bytesMarker]);
    if (only(dateMarker)) return { kind: 'date' };
    if (only('anyOf') && isJsonList(schema.anyOf)) return this.#union(schema, schema.anyOf, definitions);
    if (only('enum', 'type') && isJsonList(schema.enum)) return this.#enum(schema, schema.enum);
    if (only('const', 'type') && 'const' in schema) return readConst(schema) ?? this.#opaque(schema);
    if (only('not') && isJsonMap(schema.not) && Object.keys(schema.not).length === 0) return nothing;
    if (only('allOf', 'unevaluatedProperties') && isJsonList(schema.allOf)) {
      const merged = schema.unevaluatedProperties === false ? mergeObjects(schema.allOf) : undefined;
      return merged === undefined ? this.#opaque(schema) : this.read(merged, definitions);
    }
    if (isJsonList(type)) {
      return this.#union(
        schema,
        type.map((one) => ({ ...schema, type: one })),
        definitions,
      );
    }
    if (type === 'null' && only('type')) return { kind: 'const', value: null };
    if (type === 'boolean' && only('type')) return { kind: 'boolean' };
    if (type === 'string' && only('type', ...stringKeywords)) return readString(schema);
    if ((type === 'number' || type === 'integer') && only('type', ...numberKeywords))
      return readNumber(schema);
    if (type === 'array' && only('type', ...arrayKeywords)) return this.#array(schema, definitions);
    if (type === 'object' && only('type', ...objectKeywords)) return this.#object(schema, definitions);
    return this.#opaque(schema);
  }

  #follow(schema: JsonSchema, definitions: Definitions): Shape {
    if (this.#isAmbiguous) return this.#opaque(schema);
    const target = definitions[String(schema.$ref).replace(/^#\/\$defs\//, '')];
    return target === undefined ? this.#opaque(schema) : this.read(target, definitions);
  }

  #union(schema: JsonSchema, parts: readonly JsonValue[], definitions: Definitions): Shape {
    const union: UnionShape = { kind: 'union', parts: [] };
    this.#known.set(schema, union);
    const read = parts.map((part) => this.read(part, definitions));
    union.parts = read.flatMap((part) => (part.kind === 'union' ? part.parts : [part]));
    return union;
  }

  #enum(schema: JsonSchema, values: readonly JsonValue[]): Shape {
    const parts = values.map((value) => readConst({ ...schema, const: value }));
    const known = parts.filter((part) => part !== undefined);
    return known.length === parts.length ? { kind: 'union', parts: known } : this.#opaque(schema);
  }

  #array(schema: JsonSchema, definitions: Definitions): Shape {
    const isOld = isJsonList(schema.items);
    const prefix = isOld ? schema.items : (schema.prefixItems ?? []);
    const isMixed = isOld ? 'prefixItems' in schema : 'additionalItems' in schema;
    if (!isJsonList(prefix) || isMixed) return this.#opaque(schema);
    const rest = (isOld ? schema.additionalItems : schema.items) ?? true;
    const max = numberOr(schema.maxItems, Number.POSITIVE_INFINITY);
    const array: ArrayShape = {
      kind: 'array',
      prefix: [],
      rest: anything,
      min: numberOr(schema.minItems, 0),
      max: rest === false ? Math.min(max, prefix.length) : max,
      isUnique: schema.uniqueItems === true,
    };
    this.#known.set(schema, array);
    array.prefix = prefix.map((item) => this.read(item, definitions));
    array.rest = this.read(rest, definitions);
    return array;
  }

  #object(schema: JsonSchema, definitions: Definitions): Shape {
    const { properties = {}, patternProperties = {}, required = [] } = schema;
    if (!isJsonMap(properties) || !isJsonMap(patternProperties) || !isJsonList(required))
      return this.#opaque(schema);
    const object: ObjectShape = {
      kind: 'object',
      members: new Map(),
      required: new Set(required.map(String)),
      patterns: new Map(),
      rest: anything,
      min: numberOr(schema.minProperties, 0),
      max: numberOr(schema.maxProperties, Number.POSITIVE_INFINITY),
    };
    this.#known.set(schema, object);
    for (const [name, member] of Object.entries(properties))
      object.members.set(name, this.read(member, definitions));
    for (const [pattern, member] of Object.entries(patternProperties))
      object.patterns.set(pattern, this.read(member, definitions));
    object.rest = this.read(schema.additionalProperties ?? true, definitions);
    return object;
  }

  /** What it refers to may differ although its own words do not, so the whole goes with it. */
  #opaque(schema: JsonValue): Shape {
    const source = canonicalText(schema);
    return {
      kind: 'opaque',
      source: source.includes('"$') ? `${source} in ${canonicalText(this.#root)}` : source,
    };
  }
}

/** Whether no two definitions share a name, unless they are the same. */
function hasUniqueNames(value: JsonValue, known: Map<string, string>): boolean {
  if (isJsonList(value)) return value.every((item) => hasUniqueNames(item, known));
  if (!isJsonMap(value)) return true;
  const named = Object.entries(isJsonMap(value.$defs) ? value.$defs : {});
  if (typeof value.$id === 'string') named.push([value.$id, value]);
  for (const [name, definition] of named) {
    const text = canonicalText(definition);
    if (known.has(name) && known.get(name) !== text) return false;
    known.set(name, text);
  }
  return Object.values(value).every((member) => hasUniqueNames(member, known));
}

/** One object for an intersection of plain ones; undefined if it is more than that. */
function mergeObjects(parts: readonly JsonValue[]): JsonSchema | undefined {
  const members: Record<string, JsonValue> = {};
  const required = new Set<string>();
  for (const part of parts) {
    const whole = isJsonMap(part) && isJsonList(part.allOf) ? mergeIntersection(part) : part;
    if (!isJsonMap(whole) || whole.type !== 'object' || !isJsonMap(whole.properties)) return undefined;
    const plain = ['type', 'properties', 'required', 'additionalProperties'];
    if (!Object.keys(whole).every((key) => plain.includes(key) || !keywords.has(key))) return undefined;
    // False is what an inner intersection was closed with; a part's own word for further members is beyond us.
    if ('additionalProperties' in whole && whole === part) return undefined;
    for (const [name, member] of Object.entries(whole.properties)) {
      const other = Object.hasOwn(members, name) ? members[name] : undefined;
      if (other !== undefined && canonicalText(other) !== canonicalText(member)) return undefined;
      members[name] = member;
    }
    if (isJsonList(whole.required)) for (const name of whole.required) required.add(String(name));
  }
  return { type: 'object', properties: members, required: [...required], additionalProperties: false };
}

function mergeIntersection(part: JsonSchema): JsonSchema | undefined {
  const other = Object.keys(part).some((key) => keywords.has(key) && key !== 'allOf');
  return other || !isJsonList(part.allOf) ? undefined : mergeObjects(part.allOf);
}

function readBytes(limits: JsonValue | undefined): Shape {
  const { minLength, maxLength } = isJsonMap(limits) ? limits : {};
  return { kind: 'bytes', min: numberOr(minLength, 0), max: numberOr(maxLength, Number.POSITIVE_INFINITY) };
}

function readConst({ const: value, type }: JsonSchema): Shape | undefined {
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  const own = value === null ? 'null' : typeof value;
  const fits = type === undefined || type === own || (type === 'integer' && Number.isInteger(value));
  return fits ? { kind: 'const', value } : undefined;
}

function readString(schema: JsonSchema): Shape {
  const { minLength, maxLength, pattern, format } = schema;
  return {
    kind: 'string',
    min: numberOr(minLength, 0),
    max: numberOr(maxLength, Number.POSITIVE_INFINITY),
    pattern: typeof pattern === 'string' ? pattern : undefined,
    format: typeof format === 'string' ? format : undefined,
    schema,
  };
}

function readNumber(schema: JsonSchema): Shape {
  const isInteger = schema.type === 'integer';
  const low = numberOr(schema.minimum, Number.NEGATIVE_INFINITY);
  const above = numberOr(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY);
  const high = numberOr(schema.maximum, Number.POSITIVE_INFINITY);
  const below = numberOr(schema.exclusiveMaximum, Number.POSITIVE_INFINITY);
  return {
    kind: 'number',
    isInteger,
    min: above >= low ? bound(above, isInteger, 1) : { at: low, isOpen: false },
    max: below <= high ? bound(below, isInteger, -1) : { at: high, isOpen: false },
    multipleOf: typeof schema.multipleOf === 'number' ? schema.multipleOf : undefined,
    schema,
  };
}

/** An open limit; of whole numbers it is the next one, by `step`, and closed. */
function bound(at: number, isInteger: boolean, step: 1 | -1): Bound {
  if (!isInteger || !Number.isSafeInteger(at)) return { at, isOpen: Number.isFinite(at) };
  return { at: at + step, isOpen: false };
}

function numberOr(value: JsonValue | undefined, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
