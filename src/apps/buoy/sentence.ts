/** Why a line gives no readings. */
export const unusableReasons = [
  /** Not `$` or `!`, an address, fields and two hexadecimal digits; or a field is not what its sentence says it is. */
  'malformed',
  'no checksum',
  /** It does not fit the characters before it: something changed on the way. */
  'checksum',
  /** A kind of sentence that nobody turns into readings. */
  'unknown sentence',
  /** The instrument itself says that it has nothing valid. */
  'void',
  /** None of the fields that readings are made of has a value. */
  'empty',
  /** A latitude of 91 degrees, a depth below zero. */
  'out of range',
  /** It tells the time and measures nothing. */
  'time only',
] as const;

/** One of {@link unusableReasons}. */
export type UnusableReason = (typeof unusableReasons)[number];

/** A line that gives no readings. */
export interface Unusable {
  readonly unusable: UnusableReason;
}

/** A sentence of NMEA 0183 whose checksum is right. */
export interface Sentence {
  /** Two letters for the kind of instrument, such as `GP`; empty in proprietary sentences. */
  readonly talker: string;
  /** What the fields mean: three letters such as `GLL`; of a proprietary sentence `P` and all that follows. */
  readonly formatter: string;
  /** The fields, as they stand. */
  readonly fields: readonly string[];
}

/** Characters that a line may have. The standard says 80; some instruments write longer ones. */
export const maxSentenceLength = 1024;

const address = /^(?:(?<talker>[A-OQ-Z0-9][A-Z0-9])(?<formatter>[A-Z0-9]{3})|(?<proprietary>P[A-Z0-9]+))$/;
/** Printable ASCII, without the characters that begin, end or escape something else. */
const line = /^[$!](?<body>[ "#%-)+-[\]-~]+)(?:\*(?<checksum>[0-9A-Fa-f]{2}))?$/;

/** Takes a line, without its end, apart; only one whose checksum is right becomes a sentence. */
export function parseSentence(text: string): Sentence | Unusable {
  if (text.length > maxSentenceLength) return { unusable: 'malformed' };
  const { body, checksum } = line.exec(text)?.groups ?? {};
  if (body === undefined) return { unusable: 'malformed' };
  const [head = '', ...fields] = body.split(',');
  const { talker = '', formatter, proprietary } = address.exec(head)?.groups ?? {};
  const name = formatter ?? proprietary;
  // A line whose checksum is wrong may have lost its address as well, so the checksum is looked at first.
  if (checksum !== undefined && Number.parseInt(checksum, 16) !== checksumOf(body))
    return { unusable: 'checksum' };
  if (name === undefined) return { unusable: 'malformed' };
  if (checksum === undefined) return { unusable: 'no checksum' };
  return { talker, formatter: name, fields };
}

/** A line, without its end, as an instrument sends it. */
export function formatSentence({ talker, formatter, fields }: Sentence): string {
  const body = [talker + formatter, ...fields].join(',');
  return `$${body}*${checksumOf(body).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The exclusive or of all characters between `$` and `*`. */
function checksumOf(body: string): number {
  let sum = 0;
  for (let index = 0; index < body.length; index++) sum ^= body.charCodeAt(index);
  return sum & 0xff;
}
