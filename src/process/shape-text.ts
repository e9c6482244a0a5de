import { cutText } from '../util/index.ts';
import type { ArrayShape, NumberShape, ObjectShape, Shape, StringShape } from './schema-shape.ts';

/** What a shape takes, in a few words for people. */
export function shapeText(shape: Shape): string {
  switch (shape.kind) {
    case 'any':
      return 'anything';
    case 'never':
      return 'nothing';
    case 'const':
      return cutText(JSON.stringify(shape.value));
    case 'string':
      return stringText(shape);
    case 'number':
      return numberText(shape);
    case 'bytes':
      return `bytes${sizeText(shape.min, shape.max, '')}`;
    case 'array':
      return arrayText(shape);
    case 'object':
      return objectText(shape);
    case 'union':
      return unionText(shape.parts);
    case 'refined':
      return `${shapeText(shape.base)} with a check of its own`;
    case 'opaque':
      return 'a schema that cannot be put in few words';
    default:
      return shape.kind;
  }
}

/** Alternatives, each once, as far as they fit in a line. */
function unionText(parts: readonly Shape[]): string {
  const texts = [...new Set(parts.map((part) => (part.kind === 'union' ? 'a union' : shapeText(part))))];
  const shown = texts.slice(0, 6);
  const more = texts.length - shown.length;
  const text = shown.join(' or ') + (more > 0 ? ` or ${more} more` : '');
  return text === '' ? 'nothing' : text;
}

function stringText({ min, max, pattern, format }: StringShape): string {
  const words = [`string${sizeText(min, max, ' characters')}`];
  if (pattern !== undefined) words.push(`that matches ${cutText(`/${pattern}/`)}`);
  if (format !== undefined) words.push(`of format ${cutText(format)}`);
  return words.join(' ');
}

function numberText({ isInteger, min, max, multipleOf }: NumberShape): string {
  const words: string[] = [isInteger ? 'integer' : 'number'];
  if (Number.isFinite(min.at)) words.push(min.isOpen ? `above ${min.at}` : `of at least ${min.at}`);
  if (Number.isFinite(max.at)) words.push(max.isOpen ? `below ${max.at}` : `of at most ${max.at}`);
  if (multipleOf !== undefined) words.push(`that is a multiple of ${multipleOf}`);
  return words.join(' ');
}

function arrayText({ prefix, rest, min, max, isUnique }: ArrayShape): string {
  const unique = isUnique ? ' without duplicates' : '';
  if (prefix.length > 0 && max === prefix.length && min === max)
    return `array of exactly ${max} items${unique}`;
  const simple = rest.kind !== 'object' && rest.kind !== 'array' && rest.kind !== 'union';
  const of = prefix.length === 0 && simple && rest.kind !== 'any' ? ` of ${shapeText(rest)}` : '';
  return `array${of}${sizeText(min, max, ' items')}${unique}`;
}

function objectText({ members, required, patterns, rest }: ObjectShape): string {
  const isOpen = patterns.size > 0 || rest.kind !== 'never';
  if (members.size === 0) return isOpen ? 'object' : 'object without members';
  const names = [...members.keys()].map((name) => (required.has(name) ? name : `${name}?`));
  return cutText(`object {${names.join(', ')}${isOpen ? ', …' : ''}}`);
}

function sizeText(min: number, max: number, unit: string): string {
  const isLimited = Number.isFinite(max);
  if (min > 0 && min === max) return ` of exactly ${min}${unit}`;
  if (min > 0 && isLimited) return ` of ${min} to ${max}${unit}`;
  if (min > 0) return ` of at least ${min}${unit}`;
  return isLimited ? ` of at most ${max}${unit}` : '';
}
