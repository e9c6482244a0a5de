import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EventPosition } from '../../../src/exchange/index.ts';
import { ReplayProgress } from '../../../src/interact/replay-progress.ts';

/** A log by place: up to three events a frame, with gaps between the offsets. */
const log = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), events: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 12,
  })
  .map((frames) => {
    const places: EventPosition[] = [];
    let offset = -1;
    for (const { gap, events } of frames) {
      offset += gap;
      for (let index = 0; index < events; index += 1) places.push({ offset, index });
    }
    return places;
  });
/** What happens next: an event comes (for us or not), one of those underway is done, or the connection is lost. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('comes' as const), isOurs: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('done' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One event that came, as the test knows it. */
interface Came {
  readonly place: number;
  isDone: boolean;
}

/** Plays a story, and asks after each step. */
function play(
  places: readonly EventPosition[],
  steps: readonly Step[],
  ask: (position: number, came: readonly Came[], underway: readonly Came[]) => void,
): void {
  const progress = new ReplayProgress<Came>();
  const came: Came[] = [];
  const done = new Set<number>();
  let next = 0;
  for (const story of steps) {
    const underway = came.filter(({ isDone }) => !isDone);
    if (story.kind === 'comes') {
      const at = places[next];
      if (at === undefined) continue;
      const event = { place: next, isDone: !story.isOurs || done.has(next) };
      next += 1;
      came.push(event);
      if (event.isDone) progress.passed(at);
      else progress.began(event, at);
    } else if (story.kind === 'done') {
      const event = underway[story.which % underway.length];
      if (event === undefined) continue;
      event.isDone = true;
      done.add(event.place);
      progress.done(event);
    } else {
      // The log is read again from the oldest that is not done; the copies that had come are still handled.
      next = Math.min(next, ...underway.map(({ place }) => place));
    }
    const { position } = progress;
    const index = places.findIndex((at) => at.offset === position?.offset && at.index === position.index);
    ask(
      index,
      came,
      came.filter(({ isDone }) => !isDone),
    );
  }
}

describe('ReplayProgress', () => {
  test('ReplayProgress#position is undefined before anything came, and while the first event is underway', () => {
    const progress = new ReplayProgress<string>();
    expect(progress.position).toBeUndefined();
    progress.began('a', { offset: 3, index: 0 });
    progress.began('b', { offset: 3, index: 1 });
    progress.done('b');
    expect(progress.position).toBeUndefined();
    progress.done('a');
    expect(progress.position).toEqual({ offset: 3, index: 1 });
  });

  test('ReplayProgress#position is the last place up to which everything is done, in whatever order', () => {
    fc.assert(
      fc.property(log, fc.array(step, { maxLength: 60 }), (places, steps) => {
        const story = steps.filter(({ kind }) => kind !== 'cut');
        play(places, story, (position, came) => {
          const firstOpen = came.findIndex(({ isDone }) => !isDone);
          expect(position).toBe(firstOpen === -1 ? came.length - 1 : firstOpen - 1);
        });
      }),
    );
  });

  test('ReplayProgress#position never passes what is not done and never goes back, though a log be read again', () => {
    fc.assert(
      fc.property(log, fc.array(step, { maxLength: 80 }), (places, steps) => {
        let before = -1;
        play(places, steps, (position, came, underway) => {
          const done = new Set(came.filter(({ isDone }) => isDone).map(({ place }) => place));
          for (let place = 0; place <= position; place += 1) expect(done).toContain(place);
          expect(position).toBeGreaterThanOrEqual(before);
          before = position;
          if (underway.length === 0) expect(position).toBe(Math.max(-1, ...came.map(({ place }) => place)));
        });
      }),
    );
  });
});
