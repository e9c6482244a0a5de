export type { Clock, Env, Ids, Random, Scheduler, Timer } from './env.ts';
export { makeIds, systemEnv } from './system-env.ts';
