import type { Env } from '../../index.ts';
import { formatSentence } from './sentence.ts';

type Random = Env['random'];

const dayMs = 86_400_000;
const secondMs = 1000;
const middle = { latitude: 54.2, longitude: 7.6 };
/** So far its sea reaches from the middle. */
const seaDegrees = 0.2;
/** The share of sentences whose fields are empty, and the share that noise on the line has changed. */
const emptyShare = 0.01;
const noiseShare = 0.005;

/**
 * What the instruments of a boat that does not exist tell, second after second from `startAt` (milliseconds since 1970), without end: it sails a slowly
 * changing course off a coast that does not exist either. The same chance tells the same. Some sentences are empty, a few are garbled, and some are of kinds
 * that nobody reads, as on a real boat.
 */
export function* simulatedLines(random: Random, startAt: number): Generator<string, void, undefined> {
  const boat = new Boat(random);
  for (let at = Math.floor(startAt / secondMs) * secondMs; ; at += secondMs) {
    boat.sail(secondMs / 1000);
    for (const { name, fields } of boat.sentences(at)) {
      const said = random.next() < emptyShare ? fields.map(() => '') : fields;
      const line = formatSentence({ talker: name.slice(0, 2), formatter: name.slice(2), fields: said });
      yield random.next() < noiseShare ? garbled(line, random) : line;
    }
  }
}

interface Spoken {
  /** Talker and formatter. */
  readonly name: string;
  readonly fields: readonly string[];
}

/** Angles are degrees, speeds knots, positions decimal degrees. */
class Boat {
  readonly #random: Random;
  #latitude = middle.latitude;
  #longitude = middle.longitude;
  #heading = 220;
  #speed = 6;
  #depth = 24;
  #windDirection = 280;
  #windSpeed = 14;

  constructor(random: Random) {
    this.#random = random;
  }

  sail(seconds: number): void {
    this.#heading = circle(this.#heading + this.#drift(1.5));
    this.#speed = clamp(this.#speed + this.#drift(0.1), 3, 9);
    this.#depth = clamp(this.#depth + this.#drift(0.3), 4, 60);
    this.#windDirection = circle(this.#windDirection + this.#drift(2));
    this.#windSpeed = clamp(this.#windSpeed + this.#drift(0.4), 4, 30);
    const minutes = (this.#speed * seconds) / 3600;
    this.#latitude += (minutes / 60) * Math.cos(radians(this.#heading));
    this.#longitude +=
      ((minutes / 60) * Math.sin(radians(this.#heading))) / Math.cos(radians(this.#latitude));
    // Where its sea ends it turns back to the middle.
    const north = middle.latitude - this.#latitude;
    const east = middle.longitude - this.#longitude;
    if (Math.max(Math.abs(north), Math.abs(east)) > seaDegrees)
      this.#heading = circle(degrees(Math.atan2(east, north)));
  }

  sentences(at: number): readonly Spoken[] {
    const time = clockText(at);
    const place = [...coordinate(this.#latitude, 2, 'N', 'S'), ...coordinate(this.#longitude, 3, 'E', 'W')];
    const course = [this.#heading.toFixed(1), 'T', '', 'M', this.#speed.toFixed(1), 'N', '', 'K', 'S'];
    const angle = circle(this.#windDirection - this.#heading);
    const apparent = this.#apparentWind(angle);
    const metres = this.#depth;
    return [
      { name: 'GPRMC', fields: rmc(time, place, this.#speed, this.#heading, dateText(at)) },
      { name: 'GPGLL', fields: [...place, time, 'A', 'S'] },
      { name: 'GPVTG', fields: course },
      { name: 'GPGSV', fields: ['1', '1', '00'] },
      { name: 'IIHDT', fields: [this.#heading.toFixed(1), 'T'] },
      { name: 'IIVHW', fields: ['', 'T', '', 'M', (this.#speed * 0.97).toFixed(2), 'N', '', 'K'] },
      { name: 'IIDBT', fields: ['', 'f', metres.toFixed(2), 'M', '', 'F'] },
      { name: 'IIMWV', fields: [angle.toFixed(0), 'T', this.#windSpeed.toFixed(1), 'N', 'A'] },
      { name: 'IIMWV', fields: [apparent.angle.toFixed(0), 'R', apparent.speed.toFixed(1), 'N', 'A'] },
    ];
  }

  /** The wind and the boat's own movement, added. */
  #apparentWind(angle: number): { readonly angle: number; readonly speed: number } {
    const ahead = this.#windSpeed * Math.cos(radians(angle)) + this.#speed;
    const abeam = this.#windSpeed * Math.sin(radians(angle));
    return { angle: circle(degrees(Math.atan2(abeam, ahead))), speed: Math.hypot(ahead, abeam) };
  }

  #drift(most: number): number {
    return (this.#random.next() * 2 - 1) * most;
  }
}

function rmc(time: string, place: readonly string[], speed: number, heading: number, date: string): string[] {
  return [time, 'A', ...place, speed.toFixed(1), heading.toFixed(1), date, '', '', 'S'];
}

/** One character is another. */
function garbled(line: string, random: Random): string {
  const index = 1 + Math.floor(random.next() * (line.length - 1));
  const other = line[index] === '?' ? '#' : '?';
  return line.slice(0, index) + other + line.slice(index + 1);
}

function coordinate(value: number, digits: number, positive: string, negative: string): [string, string] {
  // In ten-thousandths of a minute, so that no minutes are rounded up to 60.
  const units = Math.round(Math.abs(value) * 600_000);
  const whole = Math.floor(units / 600_000);
  const minutes = ((units % 600_000) / 10_000).toFixed(4).padStart(7, '0');
  return [String(whole).padStart(digits, '0') + minutes, value < 0 ? negative : positive];
}

function clockText(at: number): string {
  const seconds = Math.floor((at % dayMs) / 1000);
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(twoDigits).join('');
}

function dateText(at: number): string {
  const date = new Date(at);
  return [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear() % 100].map(twoDigits).join('');
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

function circle(angle: number): number {
  return ((angle % 360) + 360) % 360;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180;
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI;
}
