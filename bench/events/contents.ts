import { defineEvent, Type } from '../../src/index.ts';

/** What is published: a reading as instruments give them. */
export const Reading = defineEvent({
  name: 'bench.reading',
  version: '1.0.0',
  content: Type.Object({ instrument: Type.String(), value: Type.Number(), takenAt: Type.Number() }),
});

export function reading(number: number) {
  return { instrument: 'echosounder', value: number / 8, takenAt: 1_767_225_600_000 + number };
}

/** Subscriptions, each of which gets all events. */
export const subscriptions = 4;

export function originOf(number: number, topics: number): string {
  return `ship${number % topics}`;
}
