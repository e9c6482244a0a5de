import { seededRandom } from '../../../src/testing/index.ts';
import type { CrewName } from './contents.ts';

/** What goes wrong on purpose. */
export type Disturbance =
  /** SIGKILL: by its own hand after so many more events, or from outside at once (0). It is started again. */
  | { readonly type: 'kill'; readonly who: CrewName; readonly after: number }
  /** The container stops in order, and another one is started in its place. */
  | { readonly type: 'stop'; readonly who: CrewName }
  /** Its connections break, and cannot be made for so long. */
  | { readonly type: 'cut'; readonly who: CrewName; readonly forMs: number }
  /** RabbitMQ is killed or stops in order, and starts again. */
  | { readonly type: 'broker'; readonly how: 'kill' | 'stop' };

type Kind = (draw: (bound: number) => number, afterMost: number) => Disturbance;

const killInside =
  (who: CrewName): Kind =>
  (draw, afterMost) => ({ type: 'kill', who, after: 1 + draw(afterMost) });
const killOutside =
  (who: CrewName): Kind =>
  () => ({ type: 'kill', who, after: 0 });
const stop =
  (who: CrewName): Kind =>
  () => ({ type: 'stop', who });
const cut =
  (who: CrewName): Kind =>
  (draw) => ({ type: 'cut', who, forMs: draw(3) * draw(500) });
const broker =
  (how: 'kill' | 'stop'): Kind =>
  () => ({ type: 'broker', how });

/** Of each kind one. */
const first: readonly Kind[] = [
  killInside('anna'),
  killInside('berta'),
  stop('anna'),
  stop('berta'),
  cut('publisher'),
  cut('anna'),
  broker('kill'),
  broker('stop'),
];
/** Then these, over and over: a broker takes long to start. */
const others: readonly Kind[] = [
  killInside('anna'),
  killOutside('anna'),
  killInside('berta'),
  stop('anna'),
  stop('berta'),
  cut('publisher'),
  cut('publisher'),
  cut('anna'),
  cut('berta'),
];

/** So many disturbances, in an order that the seed determines. `afterMost`: events that whoever kills itself handles before, at most. */
export function makeSchedule(seed: number, count: number, afterMost: number): readonly Disturbance[] {
  const random = seededRandom(seed).fork('schedule');
  const draw = (bound: number): number => Math.floor(random.next() * bound);
  const schedule: Disturbance[] = [];
  for (let round = 0; schedule.length < count; round += 1) {
    const bag = round === 0 ? [...first] : [...others, broker(round % 2 === 0 ? 'stop' : 'kill')];
    while (bag.length > 0 && schedule.length < count) {
      const [kind] = bag.splice(draw(bag.length), 1);
      if (kind !== undefined) schedule.push(kind(draw, afterMost));
    }
  }
  return schedule;
}

export function describe(disturbance: Disturbance): string {
  if (disturbance.type === 'broker')
    return disturbance.how === 'kill' ? 'RabbitMQ killed' : 'RabbitMQ restarted';
  const { who } = disturbance;
  if (disturbance.type === 'stop') return `${who} stopped`;
  if (disturbance.type === 'kill')
    return `${who} killed${disturbance.after === 0 ? '' : ` after ${disturbance.after} events`}`;
  return `${who} cut off${disturbance.forMs === 0 ? '' : ` for ${disturbance.forMs} ms`}`;
}
