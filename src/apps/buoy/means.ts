import { defineEvent, type EventContent, type EventType, Timestamp, Type } from '../../index.ts';
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

const MeanContent = Type.Object({
  minuteAt: Timestamp({ description: 'when the minute began' }),
  readings: Type.Integer({ minimum: 1, description: 'whose mean it is' }),
  values: Type.Record(Type.String(), Type.Number(), {
    description:
      'The mean of each member that the readings have. Angles are averaged on the circle; those that cancel each other have no mean',
  }),
});

/** What the readings of one minute and one origin come to. */
export type MeanEvent = EventType<typeof MeanContent>;
export type Mean = EventContent<MeanEvent>;

const means: ReadonlyMap<string, MeanEvent> = new Map(
  [
    Position,
    Depth,
    ApparentWind,
    TrueWind,
    TrueHeading,
    MagneticHeading,
    Course,
    GroundSpeed,
    WaterSpeed,
    WindwardSpeed,
    Current,
  ].map(({ type, version }) => [
    type,
    defineEvent({ name: type.replace(/^sensor\./, 'mean.'), version, qos: 'durable', content: MeanContent }),
  ]),
);

/** The event type of the means of a type of readings: `mean.depth` of `sensor.depth`. Undefined for what is no reading of ours. */
export function meanOf({ type }: Pick<EventType, 'type'>): MeanEvent | undefined {
  return means.get(type);
}
