import type { Arrival } from '../../../src/exchange/index.ts';
import {
  type Interceptor,
  InterceptorChain,
  type NamedInterceptor,
  type Stop,
  type WayIn,
} from '../../../src/intercept/index.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';

/** A chain of interceptors that are called A, B, C …, and what it logs. */
export function chainOf(...interceptors: readonly Interceptor[]) {
  const logger = recordingLogger();
  const named = interceptors.map(
    (intercept, index): NamedInterceptor => ({ name: String.fromCharCode(65 + index), intercept }),
  );
  return { chain: new InterceptorChain(named, { container: 'shore', logger }), logger };
}

/** A way in that notes how each message ends. */
export function notingWay() {
  const accepted: Arrival[] = [];
  const refused: Stop[] = [];
  const answered: unknown[] = [];
  const way: WayIn = {
    accept: (arrival) => void accepted.push(arrival),
    refuse: (_arrival, stop) => void refused.push(stop),
    answer: (_arrival, content) => void answered.push(content),
  };
  return { way, accepted, refused, answered };
}

/** Passes everything. */
export const passing: Interceptor = (_invocation, next) => next();

/** Refuses everything. */
export const throwing =
  (error: unknown): Interceptor =>
  () => {
    throw error;
  };

/** Interceptors that note when a message comes by, and when it is gone. */
export function noting(...names: readonly string[]) {
  const notes: string[] = [];
  const interceptors = names.map(
    (name): Interceptor =>
      ({ path }, next) => {
        notes.push(`${path} ${name}`);
        next();
        notes.push(`${name} done`);
      },
  );
  return { notes, interceptors };
}
