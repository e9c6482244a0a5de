import { defineEvent, Timestamp, Type } from '../../index.ts';

/**
 * What the instruments of a boat tell, as event types. All are durable: who averages or records them misses none. Angles are degrees, clockwise, from
 * 0 to 360; speeds are metres a second. `at` is when it was measured; it is missing until the instruments have told the time.
 */
const version = '1.0.0';
const qos = 'durable';

const at = Type.Optional(Timestamp({ description: 'when it was measured' }));
const angle = (description: string) => Type.Number({ minimum: 0, maximum: 360, description });
const speed = (description: string) => Type.Number({ description });
const ownSpeed = Type.Object({ at, speedMps: speed('metres a second') });

/** Where the boat is: WGS 84, north and east above 0. */
export const Position = defineEvent({
  name: 'sensor.position',
  version,
  qos,
  content: Type.Object({
    at,
    latitudeDeg: Type.Number({ minimum: -90, maximum: 90 }),
    longitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
  }),
});

/** How deep the water is under the transducer. */
export const Depth = defineEvent({
  name: 'sensor.depth',
  version,
  qos,
  content: Type.Object({ at, belowTransducerM: Type.Number({ minimum: 0 }) }),
});

/** The wind as it is felt on board. At least one of its members is there besides `at`. */
export const ApparentWind = defineEvent({
  name: 'sensor.wind.apparent',
  version,
  qos,
  content: Type.Object({
    at,
    angleDeg: Type.Optional(angle('from the bow to where it comes from')),
    speedMps: Type.Optional(speed('relative to the boat')),
  }),
});

/** The wind without the boat's own movement. At least one of its members is there besides `at`. */
export const TrueWind = defineEvent({
  name: 'sensor.wind.true',
  version,
  qos,
  content: Type.Object({
    at,
    angleDeg: Type.Optional(angle('from the bow to where it comes from')),
    directionDeg: Type.Optional(angle('where it comes from, from true north')),
    speedMps: Type.Optional(speed('relative to the water')),
  }),
});

/** Where the bow points, from true north. */
export const TrueHeading = defineEvent({
  name: 'sensor.heading.true',
  version,
  qos,
  content: Type.Object({ at, headingDeg: angle('from true north') }),
});

/** Where the bow points, from magnetic north. */
export const MagneticHeading = defineEvent({
  name: 'sensor.heading.magnetic',
  version,
  qos,
  content: Type.Object({ at, headingDeg: angle('from magnetic north') }),
});

/** Where the boat moves to over the ground, from true north. */
export const Course = defineEvent({
  name: 'sensor.course',
  version,
  qos,
  content: Type.Object({ at, courseDeg: angle('from true north') }),
});

/** How fast the boat moves over the ground. */
export const GroundSpeed = defineEvent({ name: 'sensor.speed.ground', version, qos, content: ownSpeed });

/** How fast it moves through the water. */
export const WaterSpeed = defineEvent({ name: 'sensor.speed.water', version, qos, content: ownSpeed });

/** How fast it gains against the wind; below 0 with the wind. */
export const WindwardSpeed = defineEvent({ name: 'sensor.speed.windward', version, qos, content: ownSpeed });

/** How the water moves over the ground. At least one of its members is there besides `at`. */
export const Current = defineEvent({
  name: 'sensor.current',
  version,
  qos,
  content: Type.Object({
    at,
    setDeg: Type.Optional(angle('where it flows to, from true north')),
    driftMps: Type.Optional(speed('metres a second')),
  }),
});
