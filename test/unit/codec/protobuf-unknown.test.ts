import { describe, expect, test } from '@jest/globals';
import { type ContentCodec, messageInfo } from '../../../src/codec/index.ts';
import { protoContent, roundTrip } from './proto-bed.ts';

const older = `
  message Trip { string name = 1; Leg first = 2; repeated Leg legs = 3; map<string, Leg> by_port = 4; }
  message Leg { string port = 1; }`;
const newer = `
  message Trip {
    string name = 1; Leg first = 2; repeated Leg legs = 3; map<string, Leg> by_port = 4;
    int64 cargo = 100; repeated sint32 depths = 101; Leg last = 102; double draught = 103; bytes seal = 104;
  }
  message Leg { string port = 1; optional fixed32 berth = 7; }`;

const leg = (port: string, berth: number) => ({ port, berth });
const trip = {
  name: 'north',
  first: leg('Oslo', 1),
  legs: [leg('Bergen', 2), leg('Bodø', 3)],
  byPort: { Tromsø: leg('Tromsø', 4) },
  cargo: 2n ** 62n,
  depths: [-5, 7],
  last: leg('Vardø', 5),
  draught: 4.5,
  seal: Uint8Array.of(9, 9),
};

/** Bytes of the newer version, as the older one reads them. */
async function readByOlder(): Promise<{ old: ContentCodec; fresh: ContentCodec; message: OldTrip }> {
  const [old, fresh] = [await protoContent(older, 'Trip'), await protoContent(newer, 'Trip')];
  const message = roundTripBetween(fresh, old, trip);
  if (!isTrip(message)) throw new Error('no trip came');
  return { old, fresh, message };
}

interface OldLeg {
  port: string;
}
interface OldTrip {
  name: string;
  first: OldLeg;
  legs: OldLeg[];
  byPort: Record<string, OldLeg>;
}

function isTrip(value: unknown): value is OldTrip {
  return typeof value === 'object' && value !== null && 'legs' in value;
}

function roundTripBetween(from: ContentCodec, to: ContentCodec, value: unknown): unknown {
  const { bytes, headers } = from.encode(value, 'content');
  return to.receive(bytes, headers, 'content');
}

describe('unknown fields of protobuf', () => {
  test('survive a pass-through, at every depth', async () => {
    const { old, fresh, message } = await readByOlder();
    expect(Object.keys(message)).toEqual(['name', 'first', 'legs', 'byPort']);
    expect(roundTripBetween(old, fresh, message)).toEqual(trip);
    // Through several hands too.
    expect(roundTripBetween(old, fresh, roundTrip(old, roundTrip(old, message)))).toEqual(trip);
  });

  test('survive a change of known fields', async () => {
    const { old, fresh, message } = await readByOlder();
    message.name = 'south';
    for (const { port } of message.legs.splice(1)) message.first.port = port;
    expect(roundTripBetween(old, fresh, message)).toEqual({
      ...trip,
      name: 'south',
      first: leg('Bodø', 1),
      legs: [leg('Bergen', 2)],
    });
  });

  test('go along with a copy by spreading', async () => {
    const { old, fresh, message } = await readByOlder();
    const copy = { ...message, name: 'south', first: { ...message.first, port: 'Moss' } };
    expect(roundTripBetween(old, fresh, copy)).toEqual({ ...trip, name: 'south', first: leg('Moss', 1) });
  });

  test('do not get into a message of another type', async () => {
    const { fresh, message } = await readByOlder();
    const { first } = message;
    const other = await protoContent('message Reply { string port = 1; }', 'Reply');
    expect(other.encode({ ...first }, 'result').bytes).toEqual(
      other.encode({ port: first.port }, 'result').bytes,
    );
    expect(fresh.encode({ ...first, port: undefined }, 'content').bytes).toHaveLength(0);
  });

  test('are counted, and seen by nobody else', async () => {
    const { old, message } = await readByOlder();
    expect(messageInfo(message.first)?.unknownBytes).toBe(5);
    expect(messageInfo(message)?.unknownBytes).toBeGreaterThan(20);
    expect(JSON.stringify(message.first)).toBe('{"port":"Oslo"}');
    expect(old.plain(message, 'result')).toMatchObject({ name: 'north' });
    const known = roundTrip(old, { name: 'a' });
    expect(messageInfo(known)?.unknownBytes).toBe(0);
    expect(
      Reflect.ownKeys(Object(known)).filter((key) => Object.keys(Object(known)).includes(String(key))),
    ).toHaveLength(3);
  });
});
