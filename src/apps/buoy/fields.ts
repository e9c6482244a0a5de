import type { UnusableReason } from './sentence.ts';

/** Thrown inside this folder only: the sentence gives no readings, for this reason. */
export class UnusableError extends Error {
  readonly reason: UnusableReason;

  constructor(reason: UnusableReason) {
    super(reason);
    this.reason = reason;
  }
}

/** What one of the unit is in our own: metres, or metres a second. */
type Units = Readonly<Record<string, number>>;

const lengthUnits: Units = { M: 1, f: 0.3048, F: 1.8288 };
const knot = 1852 / 3600;
const speedUnits: Units = { N: knot, K: 1 / 3.6, M: 1, S: 1609.344 / 3600 };

const decimal = /^-?(?:\d+(?:\.\d*)?|\.\d+)$/;
const degreesAndMinutes = /^(?<degrees>\d{2,3})(?<minutes>[0-5]\d(?:\.\d*)?)$/;
const clockTime = /^(?<hours>[01]\d|2[0-3])(?<minutes>[0-5]\d)(?<seconds>(?:[0-5]\d|60)(?:\.\d*)?)$/;

/**
 * The fields of a sentence by their index, as values. One that is empty, or left out at the end, is undefined: never a 0 that nobody has measured. One
 * that is not what it should be makes the sentence unusable.
 */
export class Fields {
  readonly #fields: readonly string[];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  text(index: number): string {
    return this.#fields[index] ?? '';
  }

  number(index: number): number | undefined {
    const text = this.text(index);
    if (text === '') return undefined;
    if (!decimal.test(text)) throw new UnusableError('malformed');
    return Number(text);
  }

  /** Degrees, from 0 to `most`. */
  angle(index: number, most = 360): number | undefined {
    return within(this.number(index), 0, most);
  }

  /** As {@link angle}, of what the letter behind it says: `T` from true north, `M` from magnetic. */
  angleFrom(index: number, north: 'T' | 'M'): number | undefined {
    const degrees = this.angle(index);
    if (degrees !== undefined && this.text(index + 1) !== north) throw new UnusableError('malformed');
    return degrees;
  }

  /** Degrees clockwise from the bow, from up to 180 at `index` and the side, `L` or `R`, behind it. */
  sideAngle(index: number): number | undefined {
    const degrees = this.angle(index, 180);
    if (degrees === undefined) return undefined;
    const isLeft = this.#oneOf(index + 1, 'R', 'L');
    return isLeft && degrees > 0 ? 360 - degrees : degrees;
  }

  /** Metres a second, against the direction if below 0. */
  velocity(index: number, unit?: string): number | undefined {
    return this.#measure(index, speedUnits, unit);
  }

  /** Metres a second. */
  speed(index: number, unit?: string): number | undefined {
    return within(this.velocity(index, unit), 0, Number.POSITIVE_INFINITY);
  }

  /** Metres. */
  length(index: number, unit?: string): number | undefined {
    return within(this.#measure(index, lengthUnits, unit), 0, Number.POSITIVE_INFINITY);
  }

  /** A value at `index`, above 0 if what stands behind it is `positive`, below 0 if it is `negative`. */
  signed(index: number, positive: string, negative: string): number | undefined {
    const value = this.number(index);
    if (value === undefined) return undefined;
    return this.#oneOf(index + 1, positive, negative) ? -value : value;
  }

  /** Decimal degrees, from a latitude at `index` and a longitude two fields on; north and east are above 0. */
  position(index: number): { readonly latitudeDeg: number; readonly longitudeDeg: number } | undefined {
    const latitudeDeg = this.#coordinate(index, 'N', 'S', 90);
    const longitudeDeg = this.#coordinate(index + 2, 'E', 'W', 180);
    if (latitudeDeg === undefined && longitudeDeg === undefined) return undefined;
    if (latitudeDeg === undefined || longitudeDeg === undefined) throw new UnusableError('malformed');
    return { latitudeDeg, longitudeDeg };
  }

  /** Milliseconds since midnight, UTC. */
  timeOfDay(index: number): number | undefined {
    const text = this.text(index);
    if (text === '') return undefined;
    const { hours, minutes, seconds } = clockTime.exec(text)?.groups ?? {};
    if (hours === undefined) throw new UnusableError('malformed');
    return rounded((Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000, 0);
  }

  /** The day, as milliseconds since 1970 at its midnight, UTC, from the texts of its parts; undefined if all are empty. */
  day(day: string, month: string, year: string): number | undefined {
    if (day + month + year === '') return undefined;
    const parts = [day, month, year];
    if (!parts.every((part) => /^\d+$/.test(part))) throw new UnusableError('malformed');
    const [dayOfMonth = 0, monthOfYear = 0, someYear = 0] = parts.map(Number);
    // Two digits: GPS began in 1980.
    const fullYear = year.length > 2 ? someYear : someYear + (someYear < 80 ? 2000 : 1900);
    const at = Date.UTC(fullYear, monthOfYear - 1, dayOfMonth);
    const isReal = new Date(at).getUTCDate() === dayOfMonth && monthOfYear >= 1 && monthOfYear <= 12;
    if (!isReal) throw new UnusableError('malformed');
    return at;
  }

  /** The instrument's own word on what it tells, `A` or, if it is not to be used, `V`. An old one may say nothing. */
  assertValid(index: number): void {
    const status = this.text(index);
    if (status === 'V') throw new UnusableError('void');
    if (status !== 'A' && status !== '') throw new UnusableError('malformed');
  }

  /** How a position was found; `N` says that it was not. Older sentences end before it. */
  assertFound(modeIndex: number): void {
    if (this.text(modeIndex) === 'N') throw new UnusableError('void');
  }

  /** A value at `index` and its unit behind it, or `unit` where none stands there, in ours. */
  #measure(index: number, units: Units, unit = this.text(index + 1)): number | undefined {
    const value = this.number(index);
    if (value === undefined) return undefined;
    const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (factor === undefined) throw new UnusableError('malformed');
    return rounded(value * factor, 4);
  }

  #coordinate(index: number, positive: string, negative: string, most: number): number | undefined {
    const text = this.text(index);
    if (text === '') return undefined;
    const { degrees, minutes } = degreesAndMinutes.exec(text)?.groups ?? {};
    if (degrees === undefined) throw new UnusableError('malformed');
    const value = within(Number(degrees) + Number(minutes) / 60, 0, most) ?? 0;
    const size = rounded(value, 7);
    return this.#oneOf(index + 1, positive, negative) && size > 0 ? -size : size;
  }

  /** Whether the field is the second of the two that it may be. */
  #oneOf(index: number, first: string, second: string): boolean {
    const text = this.text(index);
    if (text !== first && text !== second) throw new UnusableError('malformed');
    return text === second;
  }
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  if (value !== undefined && (value < least || value > most)) throw new UnusableError('out of range');
  return value;
}

/** What the unit's factor adds behind the digits that were measured is left out. */
function rounded(value: number, digits: number): number {
  // The 0 makes a minus zero a zero.
  return Number(value.toFixed(digits)) + 0;
}
