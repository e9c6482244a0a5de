import type { EventContent, EventType } from '../../index.ts';
import { Fields, UnusableError } from './fields.ts';
import {
  ApparentWind,
  Course,
  Current,
  Depth,
  GroundSpeed,
  MagneticHeading,
  Position,
  TrueHeading,
  TrueWind,
  WaterSpeed,
  WindwardSpeed,
} from './readings.ts';
import type { Sentence, UnusableReason } from './sentence.ts';

/** What a sentence says of one thing: an event that lacks only the time. */
export interface Measurement {
  readonly event: EventType;
  readonly content: Readonly<Record<string, number>>;
}

/** What a sentence says of the time, UTC. */
export interface ToldTime {
  /** Milliseconds since midnight. */
  readonly timeOfDayMs: number;
  /** Midnight of the day, milliseconds since 1970; few sentences tell it. */
  readonly dayAt: number | undefined;
}

/** What a sentence says: measurements, at least one, or the reason why there are none. */
export interface Said {
  readonly measurements: readonly Measurement[];
  readonly unusable: UnusableReason | undefined;
  readonly time: ToldTime | undefined;
}

/** Reads what a sentence says. */
export function readSentence({ formatter, fields }: Sentence): Said {
  const kind = kinds.get(formatter);
  if (kind === undefined) return nothing('unknown sentence');
  try {
    const values = new Fields(fields);
    const measurements = kind.measure(values).filter((measurement) => measurement !== undefined);
    const time = kind.time?.(values);
    if (measurements.length > 0) return { measurements, unusable: undefined, time };
    return nothing(time !== undefined && formatter === 'ZDA' ? 'time only' : 'empty', time);
  } catch (error) {
    if (error instanceof UnusableError) return nothing(error.reason);
    throw error;
  }
}

function nothing(unusable: UnusableReason, time?: ToldTime): Said {
  return { measurements: [], unusable, time };
}

/** How one kind of sentence is read. */
interface Kind {
  readonly measure: (fields: Fields) => readonly (Measurement | undefined)[];
  readonly time?: (fields: Fields) => ToldTime | undefined;
}

/** Kinds by their formatter. Fields are counted from 0, which is the first behind the address. */
const kinds: ReadonlyMap<string, Kind> = new Map(
  Object.entries<Kind>({
    GLL: {
      measure: (fields) => {
        fields.assertValid(5);
        fields.assertFound(6);
        return [position(fields, 0)];
      },
      time: (fields) => timeAt(fields, 4),
    },
    GGA: {
      measure: (fields) => {
        if (fields.number(5) === 0) throw new UnusableError('void');
        return [position(fields, 1)];
      },
      time: (fields) => timeAt(fields, 0),
    },
    RMC: {
      measure: (fields) => {
        fields.assertValid(1);
        fields.assertFound(11);
        return [
          position(fields, 2),
          measurement(Course, { courseDeg: fields.angle(7) }),
          measurement(GroundSpeed, { speedMps: fields.speed(6, 'N') }),
        ];
      },
      time: (fields) => {
        const date = fields.text(8);
        return timeAt(fields, 0, fields.day(date.slice(0, 2), date.slice(2, 4), date.slice(4)));
      },
    },
    ZDA: {
      measure: () => [],
      time: (fields) => timeAt(fields, 0, fields.day(fields.text(1), fields.text(2), fields.text(3))),
    },
    VTG: {
      measure: (fields) => {
        fields.assertFound(8);
        return [
          measurement(Course, { courseDeg: fields.angleFrom(0, 'T') }),
          measurement(GroundSpeed, { speedMps: fields.speed(4) ?? fields.speed(6) }),
        ];
      },
    },
    VHW: {
      measure: (fields) => [
        measurement(TrueHeading, { headingDeg: fields.angleFrom(0, 'T') }),
        measurement(MagneticHeading, { headingDeg: fields.angleFrom(2, 'M') }),
        measurement(WaterSpeed, { speedMps: fields.speed(4) ?? fields.speed(6) }),
      ],
    },
    VPW: {
      measure: (fields) => [
        measurement(WindwardSpeed, { speedMps: fields.velocity(0) ?? fields.velocity(2) }),
      ],
    },
    VDR: {
      measure: (fields) => [
        measurement(Current, { setDeg: fields.angleFrom(0, 'T'), driftMps: fields.speed(4) }),
      ],
    },
    HDT: { measure: (fields) => [measurement(TrueHeading, { headingDeg: fields.angleFrom(0, 'T') })] },
    HDM: { measure: (fields) => [measurement(MagneticHeading, { headingDeg: fields.angleFrom(0, 'M') })] },
    HDG: { measure: magneticSensor },
    DBT: {
      measure: (fields) => [
        measurement(Depth, { belowTransducerM: fields.length(2) ?? fields.length(0) ?? fields.length(4) }),
      ],
    },
    DPT: { measure: (fields) => [measurement(Depth, { belowTransducerM: fields.length(0, 'M') })] },
    MWV: { measure: windAngleAndSpeed },
    VWR: { measure: (fields) => [measurement(ApparentWind, windBySide(fields))] },
    VWT: { measure: (fields) => [measurement(TrueWind, { ...windBySide(fields), directionDeg: undefined })] },
    MWD: {
      measure: (fields) => [
        measurement(TrueWind, {
          angleDeg: undefined,
          directionDeg: fields.angleFrom(0, 'T'),
          speedMps: fields.speed(6) ?? fields.speed(4),
        }),
      ],
    },
  }),
);

/** The sensor's own heading, the deviation of the boat's iron, and the variation of the place. */
function magneticSensor(fields: Fields): readonly (Measurement | undefined)[] {
  const sensorDeg = fields.angle(0);
  const variationDeg = fields.signed(3, 'E', 'W');
  if (sensorDeg === undefined) return [];
  const magneticDeg = sensorDeg + (fields.signed(1, 'E', 'W') ?? 0);
  return [
    measurement(MagneticHeading, { headingDeg: turned(magneticDeg) }),
    measurement(TrueHeading, {
      headingDeg: variationDeg === undefined ? undefined : turned(magneticDeg + variationDeg),
    }),
  ];
}

function windAngleAndSpeed(fields: Fields): readonly (Measurement | undefined)[] {
  fields.assertValid(4);
  const wind = { angleDeg: fields.angle(0), speedMps: fields.speed(2) };
  const reference = fields.text(1);
  if (reference === 'R') return [measurement(ApparentWind, wind)];
  if (reference === 'T') return [measurement(TrueWind, { ...wind, directionDeg: undefined })];
  throw new UnusableError('malformed');
}

function windBySide(fields: Fields) {
  return {
    angleDeg: fields.sideAngle(0),
    speedMps: fields.speed(4) ?? fields.speed(2) ?? fields.speed(6),
  };
}

function position(fields: Fields, index: number): Measurement | undefined {
  const found = fields.position(index);
  return found && measurement(Position, found);
}

/** Those of the values that are there; undefined if none is. All members must be named, so that a misspelt one does not compile. */
function measurement<E extends EventType>(
  event: E,
  values: { readonly [K in Exclude<keyof EventContent<E>, 'at'>]: number | undefined },
): Measurement | undefined {
  const present = Object.entries<number | undefined>(values).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return present.length === 0 ? undefined : { event, content: Object.fromEntries(present) };
}

function timeAt(fields: Fields, index: number, dayAt?: number): ToldTime | undefined {
  const timeOfDayMs = fields.timeOfDay(index);
  return timeOfDayMs === undefined ? undefined : { timeOfDayMs, dayAt };
}

/** Degrees on the circle, without the digits that a sum adds behind those that were measured. */
function turned(degrees: number): number {
  return Number((((degrees % 360) + 360) % 360).toFixed(4));
}
