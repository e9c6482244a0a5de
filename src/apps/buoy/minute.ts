import type { Mean } from './means.ts';

/** Members that go round: from where to where. */
const circles: Readonly<Record<string, { readonly least: number }>> = {
  longitudeDeg: { least: -180 },
  angleDeg: { least: 0 },
  directionDeg: { least: 0 },
  headingDeg: { least: 0 },
  courseDeg: { least: 0 },
  setDeg: { least: 0 },
};

/** Angles whose sum is shorter than this share of theirs all over the circle: there is no mean. */
const cancelled = 1e-6;
const minuteMs = 60_000;

/** When the minute began in which `at` lies; both milliseconds since 1970. */
export function minuteOf(at: number): number {
  return Math.floor(at / minuteMs) * minuteMs;
}

interface Sum {
  count: number;
  sum: number;
  sines: number;
  cosines: number;
}

/** Adds up the readings of a minute. */
export class Minute {
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly #sums = new Map<string, Sum>();
  #readings = 0;

  constructor(at: number) {
    this.at = at;
  }

  /** Takes the numbers of a reading; what is no number is passed over. */
  add(content: Readonly<Record<string, unknown>>): void {
    this.#readings += 1;
    for (const [name, value] of Object.entries(content)) {
      if (typeof value !== 'number') continue;
      let sum = this.#sums.get(name);
      if (sum === undefined) {
        sum = { count: 0, sum: 0, sines: 0, cosines: 0 };
        this.#sums.set(name, sum);
      }
      const radians = (value * Math.PI) / 180;
      sum.count += 1;
      sum.sum += value;
      sum.sines += Math.sin(radians);
      sum.cosines += Math.cos(radians);
    }
  }

  mean(): Mean {
    const values: Record<string, number> = {};
    for (const [name, sum] of this.#sums) {
      const circle = Object.hasOwn(circles, name) ? circles[name] : undefined;
      const mean = circle === undefined ? rounded(sum.sum / sum.count) : meanAngle(sum, circle.least);
      if (mean !== undefined) values[name] = mean;
    }
    return { minuteAt: new Date(this.at), readings: this.#readings, values };
  }
}

/** The direction of the sum of all unit vectors, in degrees from `least` on. */
function meanAngle({ sines, cosines, count }: Sum, least: number): number | undefined {
  if (Math.hypot(sines, cosines) < count * cancelled) return undefined;
  const degrees = rounded((Math.atan2(sines, cosines) * 180) / Math.PI);
  return degrees < least ? degrees + 360 : degrees;
}

/** To what a sum of decimals does not blur; the 0 makes a minus zero a zero. */
function rounded(value: number): number {
  return Number(value.toFixed(7)) + 0;
}
