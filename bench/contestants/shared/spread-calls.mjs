import { check, maker } from './messages.mjs';

/** @typedef {import('./messages.mjs').Message & { by: number }} Answer `by`: the number of the instance, from 0 on. */

/**
 * Makes all calls at once, checks the answers, and gives how long all of them took together, each instance's part of them, and the largest distance of such
 * a part from an equal one: 0.2 = an instance has had a fifth more or less than its due.
 *
 * @param {number} count @param {number} instances
 * @param {(message: import('./messages.mjs').Message) => Promise<Answer>} call
 */
export async function spreadCalls(count, instances, call) {
  const make = maker(16);
  const answered = Array.from({ length: instances }, () => 0);
  const one = async (_, number) => {
    const message = make(number);
    const answer = await call(message);
    check(message, answer);
    answered[answer.by] += 1;
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: count }, one));
  const ms = performance.now() - startedAt;
  const due = count / instances;
  return {
    ms,
    deviation: Math.max(...answered.map((each) => Math.abs(each / due - 1))),
    ...Object.fromEntries(answered.map((each, by) => [`share${by}`, each / count])),
  };
}
